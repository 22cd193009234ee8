"""Routes of a pupil's phone: the page behind a code, a seat, what is made there, and the stream it follows.

A seat is the visitor's cookie bound to the room. Wrong codes are counted by the address that they come from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse

from aigc_demo.api import files
from aigc_demo.api.class_pages import HEADERS, gone, page
from aigc_demo.api.classroom import stream, zipped
from aigc_demo.api.qr import qr_code
from aigc_demo.classroom import Classroom
from aigc_demo.guard.http import language_of
from aigc_demo.guard.identity import owner_of, visitor_of
from aigc_demo.guard.limits import Streams
from aigc_demo.guard.network import for_phones
from aigc_demo.history.class_values import Room, Seat
from aigc_demo.studio import Studio
from aigc_demo.types import Language, UserError


class SeatIn(BaseModel):
    """Under which nickname somebody sits down; None draws an animal."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(None, max_length=20_000)


class MakeIn(BaseModel):
    """A pupil's own values for the free fields of an exercise."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any] = {}


class AnswerIn(BaseModel):
    """A seat's answer: what it chose by id or place, or its words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answer: Annotated[str, Field(max_length=8_000)] | int


def router(studio: Studio, rooms: Classroom, streams: Streams) -> APIRouter:
    """The routes, bound to one installation's rooms."""
    api = APIRouter()

    async def place(request: Request) -> AsyncIterator[None]:
        with streams.seat(owner_of(request)):
            yield

    def entered(request: Request, code: str) -> Room:
        return rooms.enter(code, request.client.host if request.client else "")

    def seated(request: Request, code: str) -> tuple[Room, Seat]:
        room = entered(request, code)
        return room, rooms.seated(owner_of(request), room)

    @api.get("/c", summary="Where a code is typed", response_class=HTMLResponse)
    def type_code(request: Request) -> HTMLResponse:
        return page("class-code.html", language_of(request.scope))

    @api.get("/c/{code}", summary="A room on a pupil's phone", response_class=HTMLResponse)
    def phone(request: Request, code: str) -> HTMLResponse:
        try:
            room = entered(request, code)
            seat = rooms.seat(owner_of(request), room)
        except UserError as error:
            return gone(error, language_of(request.scope))
        language = _tongue(request, room)
        told = None if seat is None else rooms.told_seat(seat, room)
        return page("class-phone.html", language, room=room, seat=seat, told=told)

    @api.get("/c/{code}/seat/{token}", summary="A seat on another device", response_class=RedirectResponse)
    def take(request: Request, code: str, token: str) -> Response:
        try:
            room = entered(request, code)
            rooms.take(owner_of(request), room, token)
        except UserError as error:
            return gone(error, language_of(request.scope))
        return RedirectResponse(f"/c/{room.code}", 303, HEADERS)

    @api.post("/api/c/{code}/seat", status_code=201, summary="Take a seat in a room")
    def join(request: Request, code: str, wanted: SeatIn) -> dict[str, Any]:
        room = entered(request, code)
        if visitor_of(request).known_by is None:
            raise UserError("cookies_needed", "error.class_cookies_needed", status=403)
        seat = rooms.join(owner_of(request), room, wanted.name)
        return rooms.told_seat(seat, room)

    @api.get("/api/c/{code}", summary="What a seat is asked, and what it made")
    def look(request: Request, code: str) -> dict[str, Any]:
        room, seat = seated(request, code)
        return rooms.told_seat(seat, room)

    @api.get(
        "/api/c/{code}/events",
        summary="Follow a room from a seat",
        response_class=Response,
        dependencies=[Depends(place)],
    )
    def events(request: Request, code: str) -> EventSourceResponse:
        room, seat = seated(request, code)
        return stream(rooms.follow_seat(seat, room))

    @api.post("/api/c/{code}/make", status_code=202, summary="Make something of one's own words in a room")
    def make(request: Request, code: str, wanted: MakeIn) -> dict[str, Any]:
        room, seat = seated(request, code)
        made = rooms.make(seat, room, wanted.values, language_of(request.scope))
        return {"id": made[0].id}

    @api.put("/api/c/{code}/answer", status_code=204, summary="Vote, or answer, in a room")
    def answer(request: Request, code: str, wanted: AnswerIn) -> None:
        room, seat = seated(request, code)
        rooms.answer(seat, room, wanted.answer)

    @api.delete("/api/c/{code}/make/{result_id}", status_code=204, summary="Stop what a seat waits for")
    def stop(request: Request, code: str, result_id: str) -> None:
        room, seat = seated(request, code)
        rooms.stop(seat, room, result_id)

    @api.get(
        "/api/c/{code}/zip",
        summary="What a seat has made, to be taken home",
        response_class=StreamingResponse,
    )
    def take_own(request: Request, code: str) -> StreamingResponse:
        room, seat = seated(request, code)
        return zipped(rooms.take_own(seat, room, language_of(request.scope)))

    @api.get("/api/c/{code}/qr", summary="A seat's own link as a QR code", response_class=Response)
    def qr(request: Request, code: str) -> Response:
        room, seat = seated(request, code)
        base, _ = for_phones(studio.settings, str(request.base_url))
        return qr_code(f"{base}/c/{room.code}/seat/{seat.token}")

    @api.get(
        "/c/{code}/media/{result_id}/{name}",
        summary="A file of a seat's own result",
        response_class=FileResponse,
    )
    def media(request: Request, code: str, result_id: str, name: str) -> FileResponse:
        room, seat = seated(request, code)
        stored = rooms.seat_file(seat, room, result_id, name)
        return files.stored(stored.path, name, {"Cache-Control": "private, max-age=3600"})

    return api


def _tongue(request: Request, room: Room) -> Language:
    """The room's language, unless whoever reads has chosen one by hand."""
    return language_of(request.scope) if "lang=" in request.url.query else room.language
