"""The verbs of a room: what a teacher and a seat may do, checked, kept, and told to whoever follows.

Knows the store's rooms, the studio and the rules of names, codes and exercises. Who teaches or sits is asked
of the store at each verb. May be called from any thread; only following is asynchronous.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from typing import Any

from aigc_demo.classroom import exercise, learning, names, plans, rounds, shown, takehome
from aigc_demo.classroom.exercise import Exercise
from aigc_demo.classroom.live import Live, Snapshot
from aigc_demo.classroom.meaning import Meanings
from aigc_demo.classroom.wrong_codes import WrongCodes
from aigc_demo.guard import policy
from aigc_demo.history.class_values import Result, Room, Round, RoundState, Seat, Shown
from aigc_demo.history.classrooms import CODE_LENGTH, CODE_LETTERS
from aigc_demo.history.media import Stored
from aigc_demo.studio import Studio
from aigc_demo.types import FINAL, Job, Language, Params, UserError

MOST_WAITING = 2
"""Results of one seat that are being made at once."""
MOST_EACH = 30
"""Results of one seat in one round."""
MOST_HOURS = 24 * 7
MOST_GROUPS = 12
"""Groups of answers that the wall has room for."""
_LOCKS = 64


class Classroom:
    """Every room of one installation."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._store = studio.history.classrooms
        self.live = Live(studio)
        self._wrong = WrongCodes()
        self._meanings = Meanings()
        self._same = [threading.Lock() for _ in range(_LOCKS)]

    # -- the teacher ------------------------------------------------------------------------------

    def open(
        self,
        visitor: str,
        name: str,
        language: Language,
        *,
        link: str = "",
        title: str = "",
        plan: str = "",
        hours: int = 24,
    ) -> Room:
        """A new room, with its first exercise where a link gives one, or one of the plans of the app.

        Raises:
            UserError: 404 no such plan, 409 ``too_many_rooms``, 422 a link that describes no exercise.
        """
        prepared = plans.ready(plan, language) if plan else None
        content = self._checked(language, "make", {"link": link, "title": title}, ()) if link else None
        room = self._store.open(visitor, name, language, max(1, min(hours, MOST_HOURS)))
        if content is not None:
            self._store.ask(room.id, "make", content)
        if prepared is not None:
            self._store.set_plan(room.id, prepared.model_dump(mode="json"))
        return room

    def taught(self, visitor: str) -> tuple[Room, ...]:
        """The rooms in which this visitor teaches."""
        return self._store.taught(visitor)

    def teach(self, visitor: str, token: str) -> Room:
        """The room whose secret this is, in which the visitor teaches from now on."""
        return self._store.teach(visitor, token)

    def room(self, visitor: str, room_id: str) -> Room:
        """The room in which this visitor teaches; else the one 404."""
        return self._store.get(visitor, room_id)

    def change(self, visitor: str, room_id: str, **values: bool) -> None:
        """Open or close the door, let results wait for a nod, tell names, freeze the wall."""
        self.room(visitor, room_id)
        self._store.change(room_id, **values)
        self.live.touched(room_id)

    def set_plan(self, visitor: str, room_id: str, plan: Mapping[str, Any]) -> None:
        """Run a plan again, as it came out of a file.

        Raises:
            UserError: 422 ``bad_plan``.
        """
        self.room(visitor, room_id)
        self._store.set_plan(room_id, plans.read(plan).model_dump(mode="json"))
        self.live.touched(room_id)

    def plan(self, visitor: str, room_id: str) -> plans.Plan:
        """The room's plan, or one of what it was asked so far: to be saved, passed on and run again."""
        room = self.room(visitor, room_id)
        if room.plan is not None:
            return plans.read(room.plan)
        return plans.of_rounds(room.name, room.language, self._store.view(room_id).rounds)

    def ask(
        self, visitor: str, room_id: str, kind: str, content: Mapping[str, Any], state: RoundState
    ) -> Round:
        """Begin a round of this kind; the one before it is closed.

        Raises:
            UserError: 422 a content that this kind does not have.
        """
        room = self.room(visitor, room_id)
        view = self._store.view(room_id)
        written = {one.id for one in view.rounds if one.kind == "question"}
        answers = [rounds.answer_id(one.round, one.seat) for one in view.answers if one.round in written]
        there = [*(result.id for result in view.results), *answers]
        made = self._store.ask(room_id, kind, self._checked(room.language, kind, content, there), state)
        self.live.touched(room_id)
        return made

    def set_round(
        self,
        visitor: str,
        room_id: str,
        round_id: str,
        *,
        state: RoundState | None = None,
        revealed: bool | None = None,
    ) -> None:
        """Start, pause or close a round; tell everybody what came of its votes, and by what settings.

        Raises:
            UserError: 404 no such round, 503 guesses that cannot be compared at present.
        """
        self.room(visitor, room_id)
        snapshot = self.live.look(room_id)
        asked = next((one for one in snapshot.view.rounds if one.id == round_id), None)
        if asked is None:
            raise UserError("not_found", "error.not_found", status=404)
        content = dict(asked.content)
        if revealed is not None:
            content["revealed"] = revealed
        if revealed:
            content |= self._compared(snapshot, asked)
        if revealed and asked.kind == "ab":
            language = snapshot.view.room.language
            content["choices"] = exercise.told_apart(self.exercises(asked, language), language)
        self._store.set_round(room_id, round_id, state=state or asked.state, content=content)
        self.live.touched(room_id)

    def set_result(self, visitor: str, room_id: str, result_id: str, state: Shown) -> None:
        """Show a result on the wall, or hide it there."""
        self.room(visitor, room_id)
        self._store.set_result(room_id, result_id, state)
        self.live.touched(room_id)

    def remove(self, visitor: str, room_id: str, seat_id: str, *, removed: bool) -> None:
        """Send a seat out, or let it back in."""
        self.room(visitor, room_id)
        self._store.remove(room_id, seat_id, removed=removed)
        self.live.touched(room_id)

    def end(self, visitor: str, room_id: str) -> int:
        """End a room at once, with all of it; how many of its rows are left, which is 0."""
        self.room(visitor, room_id)
        snapshot = self.live.look(room_id)
        for job in snapshot.jobs.values():
            if job.status not in FINAL:
                self._studio.cancel(job.owner, job.id)
        left = self._studio.history.end_classroom(room_id)
        self.live.forget(list(snapshot.jobs))
        self.live.touched(room_id)
        return left

    def told(self, visitor: str, room_id: str) -> dict[str, Any]:
        """The whole room as its teacher sees it."""
        self.room(visitor, room_id)
        return shown.for_staff(self.live.look(room_id))

    def follow(self, room_id: str) -> AsyncIterator[dict[str, Any]]:
        """What changes, for teacher and wall; :meth:`room` is to be asked before."""
        return self.live.follow(room_id, shown.for_staff)

    def file(self, visitor: str, room_id: str, result_id: str, name: str) -> Stored:
        """A file of a result, for the teacher."""
        self.room(visitor, room_id)
        return self._file(room_id, result_id, name, None)

    def take_home(self, visitor: str, room_id: str, language: Language) -> Iterator[bytes]:
        """Everything that the room has shown, with its votes, as one zip in pieces."""
        self.room(visitor, room_id)
        return takehome.stream(self._studio.history, self.live.look(room_id), language)

    # -- a seat -----------------------------------------------------------------------------------

    def enter(self, code: str, who: str) -> Room:
        """The room of a code, as somebody typed it; ``who`` is whose guesses are counted.

        Raises:
            UserError: 404 for a code that opens nothing, 429 for too many of them.
        """
        spelt = "".join(code.split()).replace("-", "").upper()
        if len(spelt) != CODE_LENGTH or not set(spelt) <= set(CODE_LETTERS):
            raise UserError("not_found", "error.not_found", status=404)
        self._wrong.check(who)
        try:
            return self._store.by_code(spelt)
        except UserError:
            self._wrong.wrong(who)
            raise

    def seat(self, visitor: str, room: Room) -> Seat | None:
        """The seat that this visitor has in the room.

        Raises:
            UserError: 403 where the teacher has sent it out.
        """
        seat = self._store.seat(visitor, room.id)
        if seat is not None and seat.removed:
            raise UserError("class_sent_out", "error.class_sent_out", status=403)
        return seat

    def seated(self, visitor: str, room: Room) -> Seat:
        """The same, or 403 for somebody without a seat."""
        seat = self.seat(visitor, room)
        if seat is None:
            raise UserError("class_no_seat", "error.class_no_seat", status=403)
        return seat

    def join(self, visitor: str, room: Room, name: str | None) -> Seat:
        """Take a seat under a nickname, or as an animal that is drawn.

        Raises:
            UserError: as :func:`names.nickname` and :meth:`Classrooms.join`.
        """
        animal = names.drawn_animal()
        if name is not None:
            names.nickname(name)  # before anything waits for the disk

        def called(taken: list[str]) -> str:
            return (
                names.animal_name(animal, room.language, taken)
                if name is None
                else names.nickname(name, taken)
            )

        seat = self._store.join(visitor, room.id, called, animal)
        self.live.touched(room.id)
        return seat

    def take(self, visitor: str, room: Room, token: str) -> Seat:
        """The seat whose own link this is, on this device from now on."""
        seat = self._store.take(visitor, room.id, token)
        self.live.touched(room.id)
        return seat

    def make(self, seat: Seat, room: Room, given: Mapping[str, Any], language: Language) -> list[Result]:
        """Ask for what the round's exercise makes of a pupil's words; of A against B both, A first.

        What was asked for exactly so before is not computed again: the result is that one's.

        Raises:
            UserError: 409 no exercise that is open, 422 a value, 429 too many at once.
        """
        snapshot = self.live.look(room.id)
        now = _open_of(snapshot.view.rounds, rounds.MAKING)
        own = [one for one in snapshot.results_of.get(seat.id, []) if one.round == now.id]
        if len(own) >= MOST_EACH:
            raise UserError("class_enough", "error.class_enough", status=429, retry_after=60, limit=MOST_EACH)
        made = [snapshot.jobs.get(one.job) for one in own]
        waiting = sum(job is not None and job.status not in FINAL for job in made)
        if waiting >= MOST_WAITING or (waiting and now.kind == "ab"):
            raise UserError("class_waiting", "error.class_waiting", status=429, retry_after=2)
        todos = self.exercises(now, room.language)
        wanted = [(todo, todo.params(given)) for todo in todos]
        policy.check_request([word for word in given.values() if isinstance(word, str)], names.LEVEL)
        results = [self._ask_for(seat, room, now, todo, params, language) for todo, params in wanted]
        self.live.touched(room.id)
        return results

    def _ask_for(
        self, seat: Seat, room: Room, now: Round, todo: Exercise, params: Params, language: Language
    ) -> Result:
        """One result of a seat's, by a job of its own or by the one that makes exactly this already."""
        same = _digest(todo, params)
        state: Shown = "waiting" if room.state.approve else "shown"
        with self._same[int(same[:8], 16) % _LOCKS]:
            job = self._made_already(room.id, same) if todo.is_repeatable else None
            new = job is None
            if job is None:
                job = self._studio.submit(
                    seat.owner, todo.task, todo.spec.id, params.model_dump(), language=language
                ).id
            try:
                return self._store.add_result(room.id, now.id, seat.id, job, same, state)
            except UserError:
                if new:
                    self._studio.cancel(seat.owner, job)
                raise

    def answer(self, seat: Seat, room: Room, given: Any) -> None:
        """Keep a seat's one answer in the round; it is on disk on return.

        Raises:
            UserError: 409 no round that is open, 422 as :func:`rounds.answer`.
        """
        snapshot = self.live.look(room.id)
        now = _open_of(snapshot.view.rounds, rounds.ANSWERED)
        if now.content.get("revealed") and now.kind != "question":  # what others chose is seen by now
            raise UserError("class_not_open", "error.class_not_open", status=409)
        theirs = snapshot.results_of.get(seat.id, [])
        own = [one.id for one in theirs if one.round == now.id]
        if now.kind == "guess" and now.content["of"][0] in {one.id for one in theirs}:
            raise UserError("own_guess", "error.class_own_guess", status=409)
        kept = rounds.answer(now.kind, now.content, given, own)
        if now.kind in rounds.WRITTEN:
            policy.check_request([kept], names.LEVEL)
        self._store.answer(room.id, now.id, seat.id, kept)
        self.live.touched(room.id)

    def stop(self, seat: Seat, room: Room, result_id: str) -> None:
        """Cancel what this seat waits for; the one 404 for another's."""
        own = self.live.look(room.id).results_of.get(seat.id, [])
        result = next((one for one in own if one.id == result_id), None)
        if result is None:
            raise UserError("not_found", "error.not_found", status=404)
        if sum(one.job == result.job for one in self.live.look(room.id).view.results) == 1:
            self._studio.cancel(seat.owner, result.job)
        self.live.touched(room.id)

    def take_own(self, seat: Seat, room: Room, language: Language) -> Iterator[bytes]:
        """What a seat has made, as a zip in pieces."""
        return takehome.stream(self._studio.history, self.live.look(room.id), language, seat.id)

    def told_seat(self, seat: Seat, room: Room) -> dict[str, Any]:
        """What a phone shows."""
        return shown.for_seat(self.live.look(room.id), seat.id, self.exercise_told)

    def follow_seat(self, seat: Seat, room: Room) -> AsyncIterator[dict[str, Any]]:
        """What changes on a phone."""
        told = self.exercise_told
        return self.live.follow(room.id, lambda snapshot: shown.for_seat(snapshot, seat.id, told), seat.id)

    def seat_file(self, seat: Seat, room: Room, result_id: str, name: str) -> Stored:
        """A file of the seat's own result."""
        return self._file(room.id, result_id, name, seat.id)

    # -- inside -----------------------------------------------------------------------------------

    def exercises(self, asked: Round, language: Language) -> list[Exercise]:
        """What a round asks to be made: one thing, or A and B."""
        debug = self._studio.settings.debug_models
        links = [asked.content["link"], *([asked.content["link_b"]] if asked.kind == "ab" else [])]
        read = [exercise.read(self._studio.catalog, link, language, debug=debug) for link in links]
        return exercise.kept_apart(read)

    def _compared(self, snapshot: Snapshot, asked: Round) -> dict[str, Any]:
        """What words come to: groups of answers that say the same, or how near each guess has come."""
        gone = {seat.id for seat in snapshot.view.seats if seat.removed}
        said = [one for one in snapshot.view.answers if one.round == asked.id and one.seat not in gone]
        if asked.kind == "question":
            with contextlib.suppress(UserError):  # the cloud is there without
                groups = self._meanings.groups([one.answer for one in said])
                return {"groups": [[group[0], len(group)] for group in groups[:MOST_GROUPS]]}
        if asked.kind == "guess":
            made = next((one for one in snapshot.view.results if one.id == asked.content["of"][0]), None)
            job = None if made is None else snapshot.jobs.get(made.job)
            if job is not None:
                points = self._meanings.points(shown.asked(job), [one.answer for one in said])
                ranked = sorted(zip(points, said, strict=True), key=lambda one: -one[0])
                return {"guesses": [[one.seat, many] for many, one in ranked]}
        return {}

    def exercise_told(self, asked: Round, language: Language) -> dict[str, Any]:
        """What a phone draws of it: of A against B nothing that tells them apart."""
        first, *others = self.exercises(asked, language)
        told = first.told(language)
        if others:
            told["fixed"] = []
        return told

    def _checked(
        self, language: Language, kind: str, content: Mapping[str, Any], candidates: Collection[str]
    ) -> dict[str, Any]:
        """A round's content as it is kept."""
        kept = rounds.checked(kind, content, candidates)
        if kind in rounds.MAKING:
            first, *others = self.exercises(Round("", kind, "open", kept), language)
            if any(_left_to_all(other) != _left_to_all(first) for other in others):
                raise UserError("bad_round", "error.class_unlike", status=422, field="link_b")
        if kind == "train":
            learning.check(self._studio.catalog, kept, language)
        if kind in rounds.LEARNING:
            kept["title"] = kept["title"] or learning.title(kept["lesson"], language, kept.get("setting", ""))
        return kept

    def _made_already(self, room_id: str, same: str) -> str | None:
        """The job that has made, or is making, exactly this in the room."""
        snapshot = self.live.look(room_id)
        jobs: list[Job] = [
            snapshot.jobs[one.job]
            for one in snapshot.view.results
            if one.same == same and one.job in snapshot.jobs
        ]
        return next((job.id for job in jobs if job.status not in ("failed", "cancelled")), None)

    def _file(self, room_id: str, result_id: str, name: str, seat_id: str | None) -> Stored:
        snapshot = self.live.look(room_id)
        result = next((one for one in snapshot.view.results if one.id == result_id), None)
        job = None if result is None else snapshot.jobs.get(result.job)
        seen = seat_id in (None, result.seat) if result is not None else False
        if result is None or job is None or not (seen or result.id in _candidates(snapshot.view.rounds)):
            raise UserError("not_found", "error.not_found", status=404)
        return self._studio.history.file(job.owner, job.id, name)


def _open_of(asked: tuple[Round, ...], kinds: tuple[str, ...]) -> Round:
    """The round the class is in, if it is of such a kind and open; else 409."""
    now = asked[-1] if asked else None
    if now is None or now.kind not in kinds or now.state != "open":
        raise UserError("class_not_open", "error.class_not_open", status=409)
    return now


def _candidates(asked: tuple[Round, ...]) -> Collection[str]:
    """The results that everybody may see, for the class is asked about them now."""
    return asked[-1].content["of"] if asked and asked[-1].kind in rounds.BETWEEN else ()


def _left_to_all(todo: Exercise) -> tuple[str, set[str]]:
    """What two exercises must have in common to be done with the same words."""
    return todo.task, {field.name for field in todo.free}


def _digest(todo: Exercise, params: Params) -> str:
    """What is equal where exactly the same is asked for."""
    asked = json.dumps([todo.task, todo.spec.id, params.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()
