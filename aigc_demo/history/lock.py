"""One server per data folder: a lock that the system gives back whenever its holder dies.

Knows the lock file and the pid in it. Knows nothing of what the folder holds.
"""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from aigc_demo.types import UserError


class FolderLock:
    """Held from construction to :meth:`close`. A stale file is no lock: only the system's own counts."""

    def __init__(self, path: Path) -> None:
        """Take the lock or raise :class:`UserError` ``data_in_use`` with the holder's pid."""
        self._lock = FileLock(path, timeout=0, mode=0o600, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise UserError(
                "data_in_use", "error.data_in_use", status=503, pid=_holder(path), folder=str(path.parent)
            ) from None
        try:
            path.write_text(f"{os.getpid()}\n", "ascii")
        except OSError:  # a full disk
            self.close()
            raise

    def close(self) -> None:
        """Give the lock back. The file stays: removing it would let two servers hold two locks."""
        self._lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")[:32].strip() or "?"
    except OSError:
        return "?"
