"""Keeps a bucket in step with a live history: snapshots after changes, signs of life, removals that wait.

Knows the order that a kill at any moment survives: files in the bucket, then a snapshot with the row that
names them; and back: a snapshot that no longer names them, no older one left, then the files. Knows who
writes by the lease. All of it happens on one thread. Knows nothing of rows.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from aigc_demo.history.kept_media import KeptMedia
from aigc_demo.history.lease import Lease
from aigc_demo.history.pace import Pace
from aigc_demo.history.snapshots import KEPT, Name, Snapshots, copy_database
from aigc_demo.types import Problem

log = logging.getLogger(__name__)

_NOTED = 64
_TRIM_SECONDS = 600.0
_RETRY_SECONDS = 5.0


class Doomed(NamedTuple):
    """Ids of jobs and of uploads whose files and then rows are to go."""

    jobs: Sequence[str]
    uploads: Sequence[str]


class Served(Protocol):
    """What is asked of the history that is kept in step; called on the replica's thread."""

    @property
    def changes(self) -> int:
        """Counts up with every change."""

    @property
    def database(self) -> Path:
        """The live database's file."""

    def doomed(self) -> Doomed:
        """What is marked beyond return now."""

    def remove(self, doomed: Doomed) -> None:
        """Files, then rows, of what was marked."""

    def take_over(self) -> None:
        """The lease is ours: write from now on."""

    def step_down(self) -> None:
        """The lease is another's: write nothing from now on."""

    def follow(self) -> None:
        """Show what the other has written since."""


class Notes:
    """On this disk: the names of the snapshots that its database is at least as new as."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> set[str]:
        """All of them; none where there is no note."""
        try:
            return set(map(str, json.loads(self._path.read_text("utf-8"))))
        except (OSError, ValueError, TypeError):
            return set()

    def add(self, name: Name) -> None:
        """One more, before it is written."""
        kept = sorted({*self.names(), str(name)})[-_NOTED:]
        draft = self._path.with_name(self._path.name + ".part")
        draft.write_text(json.dumps(kept), "utf-8")
        draft.replace(self._path)

    def start_anew(self, name: Name) -> None:
        """The database is this snapshot."""
        self._path.unlink(missing_ok=True)
        self.add(name)


class Replica:
    """The thread, from :meth:`start` to :meth:`close`."""

    def __init__(
        self,
        lease: Lease,
        snapshots: Snapshots,
        media: KeptMedia | None,
        notes: Notes,
        folder: Path,
        pace: Pace,
    ) -> None:
        """``folder`` is for passing copies, on the disk. ``media`` is None where files are kept elsewhere."""
        self.lease = lease
        self.snapshots = snapshots
        self.media = media
        self.notes = notes
        self.folder = folder
        self.pace = pace
        self._served: Served | None = None
        self._number = 0
        self._ready = False
        """Whether what we write to was taken up; it may fail where the bucket does."""
        self._kept = -1
        """How many changes the newest snapshot holds."""
        self._changed: float | None = None
        self._rested = 0.0
        self._next_beat = 0.0
        self._next_look = 0.0
        self._next_trim = 0.0
        self._asked = False
        self._batch: tuple[Name, Doomed] | None = None
        """What is to go, and the first snapshot that does not name it."""
        self._gone: OSError | None = None
        self._hurry = threading.Event()
        self._stopped = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="history-bucket", daemon=True)
        self.taken = 0
        """How many snapshots were taken."""
        self.cpu_seconds = 0.0
        """Processor time that they took."""

    @property
    def writes(self) -> bool:
        """Whether this server is the one that writes."""
        return self.lease.held

    def problem(self) -> Problem | None:
        """What visitors should know: that another server writes, or that the bucket takes nothing."""
        if not self.writes:
            return Problem("copy_read_only", "error.copy_read_only")
        gone = self._gone or (self.media.trouble if self.media else None)
        if gone is None:
            return None
        return Problem("bucket_fails", "error.bucket_fails", {"reason": gone.strerror or str(gone)})

    def start(self, served: Served) -> None:
        """Begin; the first snapshot is due at once, for what was taken up may differ from the last."""
        self._served = served
        self._ready = self.writes
        self._next_beat = time.monotonic() + self.pace.beat
        self._changed = time.monotonic() - self.pace.after
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after the work in hand."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """The last snapshot of a history that no longer changes; then let the next server write."""
        self.stop()
        if self._served is None or not self._ready:
            return
        try:
            with self._turn:
                if self._kept != self._served.changes:
                    self._take()
                self.lease.release()
        except OSError as error:
            log.error("the last changes could not be kept in the bucket: %s", error)

    def defer_removals(self) -> None:
        """Remove what is marked beyond return, once no snapshot is left that would bring it back."""
        self._asked = True

    def flush(self, seconds: float = 10.0) -> bool:
        """Wait until a snapshot holds all that was written so far; False where that takes longer."""
        served = self._served
        if served is None or not self.writes:
            return False
        wanted, until = served.changes, time.monotonic() + seconds
        self._hurry.set()
        while self._kept < wanted and time.monotonic() < until:
            time.sleep(0.02)
        return self._kept >= wanted

    # -- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopped.is_set():
            hurried = self._hurry.wait(self.pace.tick)
            self._hurry.clear()
            try:
                with self._turn:
                    self._step(time.monotonic(), hurried=hurried)
                    self._tell(None)
            except OSError as error:
                self._tell(error)
                self._stopped.wait(min(_RETRY_SECONDS, self.pace.beat))
            except Exception:
                log.exception("keeping the bucket in step failed; it is tried again")
                self._stopped.wait(min(_RETRY_SECONDS, self.pace.beat))

    def _tell(self, error: OSError | None) -> None:
        if error is None and self._gone is not None:
            log.warning("the bucket answers again")
        if error is not None and self._gone is None:
            log.warning("the bucket fails: %s", error)
            log.warning(
                "the bucket answers again" if error is None else "the bucket fails: %s",
                *[error][: error is not None],
            )
        self._gone = error

    def _step(self, now: float, *, hurried: bool) -> None:
        if now >= self._next_beat:
            self._next_beat = now + self.pace.beat
            self._beat()
        if self.lease.held and self._ready:
            self._keep(now, hurried=hurried)

    def _beat(self) -> None:
        served = self._of_served()
        if self.lease.held:
            if not self.lease.beat():
                self._step_down()
        elif not self.lease.claim(self.newest_epoch()):
            served.follow()
        if self.lease.held and not self._ready:
            served.take_over()
            self._ready, self._kept = True, -1

    def newest_epoch(self) -> int:
        """Of the snapshots that are there, 0 where there are none."""
        return max((name.epoch for name in self.snapshots.names()), default=0)

    def _step_down(self) -> None:
        """Another writes: what of ours it cannot know is put aside, in the bucket."""
        served = self._of_served()
        self._ready = False
        served.step_down()
        if self._kept != served.changes:
            copy = self.folder / "aside.sqlite"
            copy_database(served.database, copy)
            self.snapshots.put_aside(self._next_name(), copy)
            copy.unlink(missing_ok=True)

    def _keep(self, now: float, *, hurried: bool) -> None:
        served = self._of_served()
        if self._kept != served.changes and self._changed is None:
            self._changed = now
        due = self._changed is not None and now - self._changed >= self.pace.after and now >= self._rested
        if due or (hurried and self._kept != served.changes):
            self._take()
        if now >= self._next_look:
            self._next_look = now + self.pace.beat / 2
            self._remove()
        if self.media is not None and now >= self._next_trim:
            self._next_trim = now + _TRIM_SECONDS
            self.media.trim()

    def _take(self) -> None:
        """One snapshot, unless it would name files that the bucket does not have."""
        served = self._of_served()
        if not self.lease.check():
            self._step_down()
            return
        if self.media is not None and not self.media.bring():
            self._rested = time.monotonic() + min(_RETRY_SECONDS, self.pace.beat)
            return
        name = self._next_name()
        self._number += 1
        began, changes = time.thread_time(), served.changes
        copy = self.folder / "snapshot.sqlite"
        try:
            copy_database(served.database, copy)
            if self.media is not None and self.media.pending:
                return
            self._changed = None
            self.notes.add(name)
            self.snapshots.write(name, copy)
        finally:
            copy.unlink(missing_ok=True)
        self._kept = changes
        spent = time.thread_time() - began
        self.taken += 1
        self.cpu_seconds += spent
        self._rested = time.monotonic() + spent * self.pace.rest

    def _remove(self) -> None:
        """What is beyond return goes when no snapshot is left that would bring it back."""
        served = self._of_served()
        if self._batch is None and self._asked:
            self._asked = False
            self._batch = self._next_name(), served.doomed()
        if self._batch is None or not any(self._batch[1]):
            self._batch = None
            return
        marks, doomed = self._batch
        self.snapshots.prune()
        if sum(name >= marks for name in self.snapshots.names()) < KEPT:
            self._take()
        elif self.snapshots.settled_since(marks):
            served.remove(doomed)
            self._batch = None

    def _next_name(self) -> Name:
        return Name(self.lease.epoch, self._number + 1, self.lease.me)

    def _of_served(self) -> Served:
        if self._served is None:
            raise RuntimeError("The replica was not started.")
        return self._served
