"""Keeping house: orphans swept, removals finished, traces scrubbed, health told.

Knows what a crash can leave behind. Runs at start and from time to time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, func, insert, select

from aigc_demo.history import receiving, records, removal, rows, search, uploading
from aigc_demo.history.errors import busy, not_found
from aigc_demo.history.ids import number_of
from aigc_demo.history.media import RESERVE_BYTES, Media, job_key, upload_key
from aigc_demo.history.remote_media import RemoteMedia
from aigc_demo.history.replica import Doomed
from aigc_demo.history.schema import health, jobs, outputs, shares, uploads
from aigc_demo.history.writer import Writer
from aigc_demo.types import FINAL, LOOK, UserError

log = logging.getLogger(__name__)

Reading = Callable[[], AbstractContextManager[Connection]]

_DAY_SECONDS = 86_400.0
_BEAT = "beat"
_AT_ONCE = 500


class Periodic:
    """Calls ``work`` now and then on a thread of its own until stopped; a failure waits for the next."""

    def __init__(self, work: Callable[[], object], *, seconds: float = 600.0) -> None:
        self._work = work
        self._seconds = seconds
        self._once: list[Callable[[], object]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history-upkeep", daemon=True)

    def start(self, *once: Callable[[], object]) -> None:
        """Begin; the first time comes at once, after what is to be done ``once`` only. Harmless later."""
        self._once.extend(once)
        if not self._thread.is_alive() and not self._stopped.is_set():
            self._thread.start()

    def stop(self) -> None:
        """End, after the work in hand."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                while self._once:
                    self._once[0]()
                    del self._once[0]
                self._work()
            except Exception:
                log.exception("upkeep of the history failed; it is tried again later")
            self._stopped.wait(self._seconds)


def sweep(connection: Connection, media: Media, data: Path, *, keep: bool) -> int:
    """Remove folders that no row names: what a crash between file and row left; how many.

    ``keep`` moves them to ``<data>/lost/<time>`` instead: after the database itself was lost or
    repaired, what has no row is not rubbish.
    """
    unfinished = {job_key(job_id) for job_id in records.unfinished_for_house(connection)}
    for key in unfinished:
        media.delete(key)
    with_files = select(jobs.c.id).join(outputs, outputs.c.job == jobs.c.number).distinct()
    ended = with_files.where(jobs.c.status.in_(sorted(FINAL)))
    known = {job_key(job_id) for job_id in connection.scalars(ended)}
    known |= {f"uploads/{job_key(upload_id)}" for upload_id in connection.scalars(select(uploads.c.id))}
    orphans = [key for key in media.folders() if key not in known and key not in unfinished]
    aside = data / "lost" / time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for key in orphans:
        if keep:
            media.set_aside(key, aside)
        else:
            media.delete(key)
    if orphans:
        what = f"moved to {aside}" if keep else "swept"
        log.warning("%d folders without a row were %s", len(orphans), what)
    return len(orphans)


def sweep_remote(look: Reading, media: RemoteMedia) -> int:
    """Remove from an object store folders older than a day that no row names; how many.

    None where that would be most of them: then it is not the store of this database.
    """
    media.abort_parts(_DAY_SECONDS)
    keys = list(media.all_folders())
    yesterday = (rows.now() - int(_DAY_SECONDS * 1e6)) // 1000
    strays: list[str] = []
    for start in range(0, len(keys), _AT_ONCE):
        some = {key: key.rpartition("/")[2] for key in keys[start : start + _AT_ONCE]}
        known: set[str] = set()
        with look() as connection:
            for table in (jobs, uploads):
                known.update(connection.scalars(select(table.c.id).where(table.c.id.in_(set(some.values())))))
        strays += [key for key, name in some.items() if name not in known and number_of(name) < yesterday]
    if 2 * len(strays) > len(keys):
        log.warning("%d of %d folders in the store have no row: none is removed", len(strays), len(keys))
        return 0
    for key in strays:
        media.delete(key)
    if strays:
        log.warning("%d folders without a row were swept from the store", len(strays))
    return len(strays)


class Kept(NamedTuple):
    """What one visitor keeps: items in sight with the bytes of their files, and files brought in."""

    items: int
    item_bytes: int
    uploads: int
    upload_bytes: int


def kept(connection: Connection, owner: str) -> Kept:
    """What the owner keeps now."""
    mine = jobs.c.owner == owner, jobs.c.deleted.is_(None), jobs.c.task != LOOK
    items = connection.scalar(select(func.count()).select_from(jobs).where(*mine))
    stored = select(func.sum(outputs.c.size)).join(jobs, jobs.c.number == outputs.c.job).where(*mine)
    brought = select(func.count(), func.sum(uploads.c.size)).where(
        uploads.c.owner == owner, uploads.c.state != "leaving"
    )
    count, size = connection.execute(brought).one()
    return Kept(items or 0, int(connection.scalar(stored) or 0), count, int(size or 0))


def ended(connection: Connection, owner: str, job_ids: Sequence[str] | None) -> tuple[list[str], int]:
    """The owner's items that have ended, of ``job_ids`` or all, newest first, and the bytes of their files.

    The one 404 if any of ``job_ids`` is not there, not the owner's, or not at its end.
    """
    ended = jobs.c.status.in_(sorted(FINAL)), jobs.c.task != LOOK
    mine = and_(jobs.c.owner == owner, jobs.c.deleted.is_(None), *ended)
    found = connection.execute(
        select(jobs.c.id, jobs.c.number).where(mine).order_by(jobs.c.number.desc())
    ).all()
    if job_ids is not None:
        wanted = set(job_ids)
        found = [row for row in found if row.id in wanted]
        if len(found) < len(wanted):
            raise not_found()
    numbers = [row.number for row in found]
    size = 0
    for start in range(0, len(numbers), 500):
        chosen = outputs.c.job.in_(numbers[start : start + 500])
        size += int(connection.scalar(select(func.sum(outputs.c.size)).where(chosen)) or 0)
    return [row.id for row in found], size


class Removals:
    """Takes away for good what is marked beyond return: at once, or when ``later`` says that it may go.

    ``later`` is given where snapshots of the database may bring rows back, which must then find their files.
    """

    def __init__(self, writer: Writer, media: Media, later: Callable[[], None] | None = None) -> None:
        self._writer = writer
        self._media = media
        self._later = later

    def __call__(self, *, words: bool = True) -> None:
        """Remove what is marked now, and scrub it from the bytes on disk, with ``words`` from the index."""
        if self._later is not None:
            self._later()
            return
        self.finish()
        scrub(self._writer, words=words)

    def finish(self) -> None:
        """Files, then rows, of every job and upload beyond return; goes on where a crash stopped it."""
        if self._later is not None:
            self._later()
            return
        while doomed := self._writer.call(removal.doomed):
            self._erase(doomed)
        self.uploads()

    def uploads(self) -> None:
        """The same of uploads alone, which no index holds."""
        if self._later is not None:
            self._later()
        else:
            receiving.remove_leaving(self._writer.call, self._media)

    def marked(self) -> Doomed:
        """What is marked now."""
        jobs_marked = self._writer.call(partial(removal.doomed, limit=None))
        return Doomed(jobs_marked, self._writer.call(partial(uploading.leaving, limit=None)))

    def remove(self, doomed: Doomed) -> None:
        """What was marked goes now."""
        for start in range(0, len(doomed.jobs), _AT_ONCE):
            self._erase(doomed.jobs[start : start + _AT_ONCE])
        for upload_id in doomed.uploads:
            self._media.delete(upload_key(upload_id))
        self._writer.call(partial(uploading.erase, upload_ids=doomed.uploads))
        scrub(self._writer, words=bool(doomed.jobs))

    def _erase(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            self._media.delete(job_key(job_id))
        self._writer.call(partial(removal.erase, job_ids=job_ids))


def purge(writer: Writer, removals: Removals, older_than_seconds: float, retention_days: int | None) -> int:
    """Really remove what was deleted that long ago, has outlived its days or was never used.

    How many jobs; uploads go along.
    """
    due = partial(
        removal.begin_removing, older_than_seconds=older_than_seconds, retention_days=retention_days
    )
    count = writer.call(due)
    unused = writer.call(uploading.begin_removing_unused)
    if count or unused:
        removals(words=count > 0)
    return count


def scrub(writer: Writer, *, words: bool = True) -> None:
    """Make what was removed vanish from the bytes on disk: write-ahead log and, with ``words``, the index."""
    more = words and writer.call(partial(search.scrub, first=True))
    while more:
        more = writer.call(partial(search.scrub, first=False))
    writer.call(_empty_log, alone=True, patience=60.0)


def _empty_log(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    for _ in range(50):  # readers in mid-look hold the log open for a moment
        answer = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if answer[0] == 0:
            return
        time.sleep(0.02)
    log.warning("the write-ahead log is in use; what was removed leaves it at the next checkpoint")


def counts(connection: Connection) -> dict[str, int]:
    """Rows of every kind."""
    found = removal.counts(connection)
    for name, table in (("outputs", outputs), ("uploads", uploads), ("shares", shares)):
        found[name] = int(connection.scalar(select(func.count()).select_from(table)) or 0)
    for name, sizes in (("stored_bytes", outputs.c.size), ("upload_bytes", uploads.c.size)):
        found[name] = int(connection.scalar(select(func.sum(sizes))) or 0)
    return found


def prove_ready(writer: Writer, reading: Reading, media: Media) -> None:
    """Return if a row can be written and read and the disk has room; else raise UserError (503)."""
    free = media.free_bytes()
    if free is not None and free < RESERVE_BYTES:
        raise UserError("disk_full", "error.disk_full", status=503, retry_after=60)
    written = writer.submit(write_beat, patience=5.0, quiet=True)
    try:
        beat = written.result(timeout=5.0)
    except FutureTimeout:
        raise busy() from None
    with reading() as connection:
        if read_beat(connection) < beat:
            raise UserError("store_failed", "error.store_failed", status=503, retry_after=30)


def write_beat(connection: Connection) -> int:
    """Write the time; proof that writing works."""
    moment = rows.now()
    connection.execute(delete(health).where(health.c.name == _BEAT))
    connection.execute(insert(health).values(name=_BEAT, value=moment))
    return moment


def read_beat(connection: Connection) -> int:
    """The time that was written last, 0 before the first."""
    return int(connection.scalar(select(health.c.value).where(health.c.name == _BEAT)) or 0)
