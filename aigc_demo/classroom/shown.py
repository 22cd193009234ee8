"""A room in JSON: for the teacher and the wall, and for one seat.

Knows what each may be told. A seat is told of nobody's results but its own. Each part stands under a name of
its own (``result/<id>``), by which changes are told. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aigc_demo import i18n
from aigc_demo.classroom.live import Snapshot
from aigc_demo.classroom.names import ANIMALS
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
        if now.kind == "make":
            told["exercise"] = exercise(now, view.room.language)
    own = snapshot.results_of.get(seat_id, [])
    for result in own:
        told[f"result/{result.id}"] = _result(snapshot, result, None, f"/c/{view.room.code}/media")
    return told


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
