"""From what storage raises to what a visitor or the house can act on.

Knows SQLite's and the system's ways of saying "full" and "locked". Knows nothing of what was stored.
"""

from __future__ import annotations

import errno

from sqlalchemy.exc import DatabaseError, OperationalError

from aigc_demo.types import Status, UserError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class IllegalMove(RuntimeError):
    """A job was to go where the state machine has no arrow; final states never change."""

    def __init__(self, job_id: str, now: Status, wanted: Status) -> None:
        super().__init__(f"job {job_id} is {now} and cannot become {wanted}")
        self.now = now
        self.wanted = wanted


def not_found() -> UserError:
    """The one answer for unknown, deleted and another's."""
    return UserError("not_found", "error.not_found", status=404)


def busy() -> UserError:
    """The store could not be written to in time; asking again helps."""
    return UserError("store_busy", "error.store_busy", status=503, retry_after=5)


def is_locked(error: BaseException) -> bool:
    """Another process holds the database's write lock; waiting helps."""
    text = str(error).lower()
    return isinstance(error, OperationalError) and ("is locked" in text or "is busy" in text)


def as_user_error(error: BaseException) -> UserError:
    """``disk_full``, ``store_busy`` or ``store_failed``; a UserError is passed through."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return UserError("disk_full", "error.disk_full", status=507)
    if isinstance(error, DatabaseError) and "is full" in str(error).lower():
        return UserError("disk_full", "error.disk_full", status=507)
    if is_locked(error):
        return busy()
    return UserError("store_failed", "error.store_failed", status=503, retry_after=30)
