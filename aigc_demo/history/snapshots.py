"""Snapshots of the database on a bucket: whole files of ever new names, each with its own checksum.

Knows how one is taken (SQLite's backup), written, found again and proved whole, and which of them stay: those
that may not be uploaded yet, and always two that are, so that one torn by a kill is never the only one. Knows
nothing of rows.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from aigc_demo.history.bucket import CHUNK, Bucket
from aigc_demo.history.pace import Pace
from aigc_demo.history.schema import HEAD

log = logging.getLogger(__name__)

FOLDER = "snapshots"
ASIDE = "aside"
"""Of the bucket: databases of servers that lost the lease, with what nobody else knows."""
KEPT = 2
"""So many that have settled stay."""
_NAME = re.compile(r"(\d{8})-(\d{8})-([0-9a-f]{8})\.sqlite")
_END = 256
"""Bytes of the last line, which says what the file holds."""


@dataclass(frozen=True, order=True)
class Name:
    """Which snapshot: of which ``epoch``, the how manieth, and by whom (eight characters)."""

    epoch: int
    number: int
    writer: str

    def __str__(self) -> str:
        return f"{FOLDER}/{self.epoch:08d}-{self.number:08d}-{self.writer}.sqlite"


@dataclass(frozen=True)
class Label:
    """The last line: bytes before it, their sha256, the newest migration and when they were taken."""

    size: int
    sha256: str
    schema: str
    taken: float

    @property
    def newer(self) -> bool:
        """Whether a later version of this program wrote it, which this one cannot read."""
        return self.schema > HEAD


class Snapshots:
    """Those of one bucket. Used by one thread at a time."""

    def __init__(self, bucket: Bucket, pace: Pace, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Asks nothing of the bucket yet."""
        self._bucket = bucket
        self._pace = pace
        self._clock = clock
        self._closed: dict[Name, float] = {}

    def names(self) -> list[Name]:
        """Those that are there, newest first. OSError where the bucket does not answer."""
        found = (_NAME.fullmatch(name) for name in self._bucket.names(FOLDER))
        return sorted(
            (Name(int(match[1]), int(match[2]), match[3]) for match in found if match), reverse=True
        )

    def fetch(self, name: Name, target: Path | None) -> Label | None:
        """Copy a snapshot's database to ``target``, durably; its label, or None and no file if it is torn.

        Without a ``target`` it is only proved whole.
        """
        draft = None if target is None else target.with_name(target.name + ".part")
        try:
            with contextlib.nullcontext() if draft is None else draft.open("wb") as file:
                digest, size, end = hashlib.sha256(), 0, b""
                for chunk in self._bucket.read(str(name)):
                    body, end = _split(end + chunk)
                    digest.update(body)
                    size += len(body)
                    if file is not None:
                        file.write(body)
                label = _label(end)
                if label is None or (label.size, label.sha256) != (size, digest.hexdigest()):
                    return None
                if file is not None:
                    file.flush()
                    os.fsync(file.fileno())
            if draft is not None and target is not None:
                draft.chmod(0o600)
                draft.replace(target)
            return label
        except FileNotFoundError:
            return None
        finally:
            if draft is not None:
                draft.unlink(missing_ok=True)

    def write(self, name: Name, database: Path) -> None:
        """Write the copy of a database as a snapshot, then let go of what is no longer needed."""
        self._bucket.write(str(name), _labelled(database))
        self._closed[name] = self._clock()
        self.prune()

    def put_aside(self, name: Name, database: Path) -> None:
        """Keep the copy of a database that nobody goes on with."""
        moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        self._bucket.write(f"{ASIDE}/{moment}-{name.writer}.sqlite", _labelled(database))

    def settled_since(self, name: Name) -> bool:
        """Whether ``name`` or newer are all that is left, and two of them are in the bucket for certain."""
        there = self.names()
        settled = sum(self._is_settled(one) for one in there)
        return settled >= KEPT and all(one >= name for one in there)

    def prune(self) -> None:
        """Let go of what is no longer needed."""
        settled = [name for name in self.names() if self._is_settled(name)]
        for old in settled[KEPT:]:
            self.remove(old)

    def remove(self, name: Name) -> None:
        """Let go of one."""
        self._bucket.remove(str(name))
        self._closed.pop(name, None)

    def _is_settled(self, name: Name) -> bool:
        """What we did not write ourselves was there when we came."""
        closed = self._closed.get(name)
        return closed is None or self._clock() - closed >= self._pace.settle


def copy_database(path: Path, target: Path) -> None:
    """A consistent copy of a live database, by SQLite's backup, while others read and write it."""
    target.unlink(missing_ok=True)
    source = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    try:
        copy.execute("PRAGMA synchronous=OFF")  # torn by a crash it is taken anew
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def _labelled(database: Path) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    with database.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            yield chunk
    label = Label(size, digest.hexdigest(), HEAD, round(time.time(), 3))
    yield json.dumps(asdict(label)).encode().rjust(_END - 1) + b"\n"


def _split(read: bytes) -> tuple[bytes, bytes]:
    """What surely is of the body, and what may be the last line."""
    cut = max(0, len(read) - _END)
    return read[:cut], read[cut:]


def _label(end: bytes) -> Label | None:
    try:
        said = json.loads(end)
        return Label(int(said["size"]), str(said["sha256"]), str(said["schema"]), float(said["taken"]))
    except (ValueError, KeyError, TypeError):
        return None
