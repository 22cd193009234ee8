"""From what storage raises to what a visitor or the server can act on.

Knows SQLite's, PostgreSQL's and the system's ways of saying "full", "locked" and "not to be written to".
Knows nothing of what was stored.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from aigc_demo.history import postgres
from aigc_demo.types import Status, UserError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_LEAST_FREE = 1_000_000
"""Bytes; with fewer not even the database opens."""
_AT_START = {"disk_full": "error.start_full", "read_only": "error.start_read_only"}
"""The sentences for whoever starts the server: they may know the folder."""


class IllegalMove(RuntimeError):
    """A job was to go where the state machine has no arrow; final states never change."""

    def __init__(self, job_id: str, now: Status, wanted: Status) -> None:
        super().__init__(f"job {job_id} is {now} and cannot become {wanted}")
        self.now = now
        self.wanted = wanted


class BucketError(OSError):
    """The bucket does not answer, or takes nothing more."""


class MediaError(OSError):
    """The object store of ``AIGC_MEDIA_URL`` did not take or give what it should.

    ``kind`` is ``slow``, ``full``, ``refused`` or ``away``.
    """

    def __init__(self, reason: str, kind: str = "away") -> None:
        super().__init__(reason)
        self.kind = kind


def not_found() -> UserError:
    """The one answer for unknown, deleted and another's."""
    return UserError("not_found", "error.not_found", status=404)


def busy() -> UserError:
    """The store could not be written to in time; asking again helps."""
    return UserError("store_busy", "error.store_busy", status=503, retry_after=5)


def read_only_copy() -> UserError:
    """Another server writes to the bucket that this one shows."""
    return UserError("copy_read_only", "error.copy_read_only", status=503, retry_after=30)


def is_locked(error: BaseException) -> bool:
    """Another process holds the database's write lock, or the server is away; waiting helps."""
    if postgres.is_lost(error) or postgres.is_taken(error):
        return True
    text = str(error).lower()
    return isinstance(error, OperationalError) and ("is locked" in text or "is busy" in text)


@contextmanager
def told_at_start(folder: Path) -> Iterator[None]:
    """What the data folder's disk refuses inside ends in one sentence that names the folder."""
    try:
        yield
    except BucketError as error:
        raise UserError("bucket_gone", "error.bucket_gone", status=503, reason=str(error.strerror)) from error
    except MediaError as error:
        raise UserError("media_gone", "error.media_gone", status=503, reason=str(error)) from error
    except (OSError, SQLAlchemyError, sqlite3.Error) as error:
        code = as_user_error(error).problem.code
        if code == "store_failed" and _is_full(
            folder
        ):  # SQLite says "disk I/O error" where its log can't grow
            code = "disk_full"
        key = _AT_START.get(code, "error.start_failed")
        reason = str(error).splitlines()[0]
        raise UserError(code, key, status=503, folder=str(folder), reason=reason) from error


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False


def as_user_error(error: BaseException) -> UserError:
    """``disk_full``, ``read_only``, ``store_busy`` or ``store_failed``; a UserError is passed through."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, BucketError):
        return UserError(
            "bucket_fails", "error.bucket_fails", status=503, retry_after=30, reason=error.strerror
        )
    if isinstance(error, MediaError):
        code, status = f"media_{error.kind}", 507 if error.kind == "full" else 503
        return UserError(code, f"error.{code}", status=status, retry_after=30, reason=str(error))
    if isinstance(error, OSError) and error.errno in _FULL:
        return UserError("disk_full", "error.disk_full", status=507)
    if isinstance(error, OSError) and error.errno in _READ_ONLY:
        return UserError("read_only", "error.read_only", status=503, retry_after=60)
    if isinstance(error, DatabaseError | sqlite3.DatabaseError):
        said = str(error).lower()
        if "is full" in said or postgres.is_full(error):
            return UserError("disk_full", "error.disk_full", status=507)
        if "readonly" in said or postgres.is_read_only(error):
            return UserError("read_only", "error.read_only", status=503, retry_after=60)
    if is_locked(error):
        return busy()
    return UserError("store_failed", "error.store_failed", status=503, retry_after=30)
