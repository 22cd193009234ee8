"""Links that just open: one item, read-only, by a token that its owner made and may revoke.

The page is plain HTML from one template, without script and without the visitor's cookie mattering.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader

from aigc_demo import i18n
from aigc_demo.api import answers, files
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.history import Share
from aigc_demo.studio import Studio
from aigc_demo.types import Job, Language, ModelSpec, UserError, words_first

_templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
_HEADERS = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex, nofollow"}
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


def router(studio: Studio) -> APIRouter:
    """Making, ending and opening links, bound to one studio."""
    api = APIRouter()

    def form(request: Request, share: Share) -> dict[str, Any]:
        base = studio.settings.public_url or str(request.base_url)
        expires = share.expires.isoformat() if share.expires else None
        return {"token": share.token, "url": f"{base.rstrip('/')}/r/{share.token}", "expires": expires}

    @api.post(
        "/api/history/{job_id}/share",
        summary="Make the link by which anyone may open an item",
        response_model=answers.Link,
    )
    def share(
        request: Request,
        job_id: str,
        show_prompt: Annotated[bool, Body()] = False,
        days: Annotated[int | None, Body(ge=1, le=3650)] = None,
    ) -> dict[str, Any]:
        expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
        result = studio.history.share(owner_of(request), job_id, show_prompt=show_prompt, expires=expires)
        return form(request, result)

    @api.delete("/api/history/{job_id}/share", status_code=204, summary="End an item's link")
    def unshare(request: Request, job_id: str) -> None:
        studio.history.unshare(owner_of(request), job_id)

    @api.get(
        "/api/shared/{token}",
        summary="A shared item, for making another like it",
        response_model=answers.SharedItem,
    )
    def shared(request: Request, token: str) -> dict[str, Any]:
        job, _ = studio.history.by_token(token)
        return {
            "task": job.task,
            "model": job.model,
            "title": job.title,
            "params": studio.catalog.params_of(job),
            "language": job.language,
        }

    @api.get("/r/{token}", summary="A shared item as a page", response_class=HTMLResponse)
    def page(request: Request, token: str) -> HTMLResponse:
        language = language_of(request.scope)
        try:
            job, _ = studio.history.by_token(token)
        except UserError as error:
            words = {"lang": language, "message": i18n.message(error.problem, language)}
            return _html("gone.html", words, status=error.status)
        base = (studio.settings.public_url or str(request.base_url)).rstrip("/")
        shown: dict[str, Any] = {
            "lang": language,
            "job": job,
            "title": job.title or _tab_of(job, language),
            "words": _words(job, studio.catalog.models.get(job.model), language),
            "model": studio.catalog.models.get(job.model),
            "files": f"/r/{token}/media/",
            "files_only": _files_only(job),
            "base": base,
            "t": lambda key, **values: i18n.t(key, language, **values),
        }
        return _html("share.html", shown)

    @api.get("/r/{token}/media/{name}", summary="A file of a shared item", response_class=FileResponse)
    def shared_file(token: str, name: str) -> FileResponse:
        job, _ = studio.history.by_token(token)
        if name not in {output.name for output in job.outputs}:
            raise UserError("not_found", "error.not_found", status=404)
        stored = studio.history.shared_as_it_lies(token, name)
        if stored is not None:
            return files.stored(stored.path, name, _HEADERS)
        return files.altered(studio.history.shared_file(token, name), name, _HEADERS)

    return api


def _tab_of(job: Job, language: Language) -> str:
    """What to call a thing whose owner keeps its words: the name of its kind."""
    key = f"task.{job.task}"
    return i18n.t(key, language) if i18n.has(key) else "AIGC Studio"


def _words(job: Job, spec: ModelSpec | None, language: Language) -> dict[str, str]:
    """The words of the request by what they are called; a title is above them already."""
    controls = spec.params.controls() if spec is not None else {}
    found: dict[str, str] = {}
    for name in words_first(controls):
        text, control = job.params.get(name), controls[name]
        is_prompt = control.widget == "prompt"
        if isinstance(text, str) and text.strip() and (is_prompt or not control.names):
            label = i18n.t("share.prompt", language) if is_prompt else i18n.label(job.task, name, language)
            found[label] = text
    return found


def _files_only(job: Job) -> list[str]:
    """Files that are offered by name below what is shown: where something can be shown, all that cannot be.

    Of several drawings the first is shown, the others are its pages for print.
    """
    if all(output.kind == "file" for output in job.outputs):
        return []
    drawn = next((output.name for output in job.outputs if output.media_type == "image/svg+xml"), None)
    return [output.name for output in job.outputs if output.kind == "file" and output.name != drawn]


def _html(template: str, words: dict[str, Any], status: int = 200) -> HTMLResponse:
    body = _templates.get_template(template).render(words)
    return HTMLResponse(body, status, _HEADERS | {"Content-Security-Policy": _POLICY})
