"""Routes of what a visitor has made: find, rename, star, delete, restore."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from aigc_demo.api import answers, forms
from aigc_demo.guard.identity import owner_of
from aigc_demo.studio import Studio
from aigc_demo.types import Status

_MOST_TASKS = 40
"""That a page of the history may be asked for at once."""


def router(studio: Studio) -> APIRouter:
    """Routes of the history, bound to one studio."""
    api = APIRouter()

    @api.get(
        "/api/history",
        summary="What I made, newest first",
        response_model=answers.Page,
        response_model_exclude_unset=True,
    )
    def history(
        request: Request,
        query: Annotated[str, Query(max_length=200)] = "",
        task: Annotated[tuple[str, ...], Query(max_length=_MOST_TASKS)] = (),
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
        items = [forms.answer(studio, request, job) for job in page.items]
        return {"items": items, "next_cursor": page.next_cursor}

    @api.get(
        "/api/history/{job_id}",
        summary="One item of mine",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def item(request: Request, job_id: str) -> dict[str, Any]:
        return forms.answer(studio, request, studio.get(owner_of(request), job_id))

    @api.patch(
        "/api/history/{job_id}",
        summary="Rename or star an item",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def patch(request: Request, job_id: str, change: forms.ItemPatch) -> dict[str, Any]:
        job = studio.history.patch(owner_of(request), job_id, title=change.title, starred=change.starred)
        return forms.answer(studio, request, job)

    @api.patch("/api/history", summary="Star several items of mine, or take their stars away, all or none")
    def star_several(request: Request, which: forms.Stars) -> answers.Changed:
        count = studio.history.star(owner_of(request), which.ids, starred=which.starred)
        return answers.Changed(changed=count)

    @api.post("/api/history/restore", summary="Take the deletion of several items back, all or none")
    def restore_several(request: Request, which: forms.Ids) -> answers.Changed:
        return answers.Changed(changed=studio.history.restore(owner_of(request), which.ids))

    @api.delete("/api/history/{job_id}", summary="Delete an item; it can be restored for a while")
    def delete(request: Request, job_id: str) -> answers.Deleted:
        return answers.Deleted(deleted=studio.delete(owner_of(request), [job_id]))

    @api.post(
        "/api/history/{job_id}/restore",
        summary="Take a deletion back",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def restore(request: Request, job_id: str) -> dict[str, Any]:
        studio.history.restore(owner_of(request), [job_id])
        return forms.answer(studio, request, studio.get(owner_of(request), job_id))

    @api.delete("/api/history", summary="Delete several items of mine, all or none")
    def delete_several(request: Request, which: forms.Ids) -> answers.Deleted:
        return answers.Deleted(deleted=studio.delete(owner_of(request), which.ids))

    return api
