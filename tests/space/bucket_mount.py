"""A mounted bucket as the real mount was read to behave, without FUSE: a file layer between app and folder.

What is written becomes visible to whoever mounts it when the file is closed (``streaming``), or some time
after that (``advanced``). A kill loses what was not closed, or uploads it torn, for the system closes the
files of a killed program; it loses as well what was closed and not yet uploaded. There are no locks, no
renames and no writes but from front to back. It can vanish and fill up. The folder ``root`` holds what is in
the bucket for certain.
"""

from __future__ import annotations

import errno
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from aigc_demo.history.bucket import CHUNK, Bucket
from aigc_demo.history.errors import BucketError

PIECE = 4096
"""Bytes that go over at once: a kill may fall between any two of them."""


class BucketMount(Bucket):
    """One server's mount. ``staging`` is the mount's own disk, which nobody else sees."""

    def __init__(self, root: Path, staging: Path, *, delay: tuple[float, float] = (0.0, 0.0)) -> None:
        """A file is uploaded within ``delay``, from and until seconds after its close; none is streaming."""
        super().__init__(root)
        self.staging = staging
        self.delay = delay
        self.gone = False
        self.room: int | None = None
        self.step: Callable[[str], None] = lambda _: None
        """Called before every step towards the bucket, with what it is."""
        self._closed: dict[str, tuple[float, Path]] = {}
        self._gate = threading.RLock()
        root.mkdir(parents=True, exist_ok=True)
        (staging / "open").mkdir(parents=True, exist_ok=True)
        (staging / "closed").mkdir(parents=True, exist_ok=True)

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Into staging while it is open; the close uploads it, or says when it will be."""
        self._ask("write")
        draft = self._staged("open", name)
        with draft.open("wb") as file:
            for chunk in chunks:
                for start in range(0, len(chunk), PIECE):
                    self._ask("piece")
                    file.write(chunk[start : start + PIECE])
                    file.flush()
        self._ask("close")
        if self.room is not None:
            self.room -= draft.stat().st_size
            if self.room < 0:
                draft.unlink()
                raise BucketError(errno.EDQUOT, "Disk quota exceeded")
        with self._gate:
            if self.delay == (0.0, 0.0):
                _upload(draft, self.root / name)
                return
            closed = self._staged("closed", name)
            draft.replace(closed)
            self._closed[name] = time.monotonic() + random.uniform(*self.delay), closed

    def read(self, name: str) -> Iterator[bytes]:
        """What this mount knows: what it has not uploaded yet comes before what is in the bucket."""
        self._ask("read")
        with self._gate:
            self.upload()
            path = self._closed[name][1] if name in self._closed else self.root / name
            with path.open("rb") as file:
                data = file.read()
        yield from (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))

    def size(self, name: str) -> int | None:
        """As :meth:`read`."""
        try:
            return sum(map(len, self.read(name)))
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """What is in the bucket, and what is on its way there."""
        self._ask("list")
        with self._gate:
            self.upload()
            here = {path.name for path in (self.root / folder).glob("*")}
            prefix = f"{folder.rstrip('/')}/"
            here |= {
                name.removeprefix(prefix).split("/")[0] for name in self._closed if name.startswith(prefix)
            }
        return sorted(here)

    def remove(self, name: str) -> None:
        """From the bucket, at once, and from what is on its way."""
        self._ask("remove")
        with self._gate:
            self._closed.pop(name, None)
            (self.root / name).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        """All in it; the bucket has no empty folders."""
        for name in self.names(folder):
            self.remove(f"{folder}/{name}")
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def upload(self, *, all_of_it: bool = False) -> None:
        """Bring what is due."""
        with self._gate:
            for name, (due, path) in list(self._closed.items()):
                if all_of_it or time.monotonic() >= due:
                    _upload(path, self.root / name)
                    del self._closed[name]

    def _staged(self, state: str, name: str) -> Path:
        return self.staging / state / name.replace("/", "%")

    def _ask(self, what: str) -> None:
        self.step(what)
        if self.gone:
            raise BucketError(errno.ENOTCONN, "Transport endpoint is not connected")


def after_kill(root: Path, staging: Path, *, torn: bool) -> None:
    """What a mount had staged is lost; or, with ``torn``, what was open is uploaded as far as it came."""
    for draft in sorted((staging / "open").iterdir()):
        if torn:
            _upload(draft, root / draft.name.replace("%", "/"))
    shutil.rmtree(staging)


def _upload(path: Path, target: Path) -> None:
    """Under its name at once, whole: the bucket swaps one object for another."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
