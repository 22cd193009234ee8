"""What may come in of a visitor's files: told from their bytes, never from what a browser claims.

Knows limits and sentences; how files are known stands in the table of media types. Reads headers only, in a
time that does not depend on what is in the rest; decoding is the worker's business.
"""

from __future__ import annotations

from collections.abc import Collection

from aigc_demo.pictures import header
from aigc_demo.types import UserError, media, sniffing
from aigc_demo.types.media import MediaType, Taken

MAX_PIXELS = 16_000_000
"""Larger pictures are refused by their header, before any of it is decoded."""


def sniffed(
    data: bytes,
    name: str = "",
    taken: Collection[Taken] = (),
    *,
    task: str | None = None,
    field: str | None = None,
) -> MediaType:
    """What a file is that shall be of what is ``taken``, for a task's ``field``.

    Where nothing is, anything is. ``name`` only chooses among types that look alike, such as text and table.

    Raises:
        UserError: 413 if it is too large, 415 if it is not of what is taken, or nothing that is known here.
    """
    found = media.sniffed(data, name)
    limit = media.MAX_BYTES if found is None else found.max_bytes
    if len(data) > limit:
        raise UserError("file_too_large", "error.file_too_large", status=413, limit_mb=limit // 1_000_000)
    if sniffing.is_heic(data):
        raise UserError("heic", "error.heic", status=415, field=field, task=task)
    if found is None or (found.name.startswith("image/") and not _is_bearable(data)):
        raise _not_taken(taken, task, field)
    check_kind(found, taken, task=task, field=field)
    return found


def check_kind(
    found: MediaType, taken: Collection[Taken], *, task: str | None = None, field: str | None = None
) -> None:
    """Raise UserError 415, saying what is taken, unless a file is of that; nothing means anything."""
    if taken and not found.is_one_of(taken):
        raise _not_taken(taken, task, field)


def _not_taken(taken: Collection[Taken], task: str | None, field: str | None) -> UserError:
    """The sentence with everything that can be brought in instead, in the table's order."""
    brought = [row for row in media.TABLE if row.sniff is not None]
    kinds = dict.fromkeys(kind for row in brought for kind in row.kinds)
    words = [f"kind.{kind}" for kind in kinds if not taken or kind in taken]
    words += [row.title for row in brought if row.name in taken]
    key = "error.unknown_file" if field is None else "error.wrong_file"
    return UserError("unknown_file", key, status=415, field=field, task=task, taken=tuple(words))


def _is_bearable(data: bytes) -> bool:
    """Whether a picture's header is sound; 413 where it tells of too many pixels."""
    picture = header.read(data)
    if picture is None:
        return False
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise UserError(
            "too_many_pixels",
            "error.too_many_pixels",
            status=413,
            megapixels=round(pixels / 1e6),
            limit=MAX_PIXELS // 1_000_000,
        )
    return True
