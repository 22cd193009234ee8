"""Putting a history's parts together at the start: lock, database, files and, where there is one, the bucket.

Knows the order in which they come and that each is given back if a later one fails. Knows nothing of rows.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from aigc_demo import catalog
from aigc_demo.history import database, repair, restoring
from aigc_demo.history.bucket import Bucket, bucket_of
from aigc_demo.history.kept_media import KeptMedia
from aigc_demo.history.lease import Lease
from aigc_demo.history.lock import FolderLock
from aigc_demo.history.media import LocalMedia, Media, make_media
from aigc_demo.history.naming import Namer
from aigc_demo.history.pace import Pace
from aigc_demo.history.replica import Notes, Replica
from aigc_demo.history.snapshots import Name, Snapshots
from aigc_demo.settings import Settings
from aigc_demo.types import Problem

log = logging.getLogger(__name__)


_NOTHING = Name(0, 0, "")
"""Shown while another server writes and has left no snapshot yet."""


@dataclass
class Live:
    """A database that is open: ``trusted`` as an orderly stop left it, ``notice`` what was repaired in it."""

    db: database.Database
    notice: Problem | None
    trusted: bool


class Parts:
    """What a history is made of. ``replica`` is None without a bucket."""

    def __init__(self, settings: Settings, pace: Pace, bucket: Bucket | None, undo: ExitStack) -> None:
        """Lock the data folder and find the bucket; raises as :meth:`History.open`."""
        self._settings = settings
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.data.chmod(0o700)
        self.lock = FolderLock(settings.data / "studio.lock")
        undo.callback(self.lock.close)
        path = database.database_path(settings)
        self.replica: Replica | None = None
        self._shown: Name | None = None
        self._path = path
        bucket = _bucket(settings, path) if bucket is None else bucket
        if bucket is None or path is None:
            self.media: Media = make_media(settings.media_url, settings.data)
        else:
            restoring.refuse_bucket(path, settings.data, bucket)
            self.media, self.replica = self._with(bucket, pace)
            self.replica.lease.claim(self.replica.newest_epoch())

    @property
    def writes(self) -> bool:
        """Whether this server writes; else another does, to the same bucket."""
        return self.replica is None or self.replica.writes

    def live(self) -> Live:
        """Open the database that is written to, restored from the bucket where that knows more."""
        path, settings = self._path, self._settings
        if path is not None and self.replica is not None:
            replica = self.replica
            restoring.go_on(path, settings.data, replica.snapshots, replica.notes, replica.media)
        trusted = path is not None and repair.break_seal(path) and self.replica is None
        namer = Namer(catalog.of(settings))
        notice = None if path is None or trusted else repair.check(path, settings.data, namer)
        return Live(database.connect(settings), notice, trusted)

    def copy(self) -> Live | None:
        """Open what another server wrote last, to look at; None where that is shown already."""
        if self.replica is None:
            return None
        folder = self._settings.data / "copies"
        if self._shown is None:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = restoring.copy_newest(self.replica.snapshots, folder, self._shown)
        if found is None and self._shown is not None:
            return None
        self._shown, path = found or (_NOTHING, folder / "empty.db")
        for older in folder.iterdir():
            if not older.name.startswith(path.name):
                older.unlink(missing_ok=True)
        return Live(database.connect_file(path), None, trusted=True)

    def first(self) -> Live:
        """What is served first: the database that is written to, or what another server wrote."""
        return (None if self.writes else self.copy()) or self.live()

    def _with(self, bucket: Bucket, pace: Pace) -> tuple[Media, Replica]:
        settings = self._settings
        media: Media
        kept: KeptMedia | None = None
        if settings.media_url is None:
            disk = LocalMedia(settings.data / "media", settings.data / "tmp")
            media = kept = KeptMedia(bucket, disk, settings.data / "media")
        else:
            media = make_media(settings.media_url, settings.data)
        folder = settings.data / "tmp"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lease = Lease(bucket, settings.data / "lease", pace)
        notes = Notes(settings.data / "snapshots.json")
        return media, Replica(lease, Snapshots(bucket, pace), kept, notes, folder, pace)


def _bucket(settings: Settings, path: Path | None) -> Bucket | None:
    root = bucket_of(settings)
    if root is not None and path is None:
        log.warning("the bucket is not used: the database server keeps the history, AIGC_MEDIA_URL the files")
        return None
    return None if root is None else Bucket(root)
