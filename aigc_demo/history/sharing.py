"""Links by which anybody may read one finished job: unlisted, revocable, and no more than was chosen.

Knows the shares table and what of a job a link shows. Knows nothing of pages.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from aigc_demo import provenance
from aigc_demo.history import records, rows
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import new_token, number_of
from aigc_demo.history.media import Stored
from aigc_demo.history.schema import jobs, shares
from aigc_demo.types import FINAL, Job, Params, UserError

_LONGEST_TOKEN = 64


@dataclass(frozen=True)
class Share:
    """A link to one job: who has ``token`` may read it, until it ``expires`` or is taken back."""

    token: str
    job_id: str
    show_prompt: bool
    created: datetime
    expires: datetime | None = None


def share(
    connection: Connection, owner: str, job_id: str, show_prompt: bool, expires: datetime | None
) -> Share:
    """Make the job's link, or change the one it has: a link that was passed on keeps working."""
    job = records.fetch(connection, owner, job_id)
    if job.status not in FINAL or not job.outputs:
        raise UserError("nothing_to_share", "error.nothing_to_share", status=409)
    values: dict[str, Any] = {
        "show_prompt": show_prompt,
        "expires": None if expires is None else rows.micros(expires),
    }
    number = number_of(job_id)
    if connection.execute(update(shares).where(shares.c.job == number).values(values)).rowcount == 0:
        token = new_token()
        values |= {"digest": _digest(token), "token": token, "job": number, "created": rows.now()}
        connection.execute(insert(shares).values(values))
    row = connection.execute(select(shares).where(shares.c.job == number)).one()
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


def by_token(connection: Connection, token: object) -> tuple[Job, Share]:
    """The whole job behind a link, for the server; the one 404 for unknown, ended and expired."""
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN:
        raise not_found()
    row = connection.execute(
        select(shares, jobs.c.id.label("job_id"), jobs.c.owner)
        .join(jobs, jobs.c.number == shares.c.job)
        .where(shares.c.digest == _digest(token), jobs.c.deleted.is_(None))
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.token.encode(), token.encode("utf-8", "replace")):
        raise not_found()
    if row.expires is not None and row.expires <= rows.now():
        raise not_found()
    return records.fetch(connection, row.owner, row.job_id), _to_share(row, row.job_id)


def as_shown(job: Job, share: Share, params: type[Params] | None) -> Job:
    """The job as the link shows it: nobody's, and wordless where the owner keeps the words.

    ``params`` declares which settings can hold no words; where that is not known any more, only numbers and
    switches are sure not to.
    Files that it was made from are the owner's and are not named: nobody else could use them.
    A title of the owner's own was written to be read and stays, and so does one made of such settings alone.
    """
    files = params.file_fields() if params is not None else ()
    passed_on = {name: value for name, value in job.params.items() if name not in files}
    job = replace(job, owner="", parent=None, starred=False, params=passed_on)
    if share.show_prompt:
        return job
    kept = _wordless(job.params, params)
    personal = any(value for name, value in job.params.items() if name not in kept)
    return replace(job, params=kept, title="" if personal and not job.titled else job.title)


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


def _to_share(row: Row[Any], job_id: str) -> Share:
    expires = None if row.expires is None else rows.moment(row.expires)
    return Share(row.token, job_id, row.show_prompt, rows.moment(row.created), expires)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
