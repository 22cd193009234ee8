"""The SQL about jobs: each function is one question or one change, on a connection it is given.

Knows the jobs, outputs and words tables. The owner is in every WHERE, except for the server's own
verbs, whose names say so. Knows nothing of files, threads or commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, insert, select, update

from aigc_demo.history import rows, search, uploading
from aigc_demo.history.errors import IllegalMove, not_found
from aigc_demo.history.ids import is_id, number_of
from aigc_demo.history.naming import Namer
from aigc_demo.history.schema import jobs, outputs
from aigc_demo.types import ACTIVE, LOOK, Job, Problem, Status, StoredOutput, UserError

_MOST_PER_PAGE = 100
_SHOWN = jobs.c.deleted.is_(None)
_LISTED = and_(_SHOWN, jobs.c.task != LOOK)
"""Jobs that look into an item are asked for by their ids alone."""
_ADD = insert(jobs)


@dataclass(frozen=True)
class Page:
    """Some jobs, newest first; ``next_cursor`` asks for the older ones, None when there are none."""

    items: tuple[Job, ...]
    next_cursor: str | None


def add(
    connection: Connection, namer: Namer, row: Mapping[str, Any], upload_ids: Collection[str] = ()
) -> Job:
    """Write a new job, named unless it has a title; its parent and uploads must be the same owner's."""
    if row["parent"] is not None:
        fetch(connection, row["owner"], row["parent"])
    names = namer(connection, rows.new_job(row))
    row = {**row, "title": row["title"] or names.title}
    connection.execute(_ADD, row)
    if upload_ids and uploading.link(connection, row["owner"], row["number"], upload_ids) < len(upload_ids):
        raise not_found()
    search.add(connection, row["number"], row["owner"], row["title"], *names.found_by)
    return rows.new_job(row)


def fetch(connection: Connection, owner: str, job_id: str) -> Job:
    """The owner's job, or the one 404."""
    return _one(connection, select(jobs).where(jobs.c.owner == owner, jobs.c.id == job_id, _SHOWN), job_id)


def fetch_any_owner(connection: Connection, job_id: str) -> Job:
    """Anybody's job, removed from sight or not, for the scheduler."""
    return _one(connection, select(jobs).where(jobs.c.id == job_id), job_id)


def page(
    connection: Connection,
    owner: str,
    *,
    query: str,
    before: int | None,
    limit: int,
    tasks: Sequence[str],
    status: str | None,
    starred: bool | None,
) -> Page:
    """The owner's newest ``limit`` (1..100) jobs older than ``before`` that fit."""
    limit = max(1, min(limit, _MOST_PER_PAGE))
    wanted = {"task": tuple(tasks) or None, "status": status, "starred": starred}
    if query.strip():  # one more than asked for tells whether there is a next page
        numbers = search.find(connection, owner, query, before=before, limit=limit + 1, **wanted)
        statement = select(jobs).where(jobs.c.number.in_(numbers), jobs.c.owner == owner)
    else:
        statement = select(jobs).where(jobs.c.owner == owner, _LISTED)
        if before is not None:
            statement = statement.where(jobs.c.number < before)
        for name, value in wanted.items():
            if isinstance(value, tuple):
                statement = statement.where(jobs.c[name].in_(value))
            elif value is not None:
                statement = statement.where(jobs.c[name] == value)
        statement = statement.order_by(jobs.c.number.desc()).limit(limit + 1)
    found = _jobs(connection, statement)
    return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def active(connection: Connection, owner: str) -> list[Job]:
    """The owner's unfinished jobs, oldest first."""
    statement = select(jobs).where(jobs.c.owner == owner, jobs.c.status.in_(sorted(ACTIVE)), _SHOWN)
    return list(reversed(_jobs(connection, statement)))


def waiting_for_house(connection: Connection) -> list[Job]:
    """Everybody's queued jobs, oldest first."""
    return list(reversed(_jobs(connection, select(jobs).where(jobs.c.status == "queued", _SHOWN))))


def unfinished_for_house(connection: Connection) -> list[str]:
    """Ids of all jobs that are in no final state: any file of theirs is an orphan."""
    return list(connection.scalars(select(jobs.c.id).where(jobs.c.status.in_(sorted(ACTIVE)))))


def change(connection: Connection, namer: Namer, owner: str, job_id: str, **values: Any) -> Job:
    """Set ``title`` or ``starred`` of the owner's job."""
    done = connection.execute(
        update(jobs).where(jobs.c.owner == owner, jobs.c.id == job_id, _SHOWN).values(values)
    )
    if done.rowcount != 1:
        raise not_found()
    job = fetch(connection, owner, job_id)
    if "title" in values:
        _index(connection, namer, job)
    return job


def star(connection: Connection, owner: str, job_ids: Sequence[str], *, starred: bool) -> int:
    """Set or take away the star of several of the owner's jobs; the one 404 if any is not theirs."""
    wanted = list(dict.fromkeys(job_ids))
    mine = jobs.c.owner == owner, jobs.c.id.in_(wanted), _SHOWN
    if connection.execute(update(jobs).where(*mine).values(starred=starred)).rowcount != len(wanted):
        raise not_found()
    return len(wanted)


# -- the state machine ----------------------------------------------------------------------------


def move(connection: Connection, job_id: str, status: Status, **values: Any) -> None:
    """Bring a job to ``status`` along an arrow of the state machine.

    Raises UserError (404) for an unknown job and :class:`IllegalMove` where there is no arrow.
    """
    allowed = rows.sources_of(status)
    done = connection.execute(
        update(jobs).where(jobs.c.id == job_id, jobs.c.status.in_(allowed)).values(status=status, **values)
    )
    if done.rowcount != 1:
        raise IllegalMove(job_id, fetch_any_owner(connection, job_id).status, status)


def start(connection: Connection, job_id: str) -> None:
    """Queued to loading: one more attempt begins now, never before the job was made."""
    number = jobs.c.created
    moment = rows.now()
    begun = case((number > moment, number), else_=moment)
    move(connection, job_id, "loading", attempts=jobs.c.attempts + 1, started=begun)


def put_back(connection: Connection, job_id: str) -> None:
    """To queued, as if the attempt had not begun."""
    move(connection, job_id, "queued", attempts=jobs.c.attempts - 1, started=None)


def finish(
    connection: Connection,
    namer: Namer,
    job_id: str,
    status: Status,
    stored: Sequence[tuple[StoredOutput, str]],
    **values: Any,
) -> Job:
    """The last change of a job's state, with all its outputs (and their sha256), at once."""
    moment = rows.now()
    since = func.coalesce(jobs.c.started, jobs.c.created)
    values["finished"] = case((since > moment, since), else_=moment)
    if connection.scalar(select(jobs.c.deleted).where(jobs.c.id == job_id)) == 0:
        raise not_found()  # it is being removed for good: its files would outlive it
    move(connection, job_id, status, **values)
    number = number_of(job_id)
    if stored:
        connection.execute(insert(outputs), [_output_row(number, *pair) for pair in enumerate(stored)])
    job = fetch_any_owner(connection, job_id)
    if job.task != LOOK:
        _index(connection, namer, job)
    return job


def recover(connection: Connection) -> None:
    """Take up again, once, what was under way when the server fell; give up what fell twice."""
    interrupted = rows.problem_row(Problem("interrupted", "error.interrupted"))
    under_way = jobs.c.status.in_(["loading", "running"])
    connection.execute(
        update(jobs)
        .where(jobs.c.status.in_(sorted(ACTIVE)), jobs.c.deleted.is_not(None))
        .values(status="cancelled", finished=rows.now())
    )
    connection.execute(
        update(jobs)
        .where(under_way, jobs.c.attempts < rows.MOST_ATTEMPTS)
        .values(status="queued", started=None)
    )
    connection.execute(
        update(jobs).where(under_way).values(status="failed", problem=interrupted, finished=rows.now())
    )


def _output_row(number: int, position: int, stored: tuple[StoredOutput, str]) -> dict[str, Any]:
    output, sha256 = stored
    return {
        "job": number,
        "position": position,
        "kind": output.kind,
        "name": output.name,
        "media_type": output.media_type,
        "size": output.size,
        "sha256": sha256,
        "text": output.text,
        "meta": output.meta,
    }


# -- reading --------------------------------------------------------------------------------------


def _one(connection: Connection, statement: Select[Any], job_id: object) -> Job:
    found = _jobs(connection, statement) if is_id(job_id) else []
    if not found:
        raise not_found()
    return found[0]


def _jobs(connection: Connection, statement: Select[Any]) -> list[Job]:
    """The jobs that ``statement`` selects with their outputs, newest first.

    Sorted here: few jobs are active or wanted by number, and an ORDER BY would tempt SQLite to walk
    through all of an owner's jobs in order instead of picking those few.
    """
    found = sorted(connection.execute(statement).all(), key=lambda row: row.number, reverse=True)
    stored: dict[int, list[Row[Any]]] = defaultdict(list)
    final = [row.number for row in found if rows.is_final(row.status)]
    for start_at in range(0, len(final), 500):
        chunk = final[start_at : start_at + 500]
        for row in connection.execute(
            select(outputs).where(outputs.c.job.in_(chunk)).order_by(outputs.c.job, outputs.c.position)
        ):
            stored[row.job].append(row)
    return [rows.to_job(row, stored[row.number]) for row in found]


def index_all(connection: Connection, namer: Namer) -> None:
    """Make every job findable anew, after a repair."""
    for job_id in connection.scalars(select(jobs.c.id)).all():
        _index(connection, namer, fetch_any_owner(connection, job_id))


def _index(connection: Connection, namer: Namer, job: Job) -> None:
    texts = [output.text for output in job.outputs if output.text]
    found_by = namer(connection, job).found_by
    search.remember(connection, number_of(job.id), job.owner, job.title, *found_by, *texts)


def before(cursor: str | None) -> int | None:
    """The number that a page's ``next_cursor`` stands for, or UserError ``bad_cursor``."""
    if cursor is None:
        return None
    if not is_id(cursor):
        raise UserError("bad_cursor", "error.bad_cursor", field="cursor")
    return number_of(cursor)
