"""Where a history stands: which database it serves, whether it writes there, and what it takes up then.

Knows that without a bucket all of this is settled at the start, and that with one a server may first show
what another wrote, then write itself, and lose that again. Knows nothing of visitors.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aigc_demo.history import database, repair, restoring, upkeep, uploading
from aigc_demo.history.errors import read_only_copy
from aigc_demo.history.kept_media import KeptMedia
from aigc_demo.history.opening import Live, Parts
from aigc_demo.history.remote_media import RemoteMedia
from aigc_demo.history.replica import Doomed
from aigc_demo.history.writer import Writer
from aigc_demo.settings import Settings
from aigc_demo.types import Problem

log = logging.getLogger(__name__)


class Standing:
    """One history's. Its methods are called at the start, at the end and by the replica."""

    def __init__(self, settings: Settings, parts: Parts, live: Live) -> None:
        """``live`` is what is served first; nothing is written yet."""
        self._settings = settings
        self._parts = parts
        self._live = live
        self.writer = Writer(live.db.writing)
        """Writes to what is served."""
        later = None if parts.replica is None else parts.replica.defer_removals
        self.removals = upkeep.Removals(self.writer, parts.media, later)
        """Takes away what is beyond return."""
        self.on_taken_over: Callable[[], None] = lambda: None
        self._periodic: upkeep.Periodic | None = None

    @property
    def db(self) -> database.Database:
        """What is served."""
        return self._live.db

    @property
    def writes(self) -> bool:
        """Whether this server writes; else another does, and this one shows what that one wrote."""
        return self.writer.refusal is None

    @property
    def passing(self) -> bool:
        """Whether a restart loses all: on a Space, whose disk is new each time, without a bucket."""
        return self._settings.on_space and self.db.path is not None and self._parts.replica is None

    @property
    def notice(self) -> Problem | None:
        """What the visitors should be told about the history as a whole; else None."""
        return (self._parts.replica.problem() if self._parts.replica else None) or self._live.notice

    def work(self) -> dict[str, int]:
        """What the bucket has cost since the start: snapshots, and the processor time that they took."""
        replica = self._parts.replica
        taken, seconds = (replica.taken, replica.cpu_seconds) if replica else (0, 0.0)
        return {"snapshots": taken, "snapshot_ms": round(seconds * 1000)}

    def begin(self, purge: Callable[[], object]) -> None:
        """Take up what an earlier server left, or wait for one that writes; ``purge`` is for now and then."""
        self._periodic = upkeep.Periodic(purge)
        if self._parts.writes:
            self._take_up()
        else:
            self.writer.refusal = read_only_copy()
            log.warning(
                "another server writes to the bucket: this one shows what is there until that one stops"
            )

    def follow_bucket(self) -> None:
        """Keep the bucket in step from now on, where there is one."""
        if self._parts.replica is not None:
            self._parts.replica.start(self)

    def forgotten(self) -> None:
        """Wait until a snapshot knows what was just forgotten: else a kill now would bring it all back."""
        if self._parts.replica is not None:
            self._parts.replica.flush()

    def close(self) -> None:
        """Write what is queued, close the database, give the folder back."""
        if self._periodic is not None:
            self._periodic.stop()
        if self._parts.replica is not None:
            self._parts.replica.stop()
        self.writer.close()
        if self._parts.replica is not None:
            self._parts.replica.close()
        self.db.close()
        if self.db.path is not None:
            repair.seal(self.db.path)
        self._parts.lock.close()

    # -- asked by the replica -----------------------------------------------------------------------

    @property
    def changes(self) -> int:
        """Counts up with every change."""
        return self.writer.changes

    @property
    def database(self) -> Path:
        """The file that is written to."""
        if self.db.path is None:
            raise RuntimeError("A bucket goes with a database that is a file.")
        return self.db.path

    def doomed(self) -> Doomed:
        """What is marked beyond return now."""
        return self.removals.marked()

    def remove(self, doomed: Doomed) -> None:
        """Files, then rows, of what was marked."""
        self.removals.remove(doomed)

    def take_over(self) -> None:
        """Write from now on, to the newest that there is."""
        self._show(self._parts.live())
        self.writer.exempt = threading.get_ident()
        try:
            self._take_up()  # before anybody else writes, as at a start
        finally:
            self.writer.exempt = None
        self.writer.refusal = None
        log.warning("this server writes to the bucket now")
        self.on_taken_over()

    def step_down(self) -> None:
        """Write nothing from now on."""
        self.writer.refusal = read_only_copy()

    def follow(self) -> None:
        """Show what the other has written since."""
        newer = self._parts.copy()
        if newer is not None:
            self._show(newer)

    def _show(self, live: Live) -> None:
        old, self._live = self._live, live
        self.writer.use(live.db.writing)
        old.db.close()

    def _take_up(self) -> None:
        """Finish what a crash interrupted, and sweep what it left unless there can be nothing."""
        live, media = self._live, self._parts.media
        if isinstance(media, KeptMedia):
            for key in self.writer.call(partial(restoring.settle, media=media)):
                media.delete(key)
        self.writer.call(uploading.begin_removing_torn)
        self.removals.finish()
        if not live.trusted:
            keep = live.db.new or live.notice is not None
            with live.db.reading.begin() as connection:
                upkeep.sweep(connection, media, self._settings.data, keep=keep)
        if self._periodic is not None:
            # What a kill in the middle of a removal left in the bytes is scrubbed beside the first requests.
            once: list[Callable[[], object]] = [] if live.trusted else [partial(upkeep.scrub, self.writer)]
            if isinstance(media, RemoteMedia):
                once.append(partial(upkeep.sweep_remote, live.db.reading.begin, media))
            self._periodic.start(*once)
