"""A room in JSON: for the teacher and the wall, and for one seat.

Knows what each may be told. A seat is told of nobody's results but its own. Each part stands under a name of
its own (``result/<id>``), by which changes are told. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aigc_demo import i18n
from aigc_demo.classroom import learning, rounds
from aigc_demo.classroom.live import Snapshot
from aigc_demo.classroom.names import ANIMALS
from aigc_demo.classroom.ranking import strengths
from aigc_demo.history.class_values import Result, RoomView, Round, Seat
from aigc_demo.types import Job, Language, StoredOutput

_BROUGHT = ("before", "control")
"""Roles of outputs that something was made from."""
_SHOWN_KINDS = ("text", "image", "audio", "video")
_BEST_GUESSES = 10


def for_staff(snapshot: Snapshot) -> dict[str, Any]:
    """All of the room; how each seat fares and each result with who made it."""
    view = snapshot.view
    state = view.room.state
    told: dict[str, Any] = {
        "room": {
            "name": view.room.name,
            "code": view.room.code,
            "ends": view.room.ends.isoformat(),
            "door": state.door,
            "approve": state.approve,
            "names": state.names,
            "frozen": state.frozen,
        },
        "round": None,
    }
    now = view.rounds[-1] if view.rounds else None
    if now is not None:
        told["round"] = _asked_now(snapshot, now)
        if "guesses" in now.content:
            told["guesses"] = guesses(snapshot, now)
        if now.kind in rounds.ANSWERED:
            told["tally"] = _tally(snapshot, now)
    if view.room.plan is not None:
        told["plan"] = view.room.plan
    if ranked := ranking(snapshot):
        told["ranking"] = ranked
    for seat in view.seats:
        told[f"seat/{seat.id}"] = _fares(snapshot, seat, now)
    gone = {seat.id for seat in view.seats if seat.removed}
    first: dict[str, str] = {}
    for result in view.results:
        if result.seat not in gone:
            told[f"result/{result.id}"] = _result(snapshot, result, first, f"/class/{view.room.id}/media")
    written = {one.id for one in view.rounds if one.kind == "question"}
    for one in view.answers:
        if one.round in written and one.seat not in gone:
            told[f"answer/{rounds.answer_id(one.round, one.seat)}"] = _written(snapshot, one.round, one.seat)
    return told


def _asked_now(snapshot: Snapshot, now: Round) -> dict[str, Any]:
    """The round the class is in, with what its choices are called."""
    told = {"id": now.id, "kind": now.kind, "state": now.state, "number": len(snapshot.view.rounds)}
    told |= now.content
    if now.kind == "real":
        told["choices"] = person_or_model(snapshot.view.room.language)
    if now.kind == "ab" and "choices" in now.content:
        told["choices"] = lettered(now)
    if now.kind in rounds.LEARNING:
        told |= _learning(snapshot, now)
    return told


def _written(snapshot: Snapshot, round_id: str, seat_id: str) -> dict[str, Any]:
    """What somebody answered to a question, told as results are."""
    seat = _seat(snapshot.view, seat_id)
    question = next(one for one in snapshot.view.rounds if one.id == round_id)
    return {
        "round": round_id,
        "seat": seat_id,
        "name": seat.name,
        "picture": ANIMALS[seat.animal][0],
        "state": "shown",
        "status": "done",
        "asked": question.content.get("title", ""),
        "made": i18n.t("class.by_hand", snapshot.view.room.language),
        "files": [{"kind": "text", "text": snapshot.answer_of[round_id, seat_id]}],
    }


def for_seat(
    snapshot: Snapshot, seat_id: str, exercise: Callable[[Round, Language], dict[str, Any]]
) -> dict[str, Any]:
    """What one phone shows: who it is, what is asked now, what came of its own words."""
    view = snapshot.view
    seat = next((one for one in view.seats if one.id == seat_id), None)
    if seat is None:
        return {}  # it sat down after this look at the room
    if seat.removed:
        return {"gone": True}
    told: dict[str, Any] = {
        "room": {"name": view.room.name},
        "me": {"name": seat.name, "picture": ANIMALS[seat.animal][0], "token": seat.token},
        "round": None,
    }
    now = view.rounds[-1] if view.rounds else None
    if now is not None:
        told["round"] = {
            "id": now.id,
            "kind": now.kind,
            "state": now.state,
            "title": now.content.get("title", ""),
        }
        if now.kind in rounds.MAKING:
            told["exercise"] = exercise(now, view.room.language)
        if now.kind in rounds.ANSWERED:
            told |= _answering(snapshot, now, seat_id)
    own = snapshot.results_of.get(seat_id, [])
    for result in own:
        told[f"result/{result.id}"] = _result(snapshot, result, None, f"/c/{view.room.code}/media")
    return told


def lettered(now: Round) -> list[str]:
    """What A and B were, once it is told."""
    return [f"{letter}: {said}" for letter, said in zip("AB", now.content["choices"], strict=True)]


def person_or_model(language: Language) -> list[str]:
    """What a candidate may be found to be, in the order of :data:`rounds.PERSON` and ``MODEL``."""
    return [i18n.t("class.real.person", language), i18n.t("class.real.model", language)]


def guesses(snapshot: Snapshot, now: Round) -> list[dict[str, Any]]:
    """The guesses that came nearest, the best first, with their points of 100."""
    found = {seat.id: seat.name for seat in snapshot.view.seats if not seat.removed}
    return [
        {"name": found[seat], "text": snapshot.answer_of.get((now.id, seat), ""), "points": points}
        for seat, points in now.content["guesses"][:_BEST_GUESSES]
        if seat in found
    ]


def _answering(snapshot: Snapshot, now: Round, seat_id: str) -> dict[str, Any]:
    """What one phone may choose between, in an order of its own, and what it chose."""
    answer = snapshot.answer_of.get((now.id, seat_id))
    told: dict[str, Any] = {"options": [], "answer": answer, "revealed": bool(now.content.get("revealed"))}
    if now.kind == "lesson":
        told["lesson_link"] = learning.address(now.content["lesson"])
        told["options"] = [
            {"id": rounds.DONE, "text": i18n.t("class.lesson.done", snapshot.view.room.language)}
        ]
    elif now.kind in rounds.LISTED:
        told["options"] = [{"id": n, "text": text} for n, text in enumerate(now.content["choices"])]
    elif now.kind in ("vote", "ab"):
        own = [one.id for one in snapshot.results_of.get(seat_id, []) if one.round == now.id]
        between = list(now.content["of"]) if now.kind == "vote" else own[-2:]
        shuffled = rounds.shuffled(between, now.id, seat_id)
        options = [_option(snapshot, one, now, between) for one in shuffled]
        if len(options) > 1 and all(options):
            told["options"] = options
        if told["revealed"] and "choices" in now.content:
            told["labels"] = lettered(now)
        if now.kind == "ab" and answer is not None:
            told["answer"] = next((one for n, one in enumerate(between) if "ab"[n % 2] == answer), None)
    elif now.kind in rounds.BETWEEN:
        told |= _about_one(snapshot, now, seat_id)
    if told["revealed"]:
        told["tally"] = _tally(snapshot, now)
    return told


def _about_one(snapshot: Snapshot, now: Round, seat_id: str) -> dict[str, Any]:
    """The one candidate that a class looks at, and at the end what is true of it."""
    (one,) = now.content["of"]
    looked_at = _option(snapshot, one, now, [one])
    told: dict[str, Any] = {"shown": [] if looked_at is None else [looked_at]}
    if now.kind == "real":
        said = person_or_model(snapshot.view.room.language)
        return told | {"options": [{"id": n, "text": text} for n, text in enumerate(said)]}
    ranked = now.content.get("guesses", []) if now.content.get("revealed") else []
    place = next((n for n, (seat, _) in enumerate(ranked) if seat == seat_id), None)
    if place is not None:
        told["guess"] = {"place": place + 1, "of": len(ranked), "points": ranked[place][1]}
    return told


def _option(snapshot: Snapshot, one: str, now: Round, between: list[str]) -> dict[str, Any] | None:
    """A candidate on a phone: blind, until all is told; None where there is nothing to be seen of it."""
    media = f"/c/{snapshot.view.room.code}/media"
    if rounds.is_answer(one):
        round_id, _, seat_id = one.partition(".")
        written = _written(snapshot, round_id, seat_id)
        shown, said = written["files"], [written["made"], written["name"]]
    elif (result := _done(snapshot, one)) is not None:
        job = snapshot.jobs[result.job]
        shown, said = files(job, f"{media}/{one}"), [asked(job), *_settings(job)]
    else:
        return None
    told: dict[str, Any] = {"id": one, "files": shown}
    if now.content.get("revealed"):
        told["letter"] = "ABCD"[between.index(one)]
        told["text"] = " · ".join(said)
    return told


def _learning(snapshot: Snapshot, now: Round) -> dict[str, Any]:
    """Where the lesson is; of a training with what the class has chosen, once that is told."""
    if now.kind == "lesson":
        done = i18n.t("class.lesson.done", snapshot.view.room.language)
        return {"lesson_link": learning.address(now.content["lesson"]), "choices": [done]}
    if not now.content.get("revealed"):
        return {}
    counts = _tally(snapshot, now)["counts"]
    chosen = now.content["choices"][counts.index(max(counts))]
    link = learning.address(now.content["lesson"], {now.content["setting"]: chosen})
    return {"lesson_link": link, "chosen": chosen}


def _tally(snapshot: Snapshot, now: Round) -> dict[str, Any]:
    answers = [one.answer for one in snapshot.view.answers if one.round == now.id]
    return rounds.tally(now.kind, now.content, answers)


def ranking(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The results of all blind votes whose outcome was told, the strongest first, with what it is called."""
    of = {one.id: list(one.content["of"]) for one in snapshot.view.rounds if _told_vote(one)}
    votes = [(one.answer, of[one.round]) for one in snapshot.view.answers if one.round in of]
    found = {result.id: result.seat for result in snapshot.view.results}
    found |= {rounds.answer_id(one.round, one.seat): one.seat for one in snapshot.view.answers}
    return [
        {"id": one, "name": _seat(snapshot.view, found[one]).name, "rating": round(rating), "wins": wins}
        for one, rating, wins in strengths(votes)
        if one in found
    ]


def _told_vote(asked_round: Round) -> bool:
    return asked_round.kind == "vote" and bool(asked_round.content.get("revealed"))


def _done(snapshot: Snapshot, result_id: str) -> Result | None:
    """A result of which there is something to be seen."""
    found = next((one for one in snapshot.view.results if one.id == result_id), None)
    return found if found is not None and is_done(snapshot, found) else None


def _settings(job: Job) -> list[str]:
    """By what it was made: the model, and the seed."""
    return [job.model, *([str(job.seed)] if job.seed is not None else [])]


def is_done(snapshot: Snapshot, result: Result) -> bool:
    """Whether there is something to be seen."""
    job = snapshot.jobs.get(result.job)
    return job is not None and job.status == "done"


def _fares(snapshot: Snapshot, seat: Seat, now: Round | None) -> dict[str, Any]:
    """One seat: whether somebody is there, and how far they are in this round."""
    own = [one for one in snapshot.results_of.get(seat.id, []) if now is not None and one.round == now.id]
    statuses = [job.status for one in own if (job := snapshot.jobs.get(one.job)) is not None]
    answered = now is not None and (now.id, seat.id) in snapshot.answer_of
    done = answered or "done" in statuses
    waits = any(status in ("queued", "loading", "running") for status in statuses)
    return {
        "name": seat.name,
        "picture": ANIMALS[seat.animal][0],
        "here": bool(snapshot.here.get(seat.id)),
        "removed": seat.removed,
        "stage": "waiting" if waits else "done" if done else "thinking",
        "count": len(own),
    }


def _result(snapshot: Snapshot, result: Result, first: dict[str, str] | None, media: str) -> dict[str, Any]:
    """One result with its outputs; ``first`` remembers who asked for a job first."""
    view, job = snapshot.view, snapshot.jobs.get(result.job)
    seat = _seat(view, result.seat)
    told: dict[str, Any] = {
        "round": result.round,
        "seat": result.seat,
        "name": seat.name,
        "picture": ANIMALS[seat.animal][0],
        "state": result.state,
        "status": "failed" if job is None else job.status,
    }
    if first is not None and (known := first.setdefault(result.job, seat.name)) != seat.name:
        told["same"] = known
    fares = snapshot.progress.get(result.job)
    if job is None:
        return told
    if fares is not None and job.status not in ("done", "failed", "cancelled"):
        told["stage"], told["ahead"], told["seconds"] = fares
    told["asked"] = asked(job)
    if job.problem is not None:
        told["error"] = i18n.message(job.problem, view.room.language)
    if job.status == "done":
        told["files"] = files(job, f"{media}/{result.id}")
    if first is not None:
        told["made"] = " · ".join(_settings(job))
        told["finished"] = None if job.finished is None else job.finished.isoformat()
    return told


def asked(job: Job) -> str:
    """What somebody wrote: the prompt, else the job's title."""
    prompt = job.params.get("prompt") or job.params.get("text")
    return prompt if isinstance(prompt, str) and prompt.strip() else job.title


def files(job: Job, media: str) -> list[dict[str, Any]]:
    """What was made, as a page shows it: words, or an address."""
    made = [one for one in job.outputs if one.meta.get("role") not in _BROUGHT and one.kind in _SHOWN_KINDS]
    kinds = {one.kind for one in made}
    if "audio" in kinds or "video" in kinds:  # scores and side-cars are not what one sees or hears first
        made = [one for one in made if one.kind in ("audio", "video")][:1]
    return [_file(one, media) for one in made[:4]]


def _file(output: StoredOutput, media: str) -> dict[str, Any]:
    if output.kind == "text":
        return {"kind": "text", "text": output.text or ""}
    told: dict[str, Any] = {"kind": output.kind, "url": f"{media}/{quote(output.name)}"}
    for name in ("width", "height"):
        if isinstance(output.meta.get(name), int):
            told[name] = output.meta[name]
    return told


def _seat(view: RoomView, seat_id: str) -> Seat:
    return next(one for one in view.seats if one.id == seat_id)
