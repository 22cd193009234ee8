"""Making, changing, listing and ending the caller's own links. What a link opens is in :mod:`shared`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from aigc_demo.api import answers, forms
from aigc_demo.api.qr import qr_code
from aigc_demo.api.shared import base_of, page_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.history import Share
from aigc_demo.history.sharing import has_ended
from aigc_demo.studio import Studio
from aigc_demo.types import Job, UserError


def router(studio: Studio) -> APIRouter:
    """Routes of a visitor's links, bound to one studio."""
    api = APIRouter()

    @api.post(
        "/api/history/{job_id}/share",
        summary="Make the link by which anyone may open an item",
        response_model=answers.Link,
    )
    def share(request: Request, job_id: str, wanted: forms.LinkIn | None = None) -> dict[str, Any]:
        owner, wanted = owner_of(request), wanted or forms.LinkIn()
        made = studio.history.links.make(
            owner,
            job_id,
            show_prompt=wanted.show_prompt,
            expires=_end(wanted.days),
            caption=wanted.caption,
        )
        return _link(studio, request, made, studio.get(owner, job_id))

    @api.patch(
        "/api/history/{job_id}/share",
        summary="Change what an item's link shows, says, or how long it opens",
        response_model=answers.Link,
    )
    def change(request: Request, job_id: str, wanted: forms.LinkPatch) -> dict[str, Any]:
        values = wanted.model_dump(exclude_unset=True)
        if "days" in values:
            values["expires"] = _end(values.pop("days"))
        owner = owner_of(request)
        changed = studio.history.links.change(owner, job_id, **values)
        return _link(studio, request, changed, studio.get(owner, job_id))

    @api.delete("/api/history/{job_id}/share", status_code=204, summary="End an item's link")
    def unshare(request: Request, job_id: str) -> None:
        studio.history.links.end(owner_of(request), job_id)

    @api.get("/api/history/{job_id}/share/qr", summary="An item's link as a QR code", response_class=Response)
    def qr(request: Request, job_id: str) -> Response:
        found = studio.history.links.of_job(owner_of(request), job_id)
        if found is None:
            raise UserError("not_found", "error.not_found", status=404)
        return qr_code(f"{base_of(studio, request)}/r/{found.token}")

    @api.get(
        "/api/links",
        summary="My links, newest item first; that of one item where it is named",
        response_model=answers.LinkedItems,
    )
    def links(
        request: Request,
        item: Annotated[str | None, Query(max_length=64)] = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 30,
    ) -> dict[str, Any]:
        owner = owner_of(request)
        if item is not None:
            found = studio.history.links.of_job(owner, item)
            mine, onward = ([(found, studio.get(owner, item))] if found else []), None
        else:
            mine, onward = studio.history.links.page(owner, cursor=cursor, limit=limit)
        return {"items": [_listed(studio, request, *one) for one in mine], "next_cursor": onward}

    return api


def _end(days: int | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) + timedelta(days=days)


def _link(studio: Studio, request: Request, share: Share, job: Job) -> dict[str, Any]:
    """A link as its owner is told of it."""
    page = page_of(studio, request, share, studio.history.links.shown(job, share))
    return {
        "token": share.token,
        "url": page.url,
        "expires": share.expires.isoformat() if share.expires else None,
        "show_prompt": share.show_prompt,
        "caption": share.caption,
        "created": share.created.isoformat(),
        "opened": share.opened,
        "embed": page.embed_code(),
    }


def _listed(studio: Studio, request: Request, share: Share, job: Job) -> dict[str, Any]:
    link = _link(studio, request, share, job)
    return link | {"item": job.id, "task": job.task, "title": job.title, "ended": has_ended(share)}
