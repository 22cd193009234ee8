"""What a project's link opens for anyone: one page of its items, each as a link of its own would show it.

Plain HTML, readable without a script, and without the reader's cookie mattering. Unknown, ended and
expired tokens are answered alike, and no item is named but those that are in the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from aigc_demo import i18n
from aigc_demo.api import files, pages
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.history import Share
from aigc_demo.history.projects import Project, ProjectLink
from aigc_demo.studio import Studio
from aigc_demo.types import Job, SharedItem, UserError

_HEADERS = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex, nofollow"}
_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
_MOST_PLAYED = 24
"""Items of a page whose tasks' scripts are sent along; a page of more is shown without them."""


@dataclass(frozen=True)
class ProjectItem(pages.SharedPage):
    """One item of a project as one reader sees it; ``place`` is what it is known by there."""

    place: int = 0

    @cached_property
    def item(self) -> SharedItem:
        """The item, its files below the project's own address."""
        address = f"/p/{self.token}/{self.place}/media/"
        title = self.job.title if self.job.title.strip() else pages.kind_of(self.job.task, self.language)
        return SharedItem(self.job, title, self.language, address, {})


def router(studio: Studio) -> APIRouter:
    """Routes of everybody who has a project's token, bound to one studio."""
    api = APIRouter()
    projects = studio.history.projects

    @api.get("/p/{token}", summary="A project as a page", response_class=HTMLResponse)
    def page(request: Request, token: str) -> HTMLResponse:
        language = language_of(request.scope)
        try:
            project, link = projects.by_token(token)
        except UserError as error:
            message = i18n.message(error.problem, language)
            return _html(pages.render("gone.html", language, message=message), error.status)
        base = (studio.settings.public_url or str(request.base_url)).rstrip("/")
        items = [
            ProjectItem(
                base=base,
                share=_as_share(link, job),
                job=studio.history.links.shown(job, _as_share(link, job)),
                language=language,
                catalog=studio.catalog,
                brought={},
                place=place,
            )
            for place, job in project.items
        ]
        shown = pages.render("project.html", language, url=f"{base}/p/{token}", **_told(project, items))
        return _html(shown)

    @api.get("/p/{token}/{place}/media/{name}", summary="A file of a project", response_class=FileResponse)
    def project_file(
        request: Request, token: str, place: int, name: str, download: bool = False
    ) -> FileResponse:
        project, link = projects.by_token(token)
        job = dict(project.items).get(place)
        if job is None or name not in {output.name for output in job.outputs}:
            raise UserError("not_found", "error.not_found", status=404)
        share, links = _as_share(link, job), studio.history.links
        taken = links.taken_of(job, share, name, language_of(request.scope)) if download else None
        if taken is not None:
            return files.stored(taken.path, name, _HEADERS, download=True)
        stored = studio.history.file(job.owner, job.id, name)
        if link.show_prompt:
            return files.stored(stored.path, name, _HEADERS)
        shown = links.file_of(job, share, name)
        return files.altered(shown, name, _HEADERS)

    return api


def _as_share(link: ProjectLink, job: Job) -> Share:
    """What a link of the item's own would promise."""
    return Share(link.token, job.id, link.show_prompt, link.created, link.expires)


def _told(project: Project, items: list[ProjectItem]) -> dict[str, Any]:
    parts = [item.part for item in items]
    few = len(items) <= _MOST_PLAYED
    return {
        "name": project.name,
        "items": items,
        "styles": dict.fromkeys(style for part in parts for style in part.styles),
        "scripts": dict.fromkeys(script for part in parts for script in part.scripts) if few else {},
        "strings": {key: text for item in items for key, text in item.strings.items()} if few else {},
    }


def _html(body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(body, status, _HEADERS | {"Content-Security-Policy": _POLICY})
