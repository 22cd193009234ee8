"""Routes of the visitor and of what the page needs: forget me, the words, files of one's own."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from aigc_demo import i18n
from aigc_demo.api import files
from aigc_demo.guard.http import PRIVATE, is_secure, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.guard.origin import in_frames
from aigc_demo.studio import Studio


def router(studio: Studio) -> APIRouter:
    """Routes of the visitor, bound to one studio."""
    api = APIRouter()

    @api.delete("/api/me", status_code=204, summary="Forget me: remove all that is mine, for good")
    def forget(request: Request, response: Response) -> None:
        studio.forget(owner_of(request))
        cleared = studio.identity.clear_cookie(
            framed=in_frames(studio.settings, request.scope), secure=is_secure(request.scope)
        )
        response.headers.append("set-cookie", cleared)

    @api.get("/api/strings", summary="The page's words in one language")
    def strings(request: Request) -> dict[str, str]:
        return i18n.tables()[language_of(request.scope)]

    @api.get("/media/{job_id}/{name}", summary="A file of mine", response_class=FileResponse)
    def media(request: Request, job_id: str, name: str, download: bool = False) -> FileResponse:
        owner, history = owner_of(request), studio.history
        language = language_of(request.scope)
        stored = (
            history.taken(owner, job_id, name, language) if download else history.file(owner, job_id, name)
        )
        return files.stored(stored.path, name, {"Cache-Control": PRIVATE}, download=download)

    return api
