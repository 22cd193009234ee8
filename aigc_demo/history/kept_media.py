"""Files on a bucket, with copies on the disk: written whole and closed before the row that names them.

Knows two places for one folder: the disk, from which everything is served, and the bucket, which outlives the
disk. What the bucket does not take now stays on the disk and is brought there later; until then no snapshot
may name it. Knows nothing of rows.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from aigc_demo.history.bucket import Bucket
from aigc_demo.history.errors import as_user_error
from aigc_demo.history.ids import is_id
from aigc_demo.history.media import LocalMedia, Stored, is_name, job_key
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

FOLDER = "media"
MOST_COPIES = 4_000_000_000
"""Bytes of copies on the disk, beyond which the oldest leave."""
_JUST_USED_SECONDS = 600.0


class KeptMedia:
    """A place for files: ``disk`` in front of ``bucket``."""

    def __init__(self, bucket: Bucket, disk: LocalMedia, root: Path) -> None:
        """``root`` is the disk's folder."""
        self._bucket = bucket
        self._disk = disk
        self._root = root
        self._pending: set[str] = set()
        self._gate = threading.Lock()
        self.trouble: OSError | None = None
        """What the bucket said when it last did not take a file; None since it did."""

    @property
    def pending(self) -> bool:
        """Whether files wait on the disk for the bucket."""
        return bool(self._pending)

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Onto the disk, then into the bucket; what it refuses waits."""
        self._disk.put(key, files)
        with self._gate:
            self._pending.add(key)
        self._bring(key, files)

    def add(self, key: str, name: str, data: bytes) -> None:
        """Onto the disk alone, for it can be made again; ``file_missing`` where no place has the folder."""
        if self._bucket.names(f"{FOLDER}/{key}"):
            (self._root / key).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._disk.add(key, name, data)

    def find(self, key: str, name: str) -> Stored:
        """The copy on the disk, made if there is none."""
        try:
            return self._disk.find(key, name)
        except UserError:
            if is_name(name):
                self._fetch(key, name)
            return self._disk.find(key, name)

    def delete(self, key: str) -> None:
        """From both places. OSError where the bucket does not answer: it is asked again later."""
        with self._gate:
            self._pending.discard(key)
        self._bucket.remove_folder(f"{FOLDER}/{key}")
        self._disk.delete(key)

    def folders(self) -> Iterator[str]:
        """Of both places, each once."""
        there = set(self._disk.folders())
        yield from there
        yield from (key for key in self.kept() if key not in there)

    def set_aside(self, key: str, folder: Path) -> None:
        """It stays where it is: a bucket outlives what the disk would keep aside."""
        log.warning(
            "%s in the bucket has no row; it stays there, for %s would not outlive a restart", key, folder
        )

    def free_bytes(self) -> int | None:
        """Of the disk; a bucket's mount cannot say."""
        return self._disk.free_bytes()

    # -- the two places ---------------------------------------------------------------------------

    def kept(self) -> Iterator[str]:
        """Every folder in the bucket. OSError where it does not answer."""
        for prefix in ("", "uploads/"):
            for year in self._numbers(f"{FOLDER}/{prefix}", 4):
                for month in self._numbers(f"{FOLDER}/{prefix}{year}", 2):
                    for name in self._bucket.names(f"{FOLDER}/{prefix}{year}/{month}"):
                        key = f"{prefix}{year}/{month}/{name}"
                        if is_id(name) and key == f"{prefix}{job_key(name)}":
                            yield key

    def holds(self, key: str, sizes: Mapping[str, int]) -> bool:
        """Whether bucket or disk has these files of a folder, of these sizes; the disk's are brought."""
        if all(self._bucket.size(f"{FOLDER}/{key}/{name}") == size for name, size in sizes.items()):
            return True
        copies = self._root / key
        if not all(
            (copies / name).is_file() and (copies / name).stat().st_size == size
            for name, size in sizes.items()
        ):
            return False
        with self._gate:
            self._pending.add(key)
        return True

    def compare(self, there: set[str]) -> None:
        """What is on the disk and not among the bucket's folders ``there`` waits from now on."""
        with self._gate:
            self._pending |= set(self._disk.folders()) - there

    def bring(self) -> bool:
        """Try once more to bring what waits; whether nothing waits any more."""
        for key in sorted(self._pending):
            try:
                files = {path.name: path.read_bytes() for path in (self._root / key).iterdir()}
            except FileNotFoundError:  # deleted meanwhile
                with self._gate:
                    self._pending.discard(key)
                continue
            if not self._bring(key, files):
                return False
        return not self._pending

    def trim(self, most: int = MOST_COPIES) -> None:
        """Let the oldest copies leave the disk while there are more bytes of them than ``most``."""
        found = []
        for key in self._disk.folders():
            folder = self._root / key
            size = sum(path.stat().st_size for path in folder.iterdir())
            found.append((folder.stat().st_mtime, size, key))
        total = sum(size for _, size, _ in found)
        for used, size, key in sorted(found):
            if total <= most or time.time() - used < _JUST_USED_SECONDS:
                return
            if key not in self._pending:
                shutil.rmtree(self._root / key, ignore_errors=True)
                total -= size

    def _bring(self, key: str, files: Mapping[str, bytes]) -> bool:
        try:
            for name, data in files.items():
                self._bucket.write(f"{FOLDER}/{key}/{name}", [data])
        except OSError as error:
            if self.trouble is None:
                log.warning("the bucket does not take files (%s); they stay on the disk until it does", error)
            self.trouble = error
            return False
        with self._gate:
            self._pending.discard(key)
        if self.trouble is not None:
            log.warning("the bucket takes files again")
            self.trouble = None
        return True

    def _fetch(self, key: str, name: str) -> None:
        try:
            data = b"".join(self._bucket.read(f"{FOLDER}/{key}/{name}"))
        except FileNotFoundError:
            return
        except OSError as error:
            raise as_user_error(error) from error
        (self._root / key).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._disk.add(key, name, data)

    def _numbers(self, folder: str, digits: int) -> list[str]:
        return [name for name in self._bucket.names(folder) if len(name) == digits and name.isdigit()]
