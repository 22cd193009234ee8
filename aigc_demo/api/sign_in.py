"""Routes of signing in at an OpenID provider, where the settings name one.

Knows what becomes of cookie and history; what travels to the provider and back is the guard's to know.
"""

from __future__ import annotations

import httpx2
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from aigc_demo.api import forms, pages
from aigc_demo.api.shared import base_of
from aigc_demo.guard.http import PRIVATE, is_secure, language_of
from aigc_demo.guard.identity import is_account, owner_of
from aigc_demo.guard.origin import in_frames
from aigc_demo.guard.sign_in import SignIn, provider_of
from aigc_demo.studio import Studio
from aigc_demo.types import UserError

CALLBACK = "/api/login/callback"
_OPENED = {"Cross-Origin-Opener-Policy": "unsafe-none"}
"""The tab that a frame has opened may tell it what came of it, though it was at the provider meanwhile."""
_PAGE = {
    **_OPENED,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; base-uri 'none'",
    "Cache-Control": PRIVATE,
}


def router(studio: Studio, transport: httpx2.AsyncBaseTransport | None = None) -> APIRouter:
    """Leaving, coming back, claiming and signing out, bound to one studio."""
    api = APIRouter()
    provider = provider_of(studio.settings)
    offered = None if provider is None else SignIn(studio.identity, provider, transport)

    def sign_in() -> SignIn:
        if offered is None:
            raise UserError("not_found", "error.not_found", status=404)
        return offered

    def known_as(request: Request, response: Response, owner: str) -> None:
        framed = in_frames(studio.settings, request.scope)
        cookie = studio.identity.set_cookie(owner, framed=framed, secure=is_secure(request.scope))
        response.headers.append("set-cookie", cookie)

    def adopt(request: Request, response: Response, account: str) -> None:
        before = owner_of(request)
        if not is_account(before):  # never another account's: that is somebody else
            studio.history.move(before, account)
        known_as(request, response, account)

    @api.get("/api/login", summary="Sign in: leads to the provider", response_class=RedirectResponse)
    async def leave(request: Request) -> RedirectResponse:
        url = await sign_in().leave_for(owner_of(request), base_of(studio, request) + CALLBACK)
        return RedirectResponse(url, 303, _OPENED)

    @api.get(CALLBACK, summary="Where the provider sends one back to", response_class=HTMLResponse)
    async def come_back(request: Request, state: str = "", code: str = "") -> Response:
        known = sign_in()
        base = base_of(studio, request)
        try:
            account = await known.come_back(owner_of(request), state, code, base + CALLBACK)
        except UserError:
            return RedirectResponse(f"{base}/#sign-in-failed", 303)
        language = language_of(request.scope)
        told = pages.render("signed_in.html", language, code=known.code_for(account))
        response = HTMLResponse(told, headers=_PAGE)
        adopt(request, response, account)
        return response

    @api.post(
        "/api/login/claim", status_code=204, summary="Be, in a frame, who signed in in the tab it opened"
    )
    def claim(request: Request, response: Response, body: forms.SignedIn) -> None:
        adopt(request, response, sign_in().claimed(body.code))

    @api.post("/api/logout", status_code=204, summary="Be a stranger on this computer; nothing is removed")
    def leave_account(request: Request, response: Response) -> None:
        known_as(request, response, studio.identity.new())

    return api
