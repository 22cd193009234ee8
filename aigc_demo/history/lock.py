"""One server per data folder: a lock that the system gives back whenever its holder dies.

Knows the lock file and the pid in it. Knows nothing of what the folder holds.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from aigc_demo.types import UserError


class FolderLock:
    """Held from construction to :meth:`close`. A stale file is no lock: only ``flock`` counts."""

    def __init__(self, path: Path) -> None:
        """Take the lock or raise :class:`UserError` ``data_in_use`` with the holder's pid."""
        self._fd: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip()
            self.close()
            raise UserError(
                "data_in_use", "error.data_in_use", status=503, pid=holder or "?", folder=str(path.parent)
            ) from None
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError:  # a full disk
            self.close()
            raise

    def close(self) -> None:
        """Give the lock back. The file stays: removing it would let two servers hold two locks."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
