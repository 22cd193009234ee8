"""Keeping house: orphans swept, removals finished, traces scrubbed, health told.

Knows what a crash can leave behind. Runs at start and from time to time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from aigc_demo.history import records, removal, rows, search
from aigc_demo.history.media import Media, job_key
from aigc_demo.history.schema import health, jobs, outputs, shares, uploads
from aigc_demo.history.writer import Writer
from aigc_demo.types import FINAL

log = logging.getLogger(__name__)

RESERVE_BYTES = 64_000_000
"""With less room than this the house takes no new work."""

_BEAT = "beat"


class Periodic:
    """Calls ``work`` now and then on a thread of its own until stopped; a failure waits for the next."""

    def __init__(self, work: Callable[[], object], *, seconds: float = 600.0) -> None:
        self._work = work
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history-upkeep", daemon=True)

    def start(self) -> None:
        """Begin; the first time comes at once."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the work in hand."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
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


def finish_removals(writer: Writer, media: Media) -> None:
    """Files, then rows, of every job that is beyond return; goes on where a crash stopped it."""
    while doomed := writer.call(removal.doomed):
        for job_id in doomed:
            media.delete(job_key(job_id))
        writer.call(partial(removal.erase, job_ids=doomed))


def scrub(writer: Writer) -> None:
    """Make removed words vanish from the bytes on disk: index, database and write-ahead log."""
    more = writer.call(partial(search.scrub, first=True))
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
    found["stored_bytes"] = int(connection.scalar(select(func.sum(outputs.c.size))) or 0)
    return found


def write_beat(connection: Connection) -> int:
    """Write the time; proof that writing works."""
    moment = rows.now()
    connection.execute(delete(health).where(health.c.name == _BEAT))
    connection.execute(insert(health).values(name=_BEAT, value=moment))
    return moment


def read_beat(connection: Connection) -> int:
    """The time that was written last, 0 before the first."""
    return int(connection.scalar(select(health.c.value).where(health.c.name == _BEAT)) or 0)
