"""What kind of picture a file is and how large, told from its header; nothing is decoded or decompressed.

Knows where PNG, JPEG, GIF, WebP and AVIF say their width and height. Imports no library that would do more: a
file of a few bytes may claim a canvas of gigabytes, or carry megabytes of text squeezed into it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MOST_SEGMENTS = 10_000
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of a frame header; the three in between say something else."""


_HEAD = 1 << 16
_MOST_SIZES = 64
_AVIF = (b"avif", b"avis")


@dataclass(frozen=True)
class Header:
    """``kind`` as Pillow calls it; width and height in pixels, both at least 1."""

    kind: str
    width: int
    height: int


def read(data: bytes) -> Header | None:
    """The header of a picture; None for anything else, and where it is cut short or makes no sense."""
    for kind, begins, size_of in _KINDS:
        if data.startswith(begins):
            try:
                width, height = size_of(data)
            except struct.error:
                return None
            return Header(kind, width, height) if width > 0 and height > 0 else None
    return None


def _png(data: bytes) -> tuple[int, int]:
    return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else (0, 0)


def _gif(data: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", data, 6)


def _jpeg(data: bytes) -> tuple[int, int]:
    """From segment to segment to the first frame header."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        fill, marker, size = struct.unpack_from(">BBH", data, at)
        if fill != 0xFF:
            break
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 + size  # any number of 0xFF may stand before a marker
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    """The canvas of an extended file, else the size of its one frame."""
    chunk = data[12:16] if data[8:12] == b"WEBP" else b""
    if chunk == b"VP8X":
        low = struct.unpack_from("<HBHB", data, 24)
        return (low[0] | low[1] << 16) + 1, (low[2] | low[3] << 16) + 1
    if chunk == b"VP8L" and data[20:21] == b"\x2f":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _avif(data: bytes) -> tuple[int, int]:
    """The largest of the sizes that the beginning tells: tiles and thumbnails have theirs too."""
    largest, at = (0, 0), data.find(b"ispe", 0, _HEAD)
    for _ in range(_MOST_SIZES):
        if at < 0:
            break
        width, height = struct.unpack_from(">II", data, at + 8)
        largest = max(largest, (width, height), key=lambda size: size[0] * size[1])
        at = data.find(b"ispe", at + 4, _HEAD)
    return largest if data[4:8] == b"ftyp" and (data[8:12] in _AVIF or b"avif" in data[16:64]) else (0, 0)


_KINDS = (
    ("PNG", b"\x89PNG\r\n\x1a\n", _png),
    ("JPEG", b"\xff\xd8\xff", _jpeg),
    ("GIF", (b"GIF87a", b"GIF89a"), _gif),
    ("WEBP", b"RIFF", _webp),
    ("AVIF", tuple(bytes((0, 0, 0, size)) + b"ftyp" for size in range(16, 65, 4)), _avif),
)
