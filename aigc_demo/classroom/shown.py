"""A room in JSON: for the teacher and the wall, and for one seat.

Knows what each may be told. A seat is told of nobody's results but its own. Each part stands under a name of
its own (``result/<id>``), by which changes are told. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aigc_demo import i18n
from aigc_demo.classroom import rounds
from aigc_demo.classroom.live import Snapshot
from aigc_demo.classroom.names import ANIMALS
from aigc_demo.classroom.ranking import strengths
from aigc_demo.history.class_values import Result, RoomView, Round, Seat
from aigc_demo.types import Job, Language, StoredOutput

_BROUGHT = ("before", "control")
"""Roles of outputs that something was made from."""
_SHOWN_KINDS = ("text", "image", "audio", "video")


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
        told["round"] = {"id": now.id, "kind": now.kind, "state": now.state, **now.content}
        told["round"]["number"] = len(view.rounds)
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
    return told


def for_seat(
    snapshot: Snapshot, seat_id: str, exercise: Callable[[Round, Language], dict[str, Any]]
) -> dict[str, Any]:
    """What one phone shows: who it is, what is asked now, what came of its own words."""
    view = snapshot.view
    seat = next((one for one in view.seats if one.id == seat_id), None)
    if seat is None or seat.removed:
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


def _answering(snapshot: Snapshot, now: Round, seat_id: str) -> dict[str, Any]:
    """What one phone may choose between, in an order of its own, and what it chose."""
    answer = snapshot.answer_of.get((now.id, seat_id))
    told: dict[str, Any] = {"options": [], "answer": answer, "revealed": bool(now.content.get("revealed"))}
    if now.kind == "poll":
        told["options"] = [{"id": n, "text": text} for n, text in enumerate(now.content["choices"])]
    elif now.kind in ("vote", "ab"):
        own = [one.id for one in snapshot.results_of.get(seat_id, []) if one.round == now.id]
        between = list(now.content["of"]) if now.kind == "vote" else own[-2:]
        found = {result.id: result for result in snapshot.view.results}
        made = [found[one] for one in between if one in found and is_done(snapshot, found[one])]
        if len(made) == len(between) > 1:
            media = f"/c/{snapshot.view.room.code}/media"
            shuffled = rounds.shuffled([one.id for one in made], now.id, seat_id)
            told["options"] = [_option(snapshot, found[one], media, now, between) for one in shuffled]
        if now.kind == "ab" and answer is not None:
            told["answer"] = next((one for n, one in enumerate(between) if "ab"[n % 2] == answer), None)
    if told["revealed"]:
        told["tally"] = _tally(snapshot, now)
    return told


def _option(snapshot: Snapshot, result: Result, media: str, now: Round, between: list[str]) -> dict[str, Any]:
    """A result that is voted for: blind, until all is told."""
    job = snapshot.jobs[result.job]
    told: dict[str, Any] = {"id": result.id, "files": files(job, f"{media}/{result.id}")}
    if now.content.get("revealed"):
        told["letter"] = "ABCD"[between.index(result.id)]
        told["text"] = " · ".join([asked(job), *_settings(job)])
    return told


def _tally(snapshot: Snapshot, now: Round) -> dict[str, Any]:
    answers = [one.answer for one in snapshot.view.answers if one.round == now.id]
    return rounds.tally(now.kind, now.content, answers)


def ranking(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The results of all blind votes whose outcome was told, the strongest first, with what it is called."""
    of = {one.id: list(one.content["of"]) for one in snapshot.view.rounds if _told_vote(one)}
    votes = [(one.answer, of[one.round]) for one in snapshot.view.answers if one.round in of]
    found = {result.id: result for result in snapshot.view.results}
    return [
        {"id": one, "name": _seat(snapshot.view, found[one].seat).name, "rating": round(rating), "wins": wins}
        for one, rating, wins in strengths(votes)
        if one in found
    ]


def _told_vote(asked_round: Round) -> bool:
    return asked_round.kind == "vote" and bool(asked_round.content.get("revealed"))


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
