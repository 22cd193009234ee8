"""Routes of projects: the caller's own groups of items, and their links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request

from aigc_demo.api import answers, forms
from aigc_demo.api.qr import qr_code
from aigc_demo.guard.identity import owner_of
from aigc_demo.history.projects import Project
from aigc_demo.studio import Studio
from aigc_demo.types import UserError


def router(studio: Studio) -> APIRouter:
    """The routes, bound to one studio."""
    api = APIRouter()
    projects = studio.history.projects

    def told(request: Request, project: Project) -> dict[str, Any]:
        base = (studio.settings.public_url or str(request.base_url)).rstrip("/")
        link = project.link
        return {
            "id": project.id,
            "name": project.name,
            "created": project.created.isoformat(),
            "count": project.count,
            "link": None
            if link is None
            else {
                "token": link.token,
                "url": f"{base}/p/{link.token}",
                "expires": link.expires.isoformat() if link.expires else None,
                "show_prompt": link.show_prompt,
            },
        }

    def whole(request: Request, project: Project) -> dict[str, Any]:
        items = [forms.answer(studio, request, job) for _, job in project.items]
        return told(request, project) | {"items": items}

    @api.get("/api/projects", summary="My projects, newest first", response_model=answers.Projects)
    def mine(request: Request) -> dict[str, Any]:
        return {"items": [told(request, project) for project in projects.mine(owner_of(request))]}

    @api.post(
        "/api/projects",
        status_code=201,
        summary="Group some of my items",
        response_model=answers.Project,
        response_model_exclude_unset=True,
    )
    def make(request: Request, wanted: forms.ProjectIn) -> dict[str, Any]:
        return whole(request, projects.make(owner_of(request), wanted.name, wanted.ids))

    @api.get(
        "/api/projects/{project_id}",
        summary="One project of mine with its items",
        response_model=answers.Project,
        response_model_exclude_unset=True,
    )
    def one(request: Request, project_id: str) -> dict[str, Any]:
        return whole(request, projects.get(owner_of(request), project_id))

    @api.patch(
        "/api/projects/{project_id}",
        summary="Rename a project, add items, take items out",
        response_model=answers.Project,
        response_model_exclude_unset=True,
    )
    def change(request: Request, project_id: str, wanted: forms.ProjectPatch) -> dict[str, Any]:
        changed = projects.change(
            owner_of(request), project_id, name=wanted.name, add=wanted.add, remove=wanted.remove
        )
        return whole(request, changed)

    @api.delete("/api/projects/{project_id}", status_code=204, summary="Take a project away; its items stay")
    def delete(request: Request, project_id: str) -> None:
        projects.delete(owner_of(request), project_id)

    @api.post(
        "/api/projects/{project_id}/share",
        summary="Make the link by which anyone may open a project",
        response_model=answers.Project,
        response_model_exclude_unset=True,
    )
    def share(request: Request, project_id: str, wanted: forms.ProjectLinkIn) -> dict[str, Any]:
        owner = owner_of(request)
        expires = None if wanted.days is None else datetime.now(UTC) + timedelta(days=wanted.days)
        link = projects.get(owner, project_id).link
        if link is not None and "days" not in wanted.model_fields_set:
            expires = link.expires
        projects.share(owner, project_id, show_prompt=wanted.show_prompt, expires=expires)
        return whole(request, projects.get(owner, project_id))

    @api.delete("/api/projects/{project_id}/share", status_code=204, summary="End a project's link")
    def unshare(request: Request, project_id: str) -> None:
        projects.unshare(owner_of(request), project_id)

    @api.get("/api/projects/{project_id}/qr", summary="A project's link as a QR code")
    def qr(request: Request, project_id: str) -> Any:
        found = told(request, projects.get(owner_of(request), project_id))
        if found["link"] is None:
            raise UserError("not_found", "error.not_found", status=404)
        return qr_code(found["link"]["url"])

    return api
