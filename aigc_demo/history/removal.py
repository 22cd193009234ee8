"""Taking jobs away: out of sight (and back), then for good.

Knows the order of a real removal: mark the rows beyond return, delete files, delete rows; whatever
interrupts it, the next start goes on from the marks. Runs SQL only; files are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from aigc_demo.history import classrooms, projects, rows, search, tokens, uploading
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import is_id, number_of
from aigc_demo.history.schema import jobs, outputs, project_items, shares
from aigc_demo.types import FINAL, LOOK

_DAY = 86_400 * 1_000_000
_BEYOND_RETURN = 0
_ENDED = jobs.c.status.in_(sorted(FINAL))


def hide(connection: Connection, owner: str, job_ids: Sequence[str]) -> int:
    """Out of sight; the link of each ends. All of them, or a 404 and none."""
    wanted = _valid(job_ids)
    mine = and_(jobs.c.owner == owner, jobs.c.id.in_(wanted))
    done = connection.execute(update(jobs).where(mine, jobs.c.deleted.is_(None)).values(deleted=rows.now()))
    if done.rowcount != len(wanted):
        raise not_found()
    numbers = [number_of(job_id) for job_id in wanted]
    connection.execute(delete(shares).where(shares.c.job.in_(numbers)))
    return len(wanted)


def show_again(connection: Connection, owner: str, job_ids: Sequence[str]) -> int:
    """Back in sight, all or none."""
    wanted = _valid(job_ids)
    hidden = and_(jobs.c.owner == owner, jobs.c.id.in_(wanted), jobs.c.deleted > _BEYOND_RETURN)
    done = connection.execute(update(jobs).where(hidden).values(deleted=None))
    if done.rowcount != len(wanted):
        raise not_found()
    return len(wanted)


def begin_discarding(connection: Connection, owner: str, job_ids: Sequence[str]) -> None:
    """Mark jobs of the owner's beyond return that nobody has seen yet."""
    mine = and_(jobs.c.owner == owner, jobs.c.id.in_(job_ids))
    connection.execute(update(jobs).where(mine).values(deleted=_BEYOND_RETURN))


def begin_forgetting(connection: Connection, owner: str) -> None:
    """Mark all that is the owner's beyond return."""
    connection.execute(update(jobs).where(jobs.c.owner == owner).values(deleted=_BEYOND_RETURN))
    projects.forget(connection, owner)
    classrooms.forget(connection, owner)
    uploading.begin_forgetting(connection, owner)
    tokens.forget(connection, owner)


def begin_removing(connection: Connection, older_than_seconds: float, retention_days: int | None) -> int:
    """Mark what was hidden that long ago, and unstarred jobs past their days, beyond return.

    Jobs that looked into an item that long ago go as well. Tokens that have expired go at once.
    """
    tokens.drop_expired(connection)
    due: ColumnElement[bool] = and_(
        jobs.c.deleted > _BEYOND_RETURN, jobs.c.deleted <= rows.now() - int(older_than_seconds * 1e6)
    )
    due = or_(due, and_(jobs.c.task == LOOK, jobs.c.finished <= rows.now() - int(older_than_seconds * 1e6)))
    if retention_days is not None:
        due = or_(due, _past_their_days(retention_days))
    return int(connection.execute(update(jobs).where(due, _ENDED).values(deleted=_BEYOND_RETURN)).rowcount)


def past_their_days(connection: Connection, retention_days: int) -> tuple[int, int]:
    """How many jobs retention would remove, of how many that have ended and are in sight."""
    shown = select(func.count()).select_from(jobs).where(_ENDED, jobs.c.deleted.is_(None))
    due = connection.scalar(shown.where(_past_their_days(retention_days))) or 0
    return due, (connection.scalar(shown) or 0) if due else 0


def _past_their_days(retention_days: int) -> ColumnElement[bool]:
    old = jobs.c.finished <= rows.now() - retention_days * _DAY
    return and_(old, jobs.c.starred.is_(False), jobs.c.deleted.is_(None))


def doomed(connection: Connection, limit: int | None = 500) -> list[str]:
    """Ids of jobs that are beyond return, whose files and then rows are to go."""
    return list(connection.scalars(select(jobs.c.id).where(jobs.c.deleted == _BEYOND_RETURN).limit(limit)))


def erase(connection: Connection, job_ids: Sequence[str]) -> None:
    """Delete the rows of jobs whose files are gone; uploads that only they named leave."""
    numbers = [number_of(job_id) for job_id in job_ids]
    uploading.release(connection, numbers)
    search.forget(connection, numbers)
    for table in (shares, project_items, outputs):
        connection.execute(delete(table).where(table.c.job.in_(numbers)))
    connection.execute(delete(jobs).where(jobs.c.number.in_(numbers)))


def counts(connection: Connection) -> dict[str, int]:
    """How many jobs in each state, and how many are hidden."""
    states: Any = select(jobs.c.status, func.count()).group_by(jobs.c.status)
    found = {f"jobs_{status}": int(count) for status, count in connection.execute(states)}
    hidden = select(func.count()).select_from(jobs).where(jobs.c.deleted.is_not(None))
    return found | {"jobs_hidden": int(connection.scalar(hidden) or 0)}


def _valid(job_ids: Sequence[str]) -> list[str]:
    """Each id once; the one 404 for anything that is not an id."""
    if not all(is_id(job_id) for job_id in job_ids) or isinstance(job_ids, str):
        raise not_found()
    return list(dict.fromkeys(job_ids))
