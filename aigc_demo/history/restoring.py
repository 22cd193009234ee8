"""At the start: which database goes on, the disk's or the bucket's, and that rows and files belong together.

Knows that a disk may be new, older or newer than what the bucket holds, and that a bucket may hold what a
later version wrote or what a kill tore. Loses nothing of either: what does not go on is put aside. Knows
nothing of visitors.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, delete, func, select, update

from aigc_demo.history import rows
from aigc_demo.history.bucket import Bucket
from aigc_demo.history.database import wal_of
from aigc_demo.history.kept_media import KeptMedia
from aigc_demo.history.media import job_key, upload_key
from aigc_demo.history.replica import Notes
from aigc_demo.history.schema import jobs, outputs, shares, uploads
from aigc_demo.history.snapshots import Name, Snapshots
from aigc_demo.types import FINAL, Problem, UserError

log = logging.getLogger(__name__)

_LOOKED_AT_CLOSELY = 3600 * 1_000_000
"""Microseconds before the newest end of a job: of these every file is looked at, of others the folder."""


def refuse_bucket(path: Path, data: Path, bucket: Bucket) -> None:
    """Raise UserError where the live database would lie on the bucket, or there is no bucket to be had."""
    for place in (path, data):
        if place.is_relative_to(bucket.root):
            raise UserError("data_on_bucket", "error.data_on_bucket", status=503, folder=str(place))
    if not bucket.root.is_dir():
        raise UserError("bucket_gone", "error.bucket_gone", status=503, reason=f"no folder {bucket.root}")


def go_on(path: Path, data: Path, snapshots: Snapshots, notes: Notes, media: KeptMedia | None) -> Name | None:
    """Make ``path`` the newest database of disk and bucket.

    The snapshot that it was copied from, None for the disk's own. Raises UserError ``bucket_newer`` where a
    later version wrote the newest, ``bucket_damaged`` where there are files and no whole snapshot: nothing is
    changed then. A server killed while it wrote the first snapshot of all leaves nothing to go on from.
    """
    draft = data / "restored.db"
    there, known = snapshots.names(), notes.names()
    for place, name in enumerate(there):
        own = str(name) in known and path.exists()
        label = snapshots.fetch(name, None if own else draft)
        if label is None:
            log.warning("the snapshot %s is torn: the one before it is taken", name)
            continue
        if label.newer:
            draft.unlink(missing_ok=True)
            raise UserError("bucket_newer", "error.bucket_newer", status=503, version=label.schema)
        for torn in there[:place]:  # what it named that this one does not is about to be swept
            snapshots.remove(torn)
        if own:
            return None
        _put_aside(path, data)
        draft.replace(path)
        notes.start_anew(name)
        log.warning("the history was restored from the bucket's snapshot %s", name)
        return name
    if len(there) == 1 and there[0].number == 1 and not path.exists():
        log.warning("the first snapshot of all was never finished: the history begins anew")
        snapshots.remove(there[0])  # of several two whole ones are kept: nothing stood before it
        return None
    if there and not path.exists() and media is not None and next(media.kept(), None) is not None:
        raise UserError("bucket_damaged", "error.bucket_damaged", status=503, count=len(there))
    return None


def copy_newest(snapshots: Snapshots, folder: Path, shown: Name | None) -> tuple[Name, Path] | None:
    """A copy of the newest whole snapshot, in a file of its own; None where ``shown`` is it already."""
    for name in snapshots.names():
        if name == shown:
            return None
        target = folder / f"{name.epoch}-{name.number}-{name.writer}.db"
        label = snapshots.fetch(name, target)
        if label is not None and label.newer:
            target.unlink(missing_ok=True)
            raise UserError("bucket_newer", "error.bucket_newer", status=503, version=label.schema)
        if label is not None:
            return name, target
    return None


def _put_aside(path: Path, data: Path) -> None:
    """What is on the disk and older, or another's, is kept there."""
    if path.exists() and path.stat().st_size > 0:
        aside = data / "aside" / time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in (path, wal_of(path)):
            if file.exists():
                shutil.move(file, aside / file.name)
        if (data / "media").exists():
            shutil.move(data / "media", aside / "media")
        log.warning("the database on the disk does not belong to the bucket; it is kept in %s", aside)
    for leftover in (wal_of(path), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)


def settle(connection: Connection, media: KeptMedia) -> list[str]:
    """Bring rows and files together after a start; keys of folders that are to go.

    A job whose files did not reach the bucket has failed, and says why, so that it can be made again; an
    upload whose file did not leaves. What is on the disk alone is brought to the bucket.
    """
    there = set(media.kept())
    media.compare(there)
    lost = list(_lost_jobs(connection, media, there))
    problem = rows.problem_row(Problem("files_lost", "error.files_lost"))
    numbers = [number for number, _ in lost]
    for table in (outputs, shares):
        connection.execute(delete(table).where(table.c.job.in_(numbers)))
    connection.execute(
        update(jobs).where(jobs.c.number.in_(numbers)).values(status="failed", problem=problem)
    )
    left = list(_lost_uploads(connection, media, there))
    connection.execute(update(uploads).where(uploads.c.id.in_(left)).values(state="leaving"))
    if lost or left:
        log.warning(
            "%d results and %d uploads did not reach the bucket before the stop", len(lost), len(left)
        )
    return [job_key(job_id) for _, job_id in lost]


def _lost_jobs(connection: Connection, media: KeptMedia, there: set[str]) -> Iterable[tuple[int, str]]:
    newest = connection.scalar(select(func.max(jobs.c.finished))) or 0
    found = connection.execute(
        select(jobs.c.number, jobs.c.id, jobs.c.finished, outputs.c.name, outputs.c.size)
        .join(outputs, outputs.c.job == jobs.c.number)
        .where(jobs.c.status.in_(sorted(FINAL)), jobs.c.deleted.is_distinct_from(0))
    )
    sizes: dict[tuple[int, str, int], dict[str, int]] = {}
    for number, job_id, finished, name, size in found:
        sizes.setdefault((number, job_id, finished or 0), {})[name] = size
    for (number, job_id, finished), files in sizes.items():
        if not _is_there(
            media, there, job_key(job_id), files, closely=finished > newest - _LOOKED_AT_CLOSELY
        ):
            yield number, job_id


def _lost_uploads(connection: Connection, media: KeptMedia, there: set[str]) -> Iterable[str]:
    newest = connection.scalar(select(func.max(uploads.c.created))) or 0
    kept = select(uploads.c.id, uploads.c.stored, uploads.c.size, uploads.c.created).where(
        uploads.c.state == "kept"
    )
    for upload_id, stored, size, created in connection.execute(kept):
        closely = created > newest - _LOOKED_AT_CLOSELY
        if not _is_there(media, there, upload_key(upload_id), {stored: size}, closely=closely):
            yield upload_id


def _is_there(media: KeptMedia, there: set[str], key: str, files: dict[str, int], *, closely: bool) -> bool:
    if key in there and not closely:
        return True
    return media.holds(key, files)
