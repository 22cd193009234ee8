"""Routes of whoever teaches in a room: its pages, its verbs, and the stream that teacher and wall follow.

The right to teach is a visitor's cookie that opened the room, or had its secret link; the code gives none.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from aigc_demo.api import files
from aigc_demo.api.class_pages import told
from aigc_demo.api.qr import qr_code
from aigc_demo.classroom import Classroom, plans
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.guard.limits import Streams
from aigc_demo.studio import Studio

PING_SECONDS = 15


class RoomIn(BaseModel):
    """A room that is to be opened: what it is called, its first exercise, after how many hours it ends."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field("", max_length=200)
    language: Literal["en", "zh"] = "en"
    link: str = Field("", max_length=8_000)
    title: str = Field("", max_length=200)
    plan: str = Field("", max_length=40)
    hours: int = Field(24, ge=1, le=168)


class RoomPatch(BaseModel):
    """What is to change in a room; what is not named stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    door: bool | None = None
    approve: bool | None = None
    names: bool | None = None
    frozen: bool | None = None


class PlanIn(BaseModel):
    """A plan, as it was saved."""

    model_config = ConfigDict(extra="forbid", strict=True)

    plan: dict[str, Any]


class RoundIn(BaseModel):
    """What the class is asked next."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: str = Field("make", max_length=20)
    content: dict[str, Any] = {}
    state: Literal["ready", "open"] = "open"


class RoundPatch(BaseModel):
    """How a round stands from now on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    state: Literal["ready", "open", "paused", "closed"] | None = None
    revealed: bool | None = None


class ResultPatch(BaseModel):
    """Whether the wall shows a result."""

    model_config = ConfigDict(extra="forbid", strict=True)

    state: Literal["waiting", "shown", "hidden"]


class SeatPatch(BaseModel):
    """Whether a seat is sent out of the room."""

    model_config = ConfigDict(extra="forbid", strict=True)

    removed: bool


def router(studio: Studio, rooms: Classroom, streams: Streams) -> APIRouter:
    """The routes, bound to one installation's rooms."""
    api = APIRouter()

    async def place(request: Request) -> AsyncIterator[None]:
        with streams.seat(owner_of(request)):
            yield

    @api.post("/api/class", status_code=201, summary="Open a room for a class")
    def open_room(request: Request, wanted: RoomIn) -> dict[str, Any]:
        room = rooms.open(
            owner_of(request),
            wanted.name,
            wanted.language,
            link=wanted.link,
            title=wanted.title,
            plan=wanted.plan,
            hours=wanted.hours,
        )
        return told(studio, request, room)

    @api.get("/api/class/{room_id}", summary="A room with its seats and results")
    def look(request: Request, room_id: str) -> dict[str, Any]:
        return rooms.told(owner_of(request), room_id)

    @api.patch("/api/class/{room_id}", status_code=204, summary="Set a room's door and wall")
    def change(request: Request, room_id: str, wanted: RoomPatch) -> None:
        rooms.change(owner_of(request), room_id, **wanted.model_dump(exclude_none=True))

    @api.delete("/api/class/{room_id}", summary="End a room now, with everything in it")
    def end(request: Request, room_id: str) -> dict[str, int]:
        return {"left": rooms.end(owner_of(request), room_id)}

    @api.put("/api/class/{room_id}/plan", status_code=204, summary="Take a saved plan into a room")
    def set_plan(request: Request, room_id: str, wanted: PlanIn) -> None:
        rooms.set_plan(owner_of(request), room_id, wanted.plan)

    @api.get("/api/class/{room_id}/plan", summary="A room's plan as a file", response_model=plans.Plan)
    def plan(request: Request, response: Response, room_id: str) -> plans.Plan:
        response.headers["Content-Disposition"] = 'attachment; filename="plan.json"'
        return rooms.plan(owner_of(request), room_id)

    @api.post("/api/class/{room_id}/rounds", status_code=201, summary="Ask the class something")
    def ask(request: Request, room_id: str, wanted: RoundIn) -> dict[str, Any]:
        made = rooms.ask(owner_of(request), room_id, wanted.kind, wanted.content, wanted.state)
        return {"id": made.id}

    @api.patch(
        "/api/class/{room_id}/rounds/{round_id}", status_code=204, summary="Start, pause or close a round"
    )
    def set_round(request: Request, room_id: str, round_id: str, wanted: RoundPatch) -> None:
        rooms.set_round(owner_of(request), room_id, round_id, state=wanted.state, revealed=wanted.revealed)

    @api.patch(
        "/api/class/{room_id}/results/{result_id}",
        status_code=204,
        summary="Show or hide a result on the wall",
    )
    def set_result(request: Request, room_id: str, result_id: str, wanted: ResultPatch) -> None:
        rooms.set_result(owner_of(request), room_id, result_id, wanted.state)

    @api.patch(
        "/api/class/{room_id}/seats/{seat_id}", status_code=204, summary="Send a seat out, or let it in"
    )
    def set_seat(request: Request, room_id: str, seat_id: str, wanted: SeatPatch) -> None:
        rooms.remove(owner_of(request), room_id, seat_id, removed=wanted.removed)

    @api.get(
        "/api/class/{room_id}/events",
        summary="Follow a room as server-sent events",
        response_class=Response,
        dependencies=[Depends(place)],
    )
    def events(request: Request, room_id: str) -> EventSourceResponse:
        rooms.room(owner_of(request), room_id)
        return stream(rooms.follow(room_id))

    @api.get("/api/class/{room_id}/zip", summary="A room to be taken home", response_class=StreamingResponse)
    def take_home(request: Request, room_id: str) -> StreamingResponse:
        pieces = rooms.take_home(owner_of(request), room_id, language_of(request.scope))
        return zipped(pieces)

    @api.get("/api/class/{room_id}/qr", summary="A room's code as a QR code", response_class=Response)
    def qr(request: Request, room_id: str) -> Response:
        return qr_code(told(studio, request, rooms.room(owner_of(request), room_id))["url"])

    @api.get(
        "/class/{room_id}/media/{result_id}/{name}", summary="A file of a room", response_class=FileResponse
    )
    def media(request: Request, room_id: str, result_id: str, name: str) -> FileResponse:
        stored = rooms.file(owner_of(request), room_id, result_id, name)
        return files.stored(stored.path, name, {"Cache-Control": "private, max-age=3600"})

    return api


def stream(changes: AsyncIterator[Mapping[str, Any]]) -> EventSourceResponse:
    """Changes of a room as they come; its end is an event of its own, and so is that the server is there."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        async for changed in changes:
            yield ServerSentEvent(data=json.dumps(changed, ensure_ascii=False, separators=(",", ":")))
        yield ServerSentEvent(event="ended", data="{}")

    return EventSourceResponse(
        events(),
        ping=PING_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(event="here", data="{}"),
        headers={"Cache-Control": PRIVATE},
    )


def zipped(pieces: Iterator[bytes]) -> StreamingResponse:
    """A zip to be saved."""
    name = f"class-{datetime.now(UTC):%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": PRIVATE}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)
