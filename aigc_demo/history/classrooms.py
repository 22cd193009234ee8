"""Class rooms: who teaches in one, who sits there, what was asked of the class, made and answered.

Knows the tables of rooms. A room's rows are the room's: each seat's jobs have an owner of their own, which is
nobody's cookie, so that nothing of a room is in anybody's history and all of it goes when the room ends. Of
visitors only digests are kept. Knows nothing of models, pages or what an exercise is. All methods may be
called from any thread.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from aigc_demo.history import records, rows, sharing
from aigc_demo.history.class_values import (
    Answer,
    Result,
    Room,
    RoomState,
    RoomView,
    Round,
    RoundState,
    Seat,
    Shown,
    result_of,
    room_of,
    round_of,
    seat_of,
)
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import is_id, new_token
from aigc_demo.history.schema import (
    class_answers,
    class_devices,
    class_results,
    class_rooms,
    class_rounds,
    class_seats,
    class_teachers,
    jobs,
)
from aigc_demo.types import ACTIVE, Job, Language, UserError

T = TypeVar("T")

CODE_LETTERS = "ACDEFGHJKMNPQRTVWXY34679"
"""What codes are made of: nothing that looks like something else from the last row (0 O, 1 I L, 2 Z, 5 S,
8 B, U V)."""
CODE_LENGTH = 6
MOST_SEATS = 120
MOST_ROOMS = 20
"""Rooms that one visitor teaches in at once."""
MOST_ROUNDS = 200
_HOUR = 3_600 * 1_000_000


class Classrooms:
    """Every room of one store.

    Args:
        write: runs work in the writer's next transaction and gives back what it returns.
        reading: one consistent look at the database.
        new_id: makes ids.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Connection], Any]], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
        new_id: Callable[[], str],
    ) -> None:
        self._writing = write
        self._reading = reading
        self._new_id = new_id

    def _write(self, work: Callable[[Connection], T]) -> T:
        result: T = self._writing(work)
        return result

    # -- rooms ------------------------------------------------------------------------------------

    def open(self, visitor: str, name: str, language: Language, hours: int) -> Room:
        """A new room, in which this visitor teaches; it ends by itself after so many hours.

        Raises UserError 409 ``too_many_rooms``.
        """
        token, ends = new_token(), rows.now() + hours * _HOUR
        row: dict[str, Any] = {
            "id": self._new_id(),
            "token": token,
            "digest": sharing.digest(token),
            "name": rows.one_line(rows.storable(name))[:80],
            "language": language,
            "created": rows.now(),
            "ends": ends,
            "state": asdict(RoomState()),
        }

        def work(connection: Connection) -> Room:
            mine = select(func.count()).select_from(class_teachers.join(class_rooms))
            here = class_teachers.c.visitor == digest(visitor), class_rooms.c.ends > rows.now()
            if (connection.scalar(mine.where(*here)) or 0) >= MOST_ROOMS:
                raise UserError("too_many_rooms", "error.too_many_rooms", status=409, limit=MOST_ROOMS)
            made = row | {"code": _free_code(connection)}
            connection.execute(insert(class_rooms).values(made))
            connection.execute(insert(class_teachers).values(room=row["id"], visitor=digest(visitor)))
            return room_of(connection.execute(select(class_rooms).where(class_rooms.c.id == row["id"])).one())

        return self._write(work)

    def taught(self, visitor: str) -> tuple[Room, ...]:
        """The rooms in which this visitor teaches, newest first."""
        mine = (
            select(class_rooms)
            .join(class_teachers, class_teachers.c.room == class_rooms.c.id)
            .where(class_teachers.c.visitor == digest(visitor), class_rooms.c.ends > rows.now())
            .order_by(class_rooms.c.id.desc())
        )
        with self._reading() as connection:
            return tuple(map(room_of, connection.execute(mine)))

    def get(self, visitor: str, room_id: str) -> Room:
        """The room in which this visitor teaches; the one 404 for another's, for an ended and for none."""
        with self._reading() as connection:
            mine = select(class_teachers.c.room).where(
                class_teachers.c.room == room_id, class_teachers.c.visitor == digest(visitor)
            )
            if not is_id(room_id) or connection.scalar(mine) is None:
                raise not_found()
            return _live(connection, class_rooms.c.id == room_id)

    def by_code(self, code: str) -> Room:
        """The room that pupils come into by this code; the one 404 for an ended one and for none."""
        with self._reading() as connection:
            return _live(connection, class_rooms.c.code == code)

    def teach(self, visitor: str, token: str) -> Room:
        """The room whose secret this is, in which the visitor teaches from now on; else the one 404."""
        if not 0 < len(token) <= sharing.LONGEST_TOKEN:
            raise not_found()

        def work(connection: Connection) -> Room:
            room = _live(connection, class_rooms.c.digest == sharing.digest(token))
            known = {"room": room.id, "visitor": digest(visitor)}
            here = class_teachers.c.room == room.id, class_teachers.c.visitor == digest(visitor)
            if connection.scalar(select(class_teachers.c.room).where(*here)) is None:
                connection.execute(insert(class_teachers).values(known))
            return room

        return self._write(work)

    def change(self, room_id: str, **values: bool) -> None:
        """Set something of the room's state."""
        self._set(room_id, values)

    def set_plan(self, room_id: str, plan: Mapping[str, Any] | None) -> None:
        """Keep what the teacher means to do."""
        self._set(room_id, {"plan": plan})

    def _set(self, room_id: str, values: Mapping[str, Any]) -> None:
        def work(connection: Connection) -> None:
            _live(connection, class_rooms.c.id == room_id)
            here = class_rooms.c.id == room_id
            state = {**(connection.scalar(select(class_rooms.c.state).where(here)) or {}), **values}
            connection.execute(update(class_rooms).where(here).values(state=state))

        self._write(work)

    def view(self, room_id: str) -> RoomView:
        """All of a room; the one 404 where it has ended."""
        with self._reading() as connection:
            room = _live(connection, class_rooms.c.id == room_id)
            return RoomView(
                room,
                tuple(map(seat_of, _of(connection, class_seats, room_id))),
                tuple(map(round_of, _of(connection, class_rounds, room_id))),
                tuple(map(result_of, _of(connection, class_results, room_id))),
                tuple(
                    Answer(row.round, row.seat, row.answer)
                    for row in connection.execute(
                        select(class_answers)
                        .where(class_answers.c.room == room_id)
                        .order_by(class_answers.c.created)
                    )
                ),
            )

    def jobs(self, job_ids: list[str]) -> dict[str, Job]:
        """Jobs of rooms by id, for whoever may see the room; those that are gone are left out."""
        with self._reading() as connection:
            found = {}
            for job_id in job_ids:
                try:
                    found[job_id] = records.fetch_any_owner(connection, job_id)
                except UserError:
                    continue
            return found

    # -- seats ------------------------------------------------------------------------------------

    def seat(self, visitor: str, room_id: str) -> Seat | None:
        """The seat that this visitor has in a room."""
        with self._reading() as connection:
            return _seated(connection, visitor, room_id)

    def join(self, visitor: str, room_id: str, name: Callable[[list[str]], str], animal: str) -> Seat:
        """Give the visitor a seat, or the one they have already.

        ``name`` is asked for one with all that are taken, and may refuse by raising a UserError.

        Raises UserError 403 ``class_door``, 409 ``class_full``.
        """
        row = {
            "id": self._new_id(),
            "room": room_id,
            "owner": secrets.token_urlsafe(32),
            "token": new_token(),
            "animal": animal,
        }

        def work(connection: Connection) -> Seat:
            room = _live(connection, class_rooms.c.id == room_id)
            seated = _seated(connection, visitor, room_id)
            if seated is not None:
                return seated
            taken = [seat_of(each) for each in _of(connection, class_seats, room_id)]
            if not room.state.door:
                raise UserError("class_door", "error.class_door", status=403)
            if len(taken) >= MOST_SEATS:
                raise UserError("class_full", "error.class_full", status=409, limit=MOST_SEATS)
            named = row | {"name": name([one.name for one in taken])}
            connection.execute(insert(class_seats).values(named))
            device = {"room": room_id, "visitor": digest(visitor), "seat": row["id"]}
            connection.execute(insert(class_devices).values(device))
            return Seat(row["id"], row["owner"], row["token"], named["name"], animal)

        return self._write(work)

    def take(self, visitor: str, room_id: str, token: str) -> Seat:
        """The seat whose own token this is, which this device has from now on; else the one 404."""

        def work(connection: Connection) -> Seat:
            _live(connection, class_rooms.c.id == room_id)
            seats = [seat_of(row) for row in _of(connection, class_seats, room_id)]
            same = (one for one in seats if secrets.compare_digest(one.token.encode(), token.encode()))
            seat = next(same, None)
            if seat is None or seat.removed:
                raise not_found()
            mine = class_devices.c.room == room_id, class_devices.c.visitor == digest(visitor)
            connection.execute(delete(class_devices).where(*mine))
            device = {"room": room_id, "visitor": digest(visitor), "seat": seat.id}
            connection.execute(insert(class_devices).values(device))
            return seat

        return self._write(work)

    def remove(self, room_id: str, seat_id: str, *, removed: bool = True) -> None:
        """Send a seat out of the room, with all that it made out of sight, or let it back in."""
        self._update(class_seats, room_id, seat_id, removed=removed)

    # -- rounds -----------------------------------------------------------------------------------

    def ask(self, room_id: str, kind: str, content: Mapping[str, Any], state: RoundState = "open") -> Round:
        """A new round, in which the class is from now on; the one before it is closed."""
        made = Round(self._new_id(), kind, state, dict(content))
        row = {"id": made.id, "room": room_id, "kind": kind, "state": state, "content": made.content}

        def work(connection: Connection) -> Round:
            _live(connection, class_rooms.c.id == room_id)
            here = class_rounds.c.room == room_id
            if (
                connection.scalar(select(func.count()).select_from(class_rounds).where(here)) or 0
            ) >= MOST_ROUNDS:
                raise UserError("too_many_rounds", "error.too_many_rounds", status=409, limit=MOST_ROUNDS)
            connection.execute(update(class_rounds).where(here).values(state="closed"))
            connection.execute(insert(class_rounds).values(row))
            return made

        return self._write(work)

    def set_round(self, room_id: str, round_id: str, **values: Any) -> None:
        """Change a round's state or content; the one 404 where there is none."""
        self._update(class_rounds, room_id, round_id, **values)

    def add_result(
        self, room_id: str, round_id: str, seat_id: str, job: str, same: str, state: Shown
    ) -> Result:
        """Keep what a seat asks for in a round; the round must be open."""
        row = {"id": self._new_id(), "room": room_id, "round": round_id, "seat": seat_id}
        row |= {"job": job, "same": same, "state": state}

        def work(connection: Connection) -> Result:
            _open_round(connection, room_id, round_id)
            connection.execute(insert(class_results).values(row))
            return result_of(
                connection.execute(select(class_results).where(class_results.c.id == row["id"])).one()
            )

        return self._write(work)

    def set_result(self, room_id: str, result_id: str, state: Shown) -> None:
        """Show or hide a result; the one 404 where there is none."""
        self._update(class_results, room_id, result_id, state=state)

    def answer(self, room_id: str, round_id: str, seat_id: str, answer: Any) -> None:
        """Keep a seat's one answer in a round, in place of an earlier one; the round must be open."""
        here = class_answers.c.round == round_id, class_answers.c.seat == seat_id
        row = {"round": round_id, "seat": seat_id, "room": room_id, "answer": answer, "created": rows.now()}

        def work(connection: Connection) -> None:
            _open_round(connection, room_id, round_id)
            connection.execute(delete(class_answers).where(*here))
            connection.execute(insert(class_answers).values(row))

        self._write(work)

    def _update(self, table: Any, room_id: str, row_id: str, **values: Any) -> None:
        def work(connection: Connection) -> None:
            here = table.c.room == room_id, table.c.id == row_id
            if (
                not is_id(row_id)
                or connection.execute(update(table).where(*here).values(**values)).rowcount == 0
            ):
                raise not_found()

        self._write(work)

    # -- the end ----------------------------------------------------------------------------------

    def due(self) -> tuple[str, ...]:
        """Rooms whose time is over and in which nothing is being made any more."""
        busy = (
            select(class_results.c.room)
            .join(jobs, jobs.c.id == class_results.c.job)
            .where(jobs.c.status.in_(sorted(ACTIVE)))
        )
        with self._reading() as connection:
            over = select(class_rooms.c.id).where(class_rooms.c.ends <= rows.now())
            return tuple(connection.scalars(over.where(class_rooms.c.id.not_in(busy))))

    def left(self, room_id: str) -> int:
        """How many rows there still are of a room; the proof that it is gone is 0."""
        with self._reading() as connection:
            count = [
                select(func.count()).select_from(table).where(table.c.room == room_id) for table in _PARTS
            ]
            count.append(select(func.count()).select_from(class_rooms).where(class_rooms.c.id == room_id))
            return sum(connection.scalar(one) or 0 for one in count)


_PARTS = (class_answers, class_results, class_rounds, class_devices, class_seats, class_teachers)


def erase(connection: Connection, room_id: str) -> list[str]:
    """Take all rows of a room away; the owners of its seats' jobs."""
    owners = list(connection.scalars(select(class_seats.c.owner).where(class_seats.c.room == room_id)))
    for table in _PARTS:
        connection.execute(delete(table).where(table.c.room == room_id))
    connection.execute(delete(class_rooms).where(class_rooms.c.id == room_id))
    return owners


def forget(connection: Connection, visitor: str) -> None:
    """Take away what tells that a visitor was in some room; what was made there is the room's."""
    for table in (class_devices, class_teachers):
        connection.execute(delete(table).where(table.c.visitor == digest(visitor)))


def digest(visitor: str) -> str:
    """What a room keeps of a visitor."""
    return hashlib.sha256(f"class {visitor}".encode()).hexdigest()


def _free_code(connection: Connection) -> str:
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        if connection.scalar(select(class_rooms.c.id).where(class_rooms.c.code == code)) is None:
            return code


def _live(connection: Connection, which: Any) -> Room:
    row = connection.execute(select(class_rooms).where(which, class_rooms.c.ends > rows.now())).one_or_none()
    if row is None:
        raise not_found()
    return room_of(row)


def _of(connection: Connection, table: Any, room_id: str) -> Any:
    return connection.execute(select(table).where(table.c.room == room_id).order_by(table.c.id))


def _seated(connection: Connection, visitor: str, room_id: str) -> Seat | None:
    mine = class_devices.c.room == room_id, class_devices.c.visitor == digest(visitor)
    row = connection.execute(
        select(class_seats).join(class_devices, class_devices.c.seat == class_seats.c.id).where(*mine)
    ).one_or_none()
    return None if row is None else seat_of(row)


def _open_round(connection: Connection, room_id: str, round_id: str) -> None:
    """Return where a seat may do something in the round; 409 where it is not open."""
    here = class_rounds.c.room == room_id, class_rounds.c.id == round_id
    if connection.scalar(select(class_rounds.c.state).where(*here)) != "open":
        raise UserError("class_not_open", "error.class_not_open", status=409)
