"""Where stored files live: one folder per job or upload, written whole or not at all.

Knows folders, names and how to make bytes durable: on a local disk through a temporary folder, fsync
and one rename. Knows nothing of rows; whoever calls writes them after.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from aigc_demo.history.ids import is_id, month_of
from aigc_demo.types import UserError

RESERVE_BYTES = 64_000_000
"""With less room than this the server takes no new work."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}(\.[a-z0-9]{1,12}){1,3}", re.ASCII)


def is_name(name: object) -> bool:
    """Whether ``name`` may name a stored file: nothing in it can leave its folder."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def job_key(job_id: str) -> str:
    """The folder of a job's files: ``yyyy/mm/<id>``. Raises ValueError unless it is an id."""
    if not is_id(job_id):
        raise ValueError(f"not an id: {job_id!r:.80}")
    return f"{month_of(job_id)}/{job_id}"


def upload_key(upload_id: str) -> str:
    """The folder of one upload."""
    return f"uploads/{job_key(upload_id)}"


@dataclass(frozen=True)
class Stored:
    """A stored file, found: ``path`` is a local file with its bytes, ``size`` their number."""

    path: Path
    size: int


class Media(Protocol):
    """What the history asks of a place for files. Keys come from :func:`job_key` and its sister."""

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Make the folder ``key`` hold exactly ``files``, durably, or raise and leave nothing."""

    def add(self, key: str, name: str, data: bytes) -> None:
        """Put one more file, which can be made again, into a folder that is there; else ``file_missing``."""

    def find(self, key: str, name: str) -> Stored:
        """A file of the folder; UserError ``file_missing`` if it is not there (any more)."""

    def delete(self, key: str) -> None:
        """Remove the folder and all in it; nothing happens where there is none."""

    def folders(self) -> Iterator[str]:
        """Every folder there is, where listing is cheap; nothing elsewhere."""

    def set_aside(self, key: str, folder: Path) -> None:
        """Move a folder out of the store, into ``folder``."""

    def free_bytes(self) -> int | None:
        """Room that is left, None where that has no meaning."""


def make_media(url: str | None, data: Path) -> Media:
    """The place that ``AIGC_MEDIA_URL`` names, or ``<data>/media``."""
    if url is None:
        return LocalMedia(data / "media", data / "tmp")
    if urlsplit(url).scheme in ("", "file"):
        return LocalMedia(Path(url.removeprefix("file://")).expanduser().resolve(), None)
    from aigc_demo.history.remote_media import RemoteMedia

    return RemoteMedia(url, data / "tmp" / "fetched")


def missing() -> UserError:
    """What is said of a file that is not there."""
    return UserError("file_missing", "error.file_missing", status=404)


class LocalMedia:
    """Files on a disk of this machine."""

    def __init__(self, root: Path, tmp: Path | None) -> None:
        """``tmp`` is emptied, and not used if no rename leads from it to ``root`` (another file system)."""
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = root / ".tmp"
        for folder in (own, tmp):
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
        if tmp is not None:
            tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
        if tmp is None or tmp.stat().st_dev != root.stat().st_dev:
            tmp = own
            tmp.mkdir(mode=0o700)
        self._tmp = tmp

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """All files into a temporary folder, fsynced; then one rename makes them appear together."""
        target = self._folder(key)
        draft = self._tmp / f"{target.name}-{secrets.token_hex(4)}"
        try:
            draft.mkdir(mode=0o700)
            for name, data in files.items():
                _write_file(draft / checked(name), data)
            _sync_folder(draft)
            self._make_parents(target.parent)
            if target.exists():  # left by an attempt whose row was never written
                shutil.rmtree(target)
            draft.rename(target)
            _sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def add(self, key: str, name: str, data: bytes) -> None:
        """Under a passing name, then one rename: nobody sees half of it."""
        folder = self._folder(key)
        draft = self._tmp / f"{folder.name}-{secrets.token_hex(4)}"
        try:
            _write_file(draft, data)
            draft.rename(folder / checked(name))
        except FileNotFoundError:
            raise missing() from None
        finally:
            draft.unlink(missing_ok=True)

    def find(self, key: str, name: str) -> Stored:
        """The file itself, never a link to elsewhere."""
        path = self._folder(key) / checked(name)
        try:
            info = path.lstat()
        except OSError:
            raise missing() from None
        if not stat.S_ISREG(info.st_mode):
            raise missing()
        return Stored(path, info.st_size)

    def delete(self, key: str) -> None:
        """Remove the folder, and its month when that is left empty."""
        target = self._folder(key)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(target)
        with contextlib.suppress(OSError):
            target.parent.rmdir()

    def folders(self) -> Iterator[str]:
        """Folders named like an id under ``yyyy/mm`` and ``uploads/yyyy/mm``."""
        for prefix in ("", "uploads/"):
            for month in sorted((self._root / prefix).glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]")):
                with os.scandir(month) as entries:
                    names = [entry.name for entry in entries if is_id(entry.name)]
                for name in names:
                    key = f"{prefix}{month.parent.name}/{month.name}/{name}"
                    if key == f"{prefix}{job_key(name)}":
                        yield key

    def set_aside(self, key: str, folder: Path) -> None:
        """Move, within the file system where possible."""
        target = folder / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(self._folder(key), target)

    def free_bytes(self) -> int | None:
        """As the file system says."""
        return shutil.disk_usage(self._root).free

    def _folder(self, key: str) -> Path:
        return self._root / key

    def _make_parents(self, folder: Path) -> None:
        """Make the month's folder and make its name durable."""
        if not folder.is_dir():
            self._make_parents(folder.parent)
            folder.mkdir(exist_ok=True, mode=0o700)
            _sync_folder(folder.parent)


def checked(name: str) -> str:
    """``name``, or UserError ``file_missing`` unless it may name a stored file."""
    if not is_name(name):
        raise missing()
    return name


def _write_file(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder is no file
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
