"""What a zip says of itself before any of it is unpacked: how much there is, and whether it is ours to read.

Knows the format's end records and limits. An archive may claim anything and hold anything; what is looked
at here is what keeps the rest from taking all memory or disk.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from aigc_demo.archive import form
from aigc_demo.types import UserError

_END, _END_SIZE = b"PK\x05\x06", 22
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_COMMENT = 65_535
_MOST_DIRECTORY = 16_000_000
"""Bytes of the list of entries, which is read whole: enough for a hundred thousand files of ours."""
_OURS = re.compile(
    rf"({re.escape(form.ITEMS)}|{re.escape(form.INDEX)}|files/[0-9a-z]{{26}}/[A-Za-z0-9][A-Za-z0-9._-]*"
    r"|brought/[0-9a-z]{26}\.[a-z0-9]+)"
)
_OF_SYSTEMS = re.compile(r"(__MACOSX/.*|(.*/)?\.DS_Store|(.*/)?Thumbs\.db)", re.DOTALL)
"""What computers add where somebody packs an unpacked archive again."""
_KNOWN_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened(source: BinaryIO, name: str, most_bytes: int) -> Iterator[zipfile.ZipFile]:
    """A zip that is worth reading: of bounded size once unpacked, all of its entries where ours lie.

    Raises:
        UserError: ``bad_archive``, ``foreign_archive`` or ``archive_too_large``, each with its ``name``.
    """
    try:
        if _directory_bytes(source) > _MOST_DIRECTORY:
            raise bad_archive(name)
        archive = zipfile.ZipFile(source)
    except UserError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds of errors at what is no zip
        raise bad_archive(name) from error
    with archive:
        _check(archive, name, most_bytes)
        yield archive


def is_ours(path: str) -> bool:
    """Whether a file of ours may lie there."""
    return _OURS.fullmatch(path) is not None


def is_of_a_system(path: str) -> bool:
    """Whether it is something that computers add by themselves, and nobody misses."""
    return _OF_SYSTEMS.fullmatch(path) is not None


def bad_archive(name: str) -> UserError:
    """That it is none of ours, or damaged."""
    return UserError("bad_archive", "error.bad_archive", status=422, field="file", name=name)


def _too_large(name: str, size: int, limit: int) -> UserError:
    mb, limit_mb = round(size / 1e6), round(limit / 1e6)
    return UserError(
        "archive_too_large",
        "error.archive_too_large",
        status=413,
        field="file",
        name=name,
        mb=mb,
        limit_mb=limit_mb,
    )


def _check(archive: zipfile.ZipFile, name: str, most_bytes: int) -> None:
    seen: set[str] = set()
    total = 0
    for entry in archive.infolist():
        path = entry.filename
        if entry.is_dir() or is_of_a_system(path):
            continue
        if path in seen or not is_ours(path):
            raise UserError("foreign_archive", "error.foreign_archive", status=422, field="file", name=name)
        if entry.flag_bits & 1 or entry.compress_type not in _KNOWN_WAYS:
            raise bad_archive(name)
        seen.add(path)
        total += entry.file_size
        if entry.file_size > form.MOST_FILE_BYTES or total > most_bytes:
            raise _too_large(name, total, most_bytes)


def _directory_bytes(file: BinaryIO) -> int:
    """How long the list of entries says that it is, in the last end record, which zipfile believes too."""
    size = file.seek(0, 2)
    start = max(0, size - _END_SIZE - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        return 0  # no zip: whoever opens it says so
    length = int(struct.unpack_from("<I", tail, at + 12)[0])
    locator = tail[max(0, at - 20) : at]
    if locator.startswith(_LOCATOR64):
        file.seek(struct.unpack_from("<Q", locator, 8)[0])
        record = file.read(56)
        if record.startswith(_END64) and len(record) == 56:
            length = max(length if length != 0xFFFF_FFFF else 0, int(struct.unpack_from("<Q", record, 40)[0]))
    file.seek(0)
    return length
