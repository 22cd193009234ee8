"""Rows of the jobs table and the frozen Job that others see, each from the other.

Knows the state machine, times as microseconds and which text can be kept. Runs no query.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from aigc_demo.types import FINAL, Job, Problem, Request, Status, StoredOutput

MOVES: Mapping[Status, frozenset[Status]] = {
    "queued": frozenset({"loading", "running", "failed", "cancelled"}),
    # Back to queued after a crash of the worker or the server; running loads again on less memory.
    "loading": frozenset({"loading", "running", "queued", "done", "failed", "cancelled"}),
    "running": frozenset({"running", "loading", "queued", "done", "failed", "cancelled"}),
    "done": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
"""Every arrow of the state machine; the final states have none."""

MOST_ATTEMPTS = 2
"""A job that was interrupted is taken up once more."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TITLE_CHARS = 60


def sources_of(status: Status) -> list[Status]:
    """The states from which a job may become ``status``."""
    return [now for now, onward in MOVES.items() if status in onward]


def is_final(status: Status) -> bool:
    """Whether nothing follows."""
    return status in FINAL


def now() -> int:
    """The time, in microseconds since 1970."""
    return micros(datetime.now(UTC))


def micros(moment: datetime) -> int:
    """An aware moment in microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Aware UTC again."""
    return _EPOCH + value * _MICROSECOND


def new_row(number: int, job_id: str, request: Request) -> dict[str, Any]:
    """The row of a job that has just been asked for, as yet without a title."""
    params = request.params.model_dump(mode="json")
    return {
        "number": number,
        "id": job_id,
        "owner": request.owner,
        "task": request.task,
        "model": request.model,
        "status": "queued",
        "params": params,
        "language": request.language,
        "created": now(),
        "attempts": 0,
        "title": "",
        "titled": False,
        "starred": False,
        "parent": request.parent,
    }


def new_job(row: Mapping[str, Any]) -> Job:
    """The job that :func:`new_row` says, as :func:`to_job` would read it back."""
    names = {field.name for field in fields(Job)}
    known = {name: value for name, value in row.items() if name in names}
    return Job(**known | {"created": moment(row["created"])})


def to_job(row: Row[Any], outputs: Iterable[Row[Any]]) -> Job:
    """The job as everybody else sees it."""
    return Job(
        id=row.id,
        owner=row.owner,
        task=row.task,
        model=row.model,
        status=row.status,
        params=row.params,
        language=row.language,
        created=moment(row.created),
        started=None if row.started is None else moment(row.started),
        finished=None if row.finished is None else moment(row.finished),
        seconds=row.seconds,
        load_seconds=row.load_seconds,
        attempts=row.attempts,
        problem=None if row.problem is None else Problem(**row.problem),
        reference=row.reference,
        outputs=tuple(to_stored(output) for output in outputs),
        title=row.title,
        titled=row.titled,
        starred=row.starred,
        parent=row.parent,
    )


def to_stored(row: Row[Any]) -> StoredOutput:
    """One stored output."""
    return StoredOutput(row.kind, row.name, row.media_type, row.size, row.text, row.meta, row.sha256)


def problem_row(problem: Problem | None) -> dict[str, Any] | None:
    """A problem as JSON; values that JSON cannot hold become their words."""
    if problem is None:
        return None
    values = plain(problem.values)
    return {"code": problem.code, "key": problem.key, "values": values, "field": problem.field}


def one_line(source: str) -> str:
    """``source`` without line breaks, control signs and reordering marks."""
    return " ".join(source.translate(_Shown()).split())


class _Shown:
    """What becomes of each character on one line; asked for by ``str.translate``."""

    def __getitem__(self, code: int) -> int | str | None:
        char = chr(code)
        if char.isspace():
            return " "
        # Joiners inside emoji and Indic words are format signs (Cf) too, and harmless.
        shows = unicodedata.category(char) not in ("Cc", "Cs", "Cf") or char in "\u200c\u200d"
        return code if shows else None


def shortened(line: str) -> str:
    """A line of at most 60 characters, cut between words where it can be."""
    if len(line) <= _TITLE_CHARS:
        return line
    head = line[: _TITLE_CHARS - 1]
    words = head.rsplit(" ", 1)[0]
    return (words if len(words) > _TITLE_CHARS // 2 else head).rstrip(" ,.;:，。；：、") + "…"


def storable(source: str) -> str:
    """Text that every database, file and font can hold: no NUL, no half of a surrogate pair."""
    return source.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def plain(value: Any) -> Any:
    """``value`` in JSON's own types: NaN and infinity become null, strangers their words."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {storable(str(name)): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return storable(str(value))
