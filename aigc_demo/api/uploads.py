"""Routes about what a visitor keeps: files brought in, taken away again, and how much there is of all.

Mounted before the routes of the history, whose ``{job_id}`` would take "usage" for an item.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, UploadFile

from aigc_demo import i18n
from aigc_demo.api import answers
from aigc_demo.guard.http import language_of
from aigc_demo.guard.identity import is_account, owner_of
from aigc_demo.studio import Studio
from aigc_demo.types.media import MOST_BYTES


def router(studio: Studio) -> APIRouter:
    """Routes of uploads, bound to one studio."""
    api = APIRouter()

    @api.post("/api/uploads", status_code=201, summary="Bring a file in", response_model=answers.Brought)
    def upload(
        request: Request, file: UploadFile, task: str | None = None, field: str | None = None
    ) -> dict[str, Any]:
        name, data = file.filename or "upload", file.file.read(MOST_BYTES + 1)
        upload_id = studio.upload(owner_of(request), name, data, task, field)
        return {"id": upload_id, "name": name, "size": len(data)}

    @api.delete("/api/uploads/{upload_id}", status_code=204, summary="Remove a file I brought in, for good")
    def remove(request: Request, upload_id: str) -> None:
        studio.history.delete_upload(owner_of(request), upload_id)

    @api.get(
        "/api/history/usage",
        summary="How much I keep, and how much I may bring in",
        response_model=answers.Usage,
    )
    def usage(request: Request) -> dict[str, Any]:
        kept = studio.history.kept(owner_of(request))
        notice, language = studio.history.notice, language_of(request.scope)
        return {
            **kept._asdict(),
            "upload_limit_bytes": studio.history.caps.visitor,
            "passing": studio.history.passing,
            "notice": None if notice is None else i18n.message(notice, language),
            "signed_in": is_account(owner_of(request)),
        }

    return api
