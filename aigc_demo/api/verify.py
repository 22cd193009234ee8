"""Checking any file: the page where one drops it or pastes text, and the route for programs.

Knows forms and words. A file may be anything and large: it is looked into beside the event loop, few at a
time, so that whoever sends many waits for themselves alone.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse

from aigc_demo import i18n
from aigc_demo.api import answers, pages
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.provenance.checking import Layer
from aigc_demo.studio import Studio
from aigc_demo.types import Language, UserError
from aigc_demo.types.media import MOST_BYTES
from aigc_demo.verifying import Verified

AT_ONCE = 2
"""So many files are checked at the same time."""
MOST_TEXT = 200_000
"""Characters of a text that is pasted."""
_HEADERS = {
    "Cache-Control": PRIVATE,
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'",
}
MOST_MANIFEST = 2_000_000
"""Bytes of a manifest that comes beside its file."""
Brought = Annotated[UploadFile | None, File()]
Beside = Annotated[
    UploadFile | None, File(description="A signed manifest (.c2pa) that stands beside the file.")
]
Pasted = Annotated[str, Form(max_length=MOST_TEXT)]


def router(studio: Studio) -> APIRouter:
    """The routes, bound to one studio."""
    api = APIRouter()
    threads = ThreadPoolExecutor(AT_ONCE, "verify")

    async def verified(
        request: Request, file: UploadFile | None, text: str, manifest: UploadFile | None
    ) -> Verified:
        owner = owner_of(request)

        def looked_into() -> Verified:
            # One byte more than is allowed tells that it is too large.
            data = file.file.read(MOST_BYTES + 1) if file is not None else b""
            data, name = (
                (data, file.filename or "")
                if file is not None and data
                else (text.encode("utf-8", "replace"), "")
            )
            if len(data) > MOST_BYTES:
                limit = MOST_BYTES // 1_000_000
                raise UserError("file_too_large", "error.file_too_large", status=413, limit_mb=limit)
            if not data.strip():
                raise UserError("nothing_to_verify", "error.nothing_to_verify", status=422, field="file")
            beside = manifest.file.read(MOST_MANIFEST + 1) if manifest is not None else b""
            if len(beside) > MOST_MANIFEST:
                limit = MOST_MANIFEST // 1_000_000
                raise UserError("file_too_large", "error.file_too_large", status=413, limit_mb=limit)
            return studio.verify(owner, data, name, beside)

        return await asyncio.get_running_loop().run_in_executor(threads, looked_into)

    @api.post(
        "/api/verify",
        summary="What any file, or pasted text, says of who or what made it, and whether that holds",
        response_model=answers.Verified,
    )
    async def verify(
        request: Request, file: Brought = None, text: Pasted = "", manifest: Beside = None
    ) -> dict[str, Any]:
        return told(await verified(request, file, text, manifest), language_of(request.scope))

    @api.get("/verify", summary="The page where a file is checked", response_class=HTMLResponse)
    def page(request: Request) -> HTMLResponse:
        return _html(language_of(request.scope))

    @api.post("/verify", summary="The same page with what was found", response_class=HTMLResponse)
    async def checked(
        request: Request, file: Brought = None, text: Pasted = "", manifest: Beside = None
    ) -> HTMLResponse:
        language = language_of(request.scope)
        try:
            found = told(await verified(request, file, text, manifest), language)
        except UserError as error:
            return _html(language, error.status, problem=i18n.message(error.problem, language))
        return _html(language, found=found, name=(file.filename if file is not None else "") or "")

    return api


def told(verified: Verified, language: Language) -> dict[str, Any]:
    """The answer in one language: verdict, layers, and the asker's own item where it is one."""
    check, item = verified.check, verified.item
    return {
        "verdict": check.verdict,
        "message": i18n.t(f"verify.verdict.{check.verdict}", language),
        "type": check.title,
        "size": check.size,
        "layers": [_layer(layer, language) for layer in check.layers],
        "item": None
        if item is None
        else {"id": item.id, "title": item.title, "unchanged": verified.unchanged},
    }


def _layer(layer: Layer, language: Language) -> dict[str, Any]:
    key = f"verify.{layer.name}.{layer.state}"
    said = i18n.t(f"{key}.ours" if layer.ours else key, language)
    return {
        "name": layer.name,
        "title": i18n.t(f"verify.{layer.name}", language),
        "state": layer.state,
        "by": layer.by,
        "ours": layer.ours,
        "message": said,
        "details": dict(layer.details or {}),
    }


def _html(language: Language, status: int = 200, **values: Any) -> HTMLResponse:
    shown = pages.render("verify.html", language, **{"found": None, "problem": "", "name": "", **values})
    return HTMLResponse(shown, status, headers=_HEADERS)
