"""Bearer tokens: a visitor makes them for programs, sees which there are, and ends them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from aigc_demo.api import answers, forms
from aigc_demo.guard.identity import owner_of, visitor_of
from aigc_demo.history import Token
from aigc_demo.studio import Studio
from aigc_demo.types import UserError


def router(studio: Studio) -> APIRouter:
    """Making, listing and revoking, bound to one studio."""
    api = APIRouter()
    tokens = studio.history.tokens

    @api.post(
        "/api/token",
        summary="A bearer token that lets a program act as me until it expires",
        response_model=answers.NewToken,
    )
    def make(request: Request, body: forms.TokenIn | None = None) -> dict[str, Any]:
        if visitor_of(request).known_by == "token":
            # Else a token that was stolen could outlive its end.
            raise UserError("token_needs_cookie", "error.token_needs_cookie", status=403)
        body, longest = body or forms.TokenIn(), studio.settings.token_days
        if body.days is not None and body.days > longest:
            raise UserError("invalid_params", "error.too_big", status=422, field="days", limit=longest)
        text, token = tokens.make(owner_of(request), body.name, body.days or longest)
        return {"token": text, **_form(token)}

    @api.get(
        "/api/token",
        summary="My bearer tokens that are valid, oldest first",
        response_model=answers.TokenViews,
    )
    def listed(request: Request) -> dict[str, Any]:
        return {"items": [_form(token) for token in tokens.of(owner_of(request))]}

    @api.delete("/api/token/{token_id}", status_code=204, summary="End one of my bearer tokens at once")
    def revoke(request: Request, token_id: str) -> None:
        tokens.revoke(owner_of(request), token_id)

    return api


def _form(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "created": token.created.isoformat(),
        "expires": token.expires.isoformat(),
        "last_used": None if token.used is None else token.used.isoformat(),
    }
