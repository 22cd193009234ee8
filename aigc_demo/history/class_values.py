"""What a class room consists of, as frozen values, and each of them out of its row.

Knows no query and no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row

from aigc_demo.history import rows
from aigc_demo.types import Language

RoundState = Literal["ready", "open", "paused", "closed"]
Shown = Literal["waiting", "shown", "hidden"]


@dataclass(frozen=True)
class RoomState:
    """What a teacher sets: whether more may come in, and what the wall does.

    It waits for a nod before it shows a result (``approve``), tells ``names``, or stands still (``frozen``).
    """

    door: bool = True
    approve: bool = False
    names: bool = True
    frozen: bool = False


@dataclass(frozen=True)
class Room:
    """One room. ``token`` is the teacher's secret, ``code`` what pupils type."""

    id: str
    code: str
    token: str
    name: str
    language: Language
    ends: datetime
    state: RoomState = RoomState()
    plan: Mapping[str, Any] | None = None
    """What the teacher means to do, read by whoever knows plans."""


@dataclass(frozen=True)
class Seat:
    """A pupil's place: ``owner`` is whose its jobs are, ``token`` opens it on another device."""

    id: str
    owner: str
    token: str
    name: str
    animal: str
    removed: bool = False


@dataclass(frozen=True)
class Round:
    """One thing that the class is asked: ``content`` is read by whoever knows its ``kind``."""

    id: str
    kind: str
    state: RoundState
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What a seat had made in a round, by its own job or by another's that asked for exactly the same."""

    id: str
    round: str
    seat: str
    job: str
    same: str
    state: Shown


@dataclass(frozen=True)
class Answer:
    """What a seat answered in a round."""

    round: str
    seat: str
    answer: Any


@dataclass(frozen=True)
class RoomView:
    """All of a room at one moment, in the order of making."""

    room: Room
    seats: tuple[Seat, ...] = ()
    rounds: tuple[Round, ...] = ()
    results: tuple[Result, ...] = ()
    answers: tuple[Answer, ...] = ()


def room_of(row: Row[Any]) -> Room:
    """A room of its row; what an earlier version did not know is as in a new one."""
    known = {name: bool(value) for name, value in row.state.items() if name in RoomState.__dataclass_fields__}
    return Room(
        row.id,
        row.code,
        row.token,
        row.name,
        row.language,
        rows.moment(row.ends),
        RoomState(**known),
        row.state.get("plan"),
    )


def seat_of(row: Row[Any]) -> Seat:
    """A seat of its row."""
    return Seat(row.id, row.owner, row.token, row.name, row.animal, bool(row.removed))


def round_of(row: Row[Any]) -> Round:
    """A round of its row."""
    return Round(row.id, row.kind, row.state, dict(row.content))


def result_of(row: Row[Any]) -> Result:
    """A result of its row."""
    return Result(row.id, row.round, row.seat, row.job, row.same, row.state)
