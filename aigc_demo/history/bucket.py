"""A mounted bucket, used in the few ways that it bears: whole files, written once, front to back, and closed.

Knows where a Space has its bucket, and how to write, read, list and remove there without locks, renames or
maps of memory. What is closed is uploaded then, or up to half a minute later where the mount writes so
(``advanced``). Knows nothing of what the files are.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from aigc_demo.history.errors import BucketError
from aigc_demo.settings import Settings

MOUNT = Path("/data")
"""Where a Space has its bucket."""
CHUNK = 1 << 20
_MOUNTS = Path("/proc/self/mountinfo")
_KINDS = ("fuse", "nfs")
"""What the file systems of a bucket's mount are called; a disk is called otherwise."""


def bucket_of(settings: Settings) -> Path | None:
    """The folder of the bucket that these settings mean, or None where there is none."""
    if settings.bucket_dir == Path():  # set, and empty: none, not even the Space's
        return None
    if settings.bucket_dir is not None:
        return settings.bucket_dir.expanduser().resolve()
    return MOUNT if settings.on_space and is_bucket(MOUNT) else None


def is_bucket(folder: Path, mounts: Path = _MOUNTS) -> bool:
    """Whether something that is no disk is mounted at ``folder``, by the system's table ``mounts``."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    for line in lines:
        place, _, kind = line.partition(" - ")
        if place.split()[4:5] == [str(folder)]:
            return kind.startswith(_KINDS)
    return False


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """That something is not there is told as it is; all else is the bucket's failure."""
    try:
        yield
    except FileNotFoundError:
        raise
    except NotADirectoryError as error:
        raise FileNotFoundError(*error.args) from error
    except OSError as error:
        raise BucketError(error.errno, error.strerror or str(error)) from error


class Bucket:
    """One mounted bucket. Names are paths within it, with slashes; BucketError: it does not do as asked."""

    def __init__(self, root: Path) -> None:
        """``root`` is where it is mounted; nothing is asked of it yet."""
        self.root = root

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file whole and close it. What fails, be it as late as at the close, is raised."""
        with _told():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                for chunk in chunks:
                    rest = memoryview(chunk)
                    while rest:
                        rest = rest[os.write(fd, rest) :]
            except BaseException:
                with contextlib.suppress(OSError):
                    os.close(fd)
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
            os.close(fd)

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, from front to back; FileNotFoundError where there is none."""
        with _told(), (self.root / name).open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none."""
        try:
            with _told():
                return (self.root / name).stat().st_size
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """What a folder holds, in order; nothing where there is no folder."""
        try:
            with _told():
                return sorted(path.name for path in (self.root / folder).iterdir())
        except FileNotFoundError:
            return []

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""
        with _told():
            (self.root / name).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        """Remove a folder and the files in it; nothing happens where there is none."""
        for name in self.names(folder):
            self.remove(f"{folder}/{name}")
        with contextlib.suppress(OSError):  # a bucket has no empty folders: it may be gone already
            (self.root / folder).rmdir()
