"""Pages of class rooms: where one is opened, the teacher's desk, the wall, a plan to print.

Knows templates and headers; what is shown is told by the room. The pages are drawn on the server and need one
script each, so that a phone is ready at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from aigc_demo import i18n
from aigc_demo.api import pages
from aigc_demo.classroom import Classroom, learning, plans
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.guard.network import for_phones
from aigc_demo.history.class_values import Room
from aigc_demo.studio import Studio
from aigc_demo.types import Language, UserError

HEADERS = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex, nofollow"}
POLICY = (
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def router(studio: Studio, rooms: Classroom) -> APIRouter:
    """The routes, bound to one installation's rooms."""
    api = APIRouter()

    @api.get("/class", summary="Open a room, or go back into one", response_class=HTMLResponse)
    def door(request: Request) -> HTMLResponse:
        language = language_of(request.scope)
        mine = rooms.taught(owner_of(request))
        address, open_to_all = for_phones(studio.settings, str(request.base_url))
        return page(
            "class-door.html",
            language,
            rooms=mine,
            address=address,
            reachable=open_to_all,
            begins=_begins(language),
            plans=plans.all_ready(language),
        )

    @api.get("/class/plan/{name}", summary="A plan as a printed sheet", response_class=HTMLResponse)
    def sheet(request: Request, name: str) -> HTMLResponse:
        language = language_of(request.scope)
        try:
            return page("class-plan.html", language, plan=plans.ready(name, language))
        except UserError as error:
            return gone(error, language)

    @api.get(
        "/class/key/{token}", summary="Teach in a room by its secret link", response_class=RedirectResponse
    )
    def key(request: Request, token: str) -> Response:
        try:
            room = rooms.teach(owner_of(request), token)
        except UserError as error:
            return gone(error, language_of(request.scope))
        return RedirectResponse(f"/class/{room.id}", 303, HEADERS)

    @api.get("/class/{room_id}", summary="A room as its teacher sees it", response_class=HTMLResponse)
    def desk(request: Request, room_id: str) -> HTMLResponse:
        return staff_page(request, room_id, "class-desk.html")

    @api.get("/class/{room_id}/wall", summary="A room's wall, for the projector", response_class=HTMLResponse)
    def wall(request: Request, room_id: str) -> HTMLResponse:
        return staff_page(request, room_id, "class-wall.html")

    def staff_page(request: Request, room_id: str, template: str) -> HTMLResponse:
        language = language_of(request.scope)
        try:
            room = rooms.room(owner_of(request), room_id)
        except UserError as error:
            return gone(error, language)
        return page(
            template,
            language,
            room=told(studio, request, room),
            begins=_begins(room.language),
            lessons=learning.offered(studio.catalog, room.language),
        )

    return api


def told(studio: Studio, request: Request, room: Room) -> dict[str, Any]:
    """A room as its teacher is told of it."""
    base, open_to_all = for_phones(studio.settings, str(request.base_url))
    return {
        "id": room.id,
        "code": room.code,
        "name": room.name,
        "language": room.language,
        "ends": room.ends.isoformat(),
        "address": f"{base}/c",
        "url": f"{base}/c/{room.code}",
        "teach": f"{base}/class/key/{room.token}",
        "reachable": open_to_all,
    }


def page(template: str, language: Language, status: int = 200, **values: Any) -> HTMLResponse:
    """One of the pages of a room."""
    words = {key: text for key, text in i18n.tables()[language].items() if key.startswith("class.")}
    body = pages.render(template, language, strings=words, **values)
    return HTMLResponse(body, status, HEADERS | {"Content-Security-Policy": POLICY})


def gone(error: UserError, language: Language) -> HTMLResponse:
    """What whoever has no right, or comes too late, is shown."""
    message = i18n.message(error.problem, language)
    body = pages.render("gone.html", language, message=message)
    return HTMLResponse(body, error.status, HEADERS | {"Content-Security-Policy": POLICY})


def _begins(language: Language) -> list[dict[str, str]]:
    """Exercises to begin with: what they are called, and the settings link of each."""
    return [
        {"title": i18n.t(f"class.begin.{name}", language), "link": link[language]}
        for name, link in _BEGINNINGS.items()
        if language in link
    ]


_BEGINNINGS: Mapping[str, Mapping[Language, str]] = {
    "picture": dict.fromkeys(("en", "zh"), "task=image&prompt=&steps=12&lock=steps&hide=model,look,style"),
    "poem": {"zh": "task=text&model=shigpt&prompt=&acrostic=&form=七绝&lock=form&hide=model"},
    "text": {"en": "task=text&prompt=&length=40&temperature=0.8&lock=length,temperature&hide=model"},
    "tune": dict.fromkeys(("en", "zh"), "task=music&prompt=&bars=8&lock=bars&hide=model"),
}
