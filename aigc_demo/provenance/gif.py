"""Labels in a GIF: an XMP packet in an application extension before the first picture, which stays as it is.

Knows GIF's blocks. A packet is no chain of sub-blocks; 258 bytes behind it bring whoever takes it for one to
its end. Source: Adobe, XMP Specification Part 3, "GIF".
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

MAGIC = b"GIF8"
_XMP = b"\x21\xff\x0bXMP DataXMP"
_MANIFEST = b"\x21\xff\x0bC2PA_GIF"
"""Of a signed manifest, which does not hold any more where labels change."""
_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
_EXTENSION = 0x21


def embed(data: bytes, labels: Labels) -> bytes:
    """The same pictures with these labels in place of any there were. ValueError if it is no GIF."""
    at = _blocks_at(data)
    parts, ends = [b"GIF89a", data[6:at]], at
    for begins, to in _extensions(data, at):
        if not data.startswith((_XMP, _MANIFEST), begins):
            parts.append(data[begins:to])
        ends = to
    if data[ends : ends + 1] != b"\x2c":
        raise ValueError("the GIF has no picture")
    ours = _XMP + xmp.write(labels) + _TRAILER
    return b"".join([*parts[:2], ours, *parts[2:], data[ends:]])


def extract(data: bytes) -> Labels | None:
    """The labels of a GIF, None if it has none."""
    for begins, to in _extensions(data, _blocks_at(data)):
        if data.startswith(_XMP, begins):
            return xmp.read(data[begins:to])
    return None


def _blocks_at(data: bytes) -> int:
    """Where the blocks begin: behind header, screen and its colours."""
    if not data.startswith(MAGIC) or len(data) < 14:
        raise ValueError("not a GIF")
    return 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)


def _extensions(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Where each extension before the first picture begins and ends."""
    for _ in range(MOST_PIECES):
        if at + 3 > len(data) or data[at] != _EXTENSION:
            return
        ends = _packet_end(data, at) if data.startswith(_XMP, at) else _chain_end(data, at + 2)
        yield at, ends
        at = ends
    raise ValueError("a GIF of too many pieces")


def _packet_end(data: bytes, at: int) -> int:
    found = data.find(_TRAILER, at, at + 2 * LONGEST_RECORD)
    if found < 0:
        raise ValueError("the GIF's packet has no end")
    return found + len(_TRAILER)


def _chain_end(data: bytes, at: int) -> int:
    for _ in range(MOST_PIECES):
        if at >= len(data):
            break
        size = data[at]
        at += 1 + size
        if size == 0:
            return at
    raise ValueError("the GIF is cut short")
