"""Routes of settings links: what one asks for, and its QR code. Nothing of them is kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from aigc_demo import i18n
from aigc_demo.api import answers
from aigc_demo.api.qr import qr_code
from aigc_demo.guard.http import language_of
from aigc_demo.studio import Studio


def router(studio: Studio) -> APIRouter:
    """The routes, bound to one studio."""
    api = APIRouter()

    @api.get(
        "/api/setup", summary="What a settings link fills, fixes and hides", response_model=answers.Setup
    )
    def setup(request: Request) -> dict[str, Any]:
        language = language_of(request.scope)
        found = studio.setup(request.url.query, language)
        refused = [
            {"name": name, "message": i18n.message(problem, language)} for name, problem in found.refused
        ]
        return {
            "task": found.task,
            "model": found.model,
            "values": found.values,
            "locked": list(found.fixed),
            "hidden": list(found.hidden),
            "refused": refused,
        }

    @api.get("/api/setup/qr", summary="A settings link as a QR code", response_class=Response)
    def qr(request: Request) -> Response:
        base = (studio.settings.public_url or str(request.base_url)).rstrip("/")
        return qr_code(f"{base}/?{request.url.query}")

    return api
