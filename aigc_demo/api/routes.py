"""The routes under ``/api`` and ``/media``: each reads its arguments, asks the studio, answers.

Blocking verbs are plain functions, which FastAPI runs in threads.
"""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from aigc_demo import catalog, i18n
from aigc_demo.api import forms
from aigc_demo.guard.http import PRIVATE, is_secure, language_of
from aigc_demo.guard.identity import owner_of, visitor_of
from aigc_demo.studio import Studio
from aigc_demo.types import Job, Status
from aigc_demo.types.media import of_file


def router(studio: Studio) -> APIRouter:
    """All routes of the contract, bound to one studio."""
    api = APIRouter()

    def answer(request: Request, job: Job) -> dict[str, Any]:
        return forms.item(job, studio.newest(job.id), language_of(request.scope), studio.catalog)

    @api.post("/api/jobs", status_code=202, summary="Ask for a generation")
    def submit(request: Request, wish: forms.JobIn) -> dict[str, Any]:
        params = wish.params if wish.seed is None else {**wish.params, "seed": wish.seed}
        job = studio.submit(
            owner_of(request),
            wish.task,
            wish.model,
            params,
            language=language_of(request.scope),
            parent=wish.parent,
            newcomer=_is_newcomer(request),
        )
        return answer(request, job)

    @api.post("/api/tasks/{task}/warm", status_code=202, summary="Load a task's default model ahead")
    def warm(task: str) -> dict[str, Any]:
        return {"model": studio.warm(task)}

    @api.get("/api/jobs", summary="My jobs that wait or run, oldest first")
    def active(request: Request) -> dict[str, Any]:
        return {"items": [answer(request, job) for job in studio.history.active(owner_of(request))]}

    @api.get("/api/jobs/{job_id}", summary="One of my jobs")
    def job(request: Request, job_id: str) -> dict[str, Any]:
        return answer(request, studio.get(owner_of(request), job_id))

    @api.delete("/api/jobs/{job_id}", summary="Cancel one of my jobs")
    def cancel(request: Request, job_id: str) -> dict[str, Any]:
        return answer(request, studio.cancel(owner_of(request), job_id))

    @api.get("/api/history", summary="What I made, newest first")
    def history(
        request: Request,
        query: Annotated[str, Query(max_length=200)] = "",
        task: str | None = None,
        starred: bool | None = None,
        status: Status | None = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 30,
    ) -> dict[str, Any]:
        page = studio.history.page(
            owner_of(request),
            query=query,
            task=task,
            starred=starred,
            status=status,
            cursor=cursor,
            limit=limit,
        )
        return {"items": [answer(request, job) for job in page.items], "next_cursor": page.next_cursor}

    @api.get("/api/history/{job_id}", summary="One item of mine")
    def history_item(request: Request, job_id: str) -> dict[str, Any]:
        return answer(request, studio.get(owner_of(request), job_id))

    @api.patch("/api/history/{job_id}", summary="Rename or star an item")
    def patch(request: Request, job_id: str, change: forms.ItemPatch) -> dict[str, Any]:
        job = studio.history.patch(owner_of(request), job_id, title=change.title, starred=change.starred)
        return answer(request, job)

    @api.delete("/api/history/{job_id}", summary="Delete an item; it can be restored for a while")
    def delete(request: Request, job_id: str) -> dict[str, Any]:
        return {"deleted": studio.delete(owner_of(request), [job_id])}

    @api.post("/api/history/{job_id}/restore", summary="Take a deletion back")
    def restore(request: Request, job_id: str) -> dict[str, Any]:
        studio.history.restore(owner_of(request), [job_id])
        return answer(request, studio.get(owner_of(request), job_id))

    @api.delete("/api/history", summary="Delete several items of mine, all or none")
    def delete_several(request: Request, which: forms.Ids) -> dict[str, Any]:
        return {"deleted": studio.delete(owner_of(request), which.ids)}

    @api.get("/api/models", summary="What can be used here, and what this machine cannot run")
    def models(request: Request, task: str) -> dict[str, Any]:
        language = language_of(request.scope)
        return {
            "items": [
                {
                    "id": view.spec.id,
                    "name": view.spec.name,
                    "task": view.spec.task,
                    "tier": view.spec.tier,
                    "license": view.spec.license,
                    "languages": view.spec.languages,
                    "memory_gb": view.spec.memory_gb,
                    "download_mb": view.spec.download_mb,
                    "installed": view.installed,
                    "about": i18n.about(view.spec.id, language),
                    **({"problem": i18n.message(view.fits, language)} if view.fits else {}),
                }
                for view in studio.models(task)
            ]
        }

    @api.get("/api/models/{model_id}/known", summary="What a model has learnt to make, where it says so")
    def known(model_id: str) -> dict[str, Any]:
        place = catalog.known_words(studio.catalog.model(model_id))
        return {"items": [] if place is None else json.loads(place.read_text("utf-8"))}

    @api.post("/api/tasks/{task}/understood", summary="The settings that a wish in words names")
    def understood(task: str, wish: forms.WordsIn) -> dict[str, Any]:
        return {"values": studio.understood(task, wish.text)}

    @api.post("/api/tasks/{task}/richer", summary="A wish with words added that the model knows")
    def richer(task: str, wish: forms.RicherIn) -> dict[str, Any]:
        return studio.richer(task, wish.model, wish.text)

    @api.get("/api/tasks/{task}/offers/{field}", summary="The names that a parameter may have on this server")
    def offers(task: str, field: str) -> dict[str, Any]:
        return {"items": studio.offered(task, field)}

    @api.post("/api/translate", status_code=202, summary="Put Chinese into English: a job whose text it is")
    def translate(request: Request, wish: forms.TranslateIn) -> dict[str, Any]:
        job = studio.translate(
            owner_of(request),
            wish.text,
            wish.model,
            language=language_of(request.scope),
            newcomer=_is_newcomer(request),
        )
        return answer(request, job)

    @api.delete("/api/me", status_code=204, summary="Forget me: remove all that is mine, for good")
    def forget(request: Request, response: Response) -> None:
        studio.forget(owner_of(request))
        cleared = studio.identity.clear_cookie(
            framed=studio.settings.on_space, secure=is_secure(request.scope)
        )
        response.headers.append("set-cookie", cleared)

    @api.get("/api/strings", summary="The page's words in one language")
    def strings(request: Request) -> dict[str, str]:
        return i18n.tables()[language_of(request.scope)]

    @api.get("/media/{job_id}/{name}", summary="A file of mine")
    def media(request: Request, job_id: str, name: str, download: bool = False) -> Response:
        stored = studio.history.file(owner_of(request), job_id, name)
        disposition = "attachment" if download else "inline"
        return FileResponse(
            stored.path,
            media_type=of_file(stored.path.name).served,
            headers={
                "Cache-Control": PRIVATE,
                "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name)}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )

    return api


def _is_newcomer(request: Request) -> bool:
    return visitor_of(request).known_by is None
