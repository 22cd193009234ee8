"""Links by which anybody may read one finished job: unlisted, revocable, and no more than was chosen.

Knows the shares table and what of a job a link shows. Knows nothing of pages.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from aigc_demo import provenance
from aigc_demo.history import records, rows
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import is_id, new_token, number_of
from aigc_demo.history.media import Stored
from aigc_demo.history.schema import jobs, shares
from aigc_demo.types import FINAL, Job, Params, UserError
from aigc_demo.types.readings import wordless

LONGEST_TOKEN = 64
"""Characters; ours have fewer."""
_MOST_ANCESTORS = 6
_BROUGHT = frozenset({"before", "control"})
"""Roles of outputs that are what a job was made from, and not what it made."""
Family = Callable[[Job], type[Params] | None]
"""Which parameters a job's model takes; None for one that is not known any more."""


@dataclass(frozen=True)
class Share:
    """A link to one job: who has ``token`` may read it, until it ``expires`` or is taken back.

    ``caption`` is what its maker says with it, ``opened`` how often others opened it.
    """

    token: str
    job_id: str
    show_prompt: bool
    created: datetime
    expires: datetime | None = None
    caption: str = ""
    opened: int = 0


@dataclass(frozen=True)
class Ancestor:
    """A job that another was made from: ``task`` alone, and what its own link shows where it has one."""

    task: str
    token: str | None = None
    title: str = ""


def share(
    connection: Connection,
    owner: str,
    job_id: str,
    show_prompt: bool,
    expires: datetime | None,
    caption: str = "",
) -> Share:
    """Make the job's link, or change the one it has: a link that was passed on keeps working."""
    job = records.fetch(connection, owner, job_id)
    if job.status not in FINAL or not job.outputs:
        raise UserError("nothing_to_share", "error.nothing_to_share", status=409)
    values = _row(show_prompt=show_prompt, expires=expires, caption=caption)
    number = number_of(job_id)
    if connection.execute(update(shares).where(shares.c.job == number).values(values)).rowcount == 0:
        token = new_token()
        values |= {"digest": digest(token), "token": token, "job": number, "created": rows.now()}
        connection.execute(insert(shares).values(values))
    return _to_share(connection.execute(select(shares).where(shares.c.job == number)).one(), job_id)


def change(connection: Connection, owner: str, job_id: str, **values: Any) -> Share:
    """Set some of ``show_prompt``, ``expires`` and ``caption``; 404 where the job has no link."""
    records.fetch(connection, owner, job_id)
    mine = shares.c.job == number_of(job_id)
    if values:
        connection.execute(update(shares).where(mine).values(_row(**values)))
    row = connection.execute(select(shares).where(mine)).one_or_none()
    if row is None:
        raise not_found()
    return _to_share(row, job_id)


def unshare(connection: Connection, owner: str, job_id: str) -> None:
    """End the link of the owner's job."""
    records.fetch(connection, owner, job_id)
    connection.execute(delete(shares).where(shares.c.job == number_of(job_id)))


def of_job(connection: Connection, owner: str, job_id: str) -> Share | None:
    """The link of the owner's job, None if it has none; the one 404 if the job is not theirs."""
    records.fetch(connection, owner, job_id)
    row = connection.execute(select(shares).where(shares.c.job == number_of(job_id))).one_or_none()
    return None if row is None else _to_share(row, job_id)


def of_owner(connection: Connection, owner: str, before: int | None, limit: int) -> list[tuple[Share, Job]]:
    """The owner's newest ``limit`` links to items older than ``before``, with what they open."""
    statement = _opening(jobs.c.owner == owner).order_by(shares.c.job.desc()).limit(limit)
    if before is not None:
        statement = statement.where(shares.c.job < before)
    found = [_to_share(row, row.job_id) for row in connection.execute(statement)]
    return [(share, records.fetch(connection, owner, share.job_id)) for share in found]


def by_token(connection: Connection, token: object) -> tuple[Job, Share]:
    """The whole job behind a link, for the server; the one 404 for unknown, ended and expired."""
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
        raise not_found()
    row = connection.execute(_opening(shares.c.digest == digest(token))).one_or_none()
    if row is None or not hmac.compare_digest(row.token.encode(), token.encode("utf-8", "replace")):
        raise not_found()
    found = _to_share(row, row.job_id)
    if has_ended(found):
        raise not_found()
    return records.fetch(connection, row.owner, row.job_id), found


def count_opening(connection: Connection, token: str, by: str) -> None:
    """One more opening, unless it is the owner who looks."""
    others = select(jobs.c.number).where(jobs.c.owner != by)
    connection.execute(
        update(shares)
        .where(shares.c.digest == digest(token), shares.c.job.in_(others))
        .values(opened=shares.c.opened + 1)
    )


def ancestors(connection: Connection, job: Job, family: Family) -> tuple[Ancestor, ...]:
    """What the job was made from, and what that was made from, nearest first; what is gone is left out.

    Of one without a link no more is told than its task.
    """
    found: dict[str, Ancestor] = {}
    line = sources_of(job)
    while line and len(found) < _MOST_ANCESTORS:
        job_id = line.pop(0)
        if job_id in found or job_id == job.id:
            continue
        try:
            older = records.fetch(connection, job.owner, job_id)
        except UserError:
            continue
        link = of_job(connection, job.owner, job_id)
        if link is None or has_ended(link):
            found[job_id] = Ancestor(older.task)
        else:
            found[job_id] = Ancestor(older.task, link.token, as_shown(older, link, family(older)).title)
        line += sources_of(older)
    return tuple(found.values())


def has_ended(share: Share) -> bool:
    """Whether its time is over."""
    return share.expires is not None and rows.micros(share.expires) <= rows.now()


def sources_of(job: Job) -> list[str]:
    """Ids of the jobs that this one continues, or whose files it was made from."""
    named = (value.partition("/") for value in job.params.values() if isinstance(value, str))
    files = [job_id for job_id, slash, _ in named if slash and is_id(job_id)]
    return list(dict.fromkeys([*([job.parent] if job.parent else []), *files]))


def brought(job: Job, share: Share, params: type[Params] | None) -> dict[str, str | None]:
    """References of the files that the job was made from, by parameter; None where the link keeps one back.

    What was made here is shown beside what was made of it; what somebody brought in only with their words.
    """
    fields = params.file_fields() if params is not None else ()
    named = {name: job.params.get(name) for name in fields}
    return {
        name: reference if share.show_prompt or "/" in reference else None
        for name, reference in named.items()
        if isinstance(reference, str) and reference
    }


def as_shown(job: Job, share: Share, params: type[Params] | None) -> Job:
    """The job as the link shows it: nobody's, and wordless where the owner keeps the words.

    ``params`` declares which settings can hold no words; where that is not known any more, only numbers and
    switches are sure not to.
    Files that it was made from are the owner's and are not named: nobody else could use them.
    A title of the owner's own was written to be read and stays, and so does one made of such settings alone.
    """
    files = params.file_fields() if params is not None else ()
    passed_on = {name: value for name, value in job.params.items() if name not in files}
    keeps_back = None in brought(job, share, params).values()
    outputs = tuple(one for one in job.outputs if not keeps_back or one.meta.get("role") not in _BROUGHT)
    shown = replace(job, owner="", parent=None, starred=False, params=passed_on, outputs=outputs)
    if share.show_prompt:
        return shown
    kept = _wordless(job.params, params)
    personal = any(value for name, value in job.params.items() if name not in kept)
    title = "" if personal and not job.titled else job.title
    left = {name: value for name, value in kept.items() if name in passed_on}
    told = tuple(replace(output, meta=_told(output.meta)) for output in outputs)
    return replace(shown, params=left, title=title, outputs=told)


def shown_bytes(file: Stored, share: Share) -> bytes:
    """A file as the link shows it: with the wish in its metadata only where the owner shows that."""
    data = file.path.read_bytes()
    if share.show_prompt:
        return data
    try:
        return provenance.without_record(data)
    except ValueError:  # damaged on the disk: what cannot be opened cannot be kept from telling
        raise UserError("file_missing", "error.file_missing", status=404) from None


def _wordless(values: Mapping[str, Any], params: type[Params] | None) -> dict[str, Any]:
    """Numbers, switches, choices, and nothing that could hold words or name a file of the owner's."""
    kept = frozenset(params.impersonal_fields() if params is not None else ())
    return {
        name: value
        for name, value in values.items()
        if value is None or isinstance(value, int | float) or name in kept
    }


def _opening(which: Any) -> Select[Any]:
    """Links to items that are in sight, with the id and the owner of each."""
    return (
        select(shares, jobs.c.id.label("job_id"), jobs.c.owner)
        .join(jobs, jobs.c.number == shares.c.job)
        .where(which, jobs.c.deleted.is_(None))
    )


def _row(**values: Any) -> dict[str, Any]:
    if "expires" in values and values["expires"] is not None:
        values["expires"] = rows.micros(values["expires"])
    if "caption" in values:
        values["caption"] = rows.one_line(rows.storable(values["caption"]))
    return values


_WORDS_OF_ITS_OWN = ("request", "left_out", "scene", "prompt", "prompt2")
"""What of a result's own account holds words of the wish."""


def _told(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What a result says of itself; of what the request was taken for only what was made."""
    told = {name: value for name, value in meta.items() if name not in _WORDS_OF_ITS_OWN}
    return told | ({"request": made} if (made := wordless(meta.get("request") or {})) else {})


def _to_share(row: Row[Any], job_id: str) -> Share:
    expires = None if row.expires is None else rows.moment(row.expires)
    created = rows.moment(row.created)
    return Share(row.token, job_id, bool(row.show_prompt), created, expires, row.caption, row.opened)


def digest(token: str) -> str:
    """What a link is looked up by, which leaks no prefix of its token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
