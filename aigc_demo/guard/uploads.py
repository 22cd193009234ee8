"""What a file really is: told from its bytes, never from its name or what a browser claims.

Knows the kinds of file that tasks take and their limits. Reads headers only, in a time that does not depend
on what is in the rest; decoding is the worker's business.
"""

from __future__ import annotations

import re

from aigc_demo.pictures import header
from aigc_demo.types import UserError

MAX_BYTES = 10_000_000
MAX_PIXELS = 16_000_000
"""Larger pictures are refused by their header, before any of it is decoded."""

_ABC = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:%abc|(?:%[^\n]*+\n\s*+)*+X:\s*+\d)")
_IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


def sniffed(data: bytes) -> str:
    """The media type of an upload.

    Raises:
        UserError: 413 if it is too large, 415 if no task takes such a file.
    """
    if len(data) > MAX_BYTES:
        limit_mb = MAX_BYTES // 1_000_000
        raise UserError("file_too_large", "error.file_too_large", status=413, limit_mb=limit_mb)
    if data[:4] == b"MThd":
        return "audio/midi"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return _written_music(data[:2000]) or _image(data)


def _written_music(head: bytes) -> str | None:
    """The type of a piece of music on paper, by how such files begin; None for anything else."""
    if _ABC.match(head):
        return "text/vnd.abc"
    plain = head.replace(b"\x00", b"")  # it may be in UTF-16
    if b"<score-partwise" in plain or b"<score-timewise" in plain:
        return "application/vnd.recordare.musicxml+xml"
    if head[:4] == b"PK\x03\x04" and b"META-INF/container.xml" in head:
        return "application/vnd.recordare.musicxml"
    return None


def _image(data: bytes) -> str:
    """The type of a picture whose header is sound and whose size is bearable."""
    picture = header.read(data)
    if picture is None:
        raise UserError("unknown_file", "error.unknown_file", status=415)
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise UserError(
            "too_many_pixels",
            "error.too_many_pixels",
            status=413,
            megapixels=round(pixels / 1e6),
            limit=MAX_PIXELS // 1_000_000,
        )
    return _IMAGES[picture.kind]
