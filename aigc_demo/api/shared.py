"""What a link opens for anyone: a page, a frame for other sites, files, a picture for previews, oEmbed.

Plain HTML from templates, readable without a script, and without the reader's cookie mattering. Knows routes
and headers; what is shown is said by :mod:`pages`. Unknown, ended and expired tokens are answered alike.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse

from aigc_demo import explain, i18n
from aigc_demo.api import answers, files, forms, pages, readers
from aigc_demo.explain import words
from aigc_demo.explain.words import Words
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.history import Share
from aigc_demo.pictures import card as cards
from aigc_demo.studio import Studio
from aigc_demo.types import Job, Language, UserError, media

_HEADERS = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex, nofollow"}
_POLICY = (
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
_FRAMED = f"{_POLICY}; frame-ancestors *"
_SIDE = 1600
"""Of a picture that something was made from, pixels: enough beside what came of it."""
_HOUR = 3600


def router(studio: Studio) -> APIRouter:
    """Routes of everybody who has a token, bound to one studio."""
    api = APIRouter()
    links = studio.history.links

    @api.get(
        "/api/shared/{token}",
        summary="A shared item, for making another like it",
        response_model=answers.SharedItem,
    )
    def shared(token: str) -> dict[str, Any]:
        job, _ = links.by_token(token)
        return {
            "task": job.task,
            "model": job.model,
            "title": job.title,
            "params": studio.catalog.params_of(job),
            "language": job.language,
        }

    @api.post(
        "/api/shared/{token}/adopt",
        status_code=201,
        summary="Make a shared, trained model my own as well",
        response_model=answers.Item,
        response_model_exclude_unset=True,
    )
    def adopt(request: Request, token: str) -> dict[str, Any]:
        return forms.answer(studio, request, studio.trained.adopt(owner_of(request), token))

    @api.get("/api/oembed", summary="How to show a shared item on another page (oEmbed)")
    def oembed(
        request: Request,
        url: Annotated[str, Query(max_length=2000)],
        format: Annotated[str, Query(max_length=20)] = "json",
        maxwidth: Annotated[int | None, Query(ge=1)] = None,
        maxheight: Annotated[int | None, Query(ge=1)] = None,
    ) -> answers.Embedding:
        page = opened(request, _token_in(url, studio, request))
        if format != "json":
            raise UserError("not_json_only", "error.only_json", status=501)
        width, height = page.frame(maxwidth, maxheight)
        return answers.Embedding(
            title=page.title,
            provider_name=pages.NAME,
            provider_url=f"{page.base}/",
            html=page.embed_code(maxwidth, maxheight),
            width=width,
            height=height,
            thumbnail_url=page.card_url,
            thumbnail_width=cards.SIZE[0],
            thumbnail_height=cards.SIZE[1],
            cache_age=_HOUR,
        )

    @api.get("/r/{token}", summary="A shared item as a page", response_class=HTMLResponse)
    def page(request: Request, token: str) -> HTMLResponse:
        return read(request, token, "share.html", _POLICY)

    @api.get(
        "/r/{token}/embed", summary="A shared item in a frame of another site", response_class=HTMLResponse
    )
    def embed(request: Request, token: str) -> HTMLResponse:
        return read(request, token, "embed.html", _FRAMED)

    @api.get(
        "/r/{token}/card.jpg", summary="A picture that previews a shared item", response_class=FileResponse
    )
    def card(request: Request, token: str) -> FileResponse:
        job, share = links.by_token(token)
        shown = page_of(studio, request, share, job, job.language)
        name = f"link.{shown.card_version}.jpg"
        drawn = links.picture(token, name, lambda: cards.jpeg(shown.card(lambda one: links.file(token, one))))
        return files.stored(drawn.path, "card.jpg", _HEADERS)

    @api.get(
        "/r/{token}/before/{field}",
        summary="A picture that a shared item was made from, where that is shown",
        response_class=FileResponse,
    )
    def before(token: str, field: str) -> FileResponse:
        owner, brought = links.brought(token)
        reference = brought.get(field)
        if reference is None:
            raise UserError("not_found", "error.not_found", status=404)

        def draw() -> bytes | None:
            return cards.smaller(studio.inputs.path(owner, reference).read_bytes(), _SIDE)

        return files.stored(links.picture(token, f"link.{field}.jpg", draw).path, "before.jpg", _HEADERS)

    @api.get("/r/{token}/media/{name}", summary="A file of a shared item", response_class=FileResponse)
    def shared_file(request: Request, token: str, name: str, download: bool = False) -> FileResponse:
        job, _ = links.by_token(token)
        if name not in {output.name for output in job.outputs}:
            raise UserError("not_found", "error.not_found", status=404)
        taken = links.taken(token, name, language_of(request.scope)) if download else None
        stored = taken or links.as_it_lies(token, name)
        if stored is not None:
            return files.stored(stored.path, name, _HEADERS, download=download)
        return files.altered(links.file(token, name), name, _HEADERS)

    def opened(request: Request, token: str) -> pages.SharedPage:
        job, share = links.by_token(token)
        return page_of(studio, request, share, job)

    def read(request: Request, token: str, template: str, policy: str) -> HTMLResponse:
        """The item by a template; who opens it by hand is counted."""
        try:
            shown = opened(request, token)
        except UserError as error:
            language = language_of(request.scope)
            message = i18n.message(error.problem, language)
            return _html(pages.render("gone.html", language, message=message), _POLICY, error.status)
        if readers.opens_by_hand(request.scope):
            links.opened(token, by=owner_of(request))
        return _html(shown.html(template), policy)

    return api


def base_of(studio: Studio, request: Request) -> str:
    """The address that readers know this server by, without a slash at its end."""
    return (studio.settings.public_url or str(request.base_url)).rstrip("/")


def page_of(
    studio: Studio, request: Request, share: Share, job: Job, language: Language | None = None
) -> pages.SharedPage:
    """A link's page for whoever asks; ``job`` is what the link shows."""
    owner, brought = studio.history.links.brought(share.token)
    return pages.SharedPage(
        base=base_of(studio, request),
        share=share,
        job=job,
        language=language or language_of(request.scope),
        catalog=studio.catalog,
        brought={
            name: f"/r/{share.token}/before/{name}" if _is_picture(studio, owner, reference) else None
            for name, reference in brought.items()
        },
        ancestors=studio.history.links.ancestors(share.token),
        inside=_inside(studio, share, language or language_of(request.scope)),
    )


def _inside(studio: Studio, share: Share, language: Language) -> list[Words]:
    """What was seen inside a shared item, as the link shows it; nothing where nobody looked."""
    told, with_words = studio.history.explanations.shared(share.token)
    if told is None:
        return []
    return words.told(told if with_words else explain.told(told), language)


def _is_picture(studio: Studio, owner: str, reference: str | None) -> bool:
    """Whether there is something to be seen behind a reference that may be shown."""
    if reference is None:
        return False
    try:
        path = studio.inputs.path(owner, reference)
    except UserError:
        return False
    return "picture" in media.of_file(path.name).kinds


def _token_in(url: str, studio: Studio, request: Request) -> str:
    """The token of a link of ours; of any other address one that nothing has."""
    ours = urlsplit(base_of(studio, request))
    try:
        asked = urlsplit(url)
    except ValueError:  # no address at all
        return ""
    parts = asked.path.removeprefix(ours.path).strip("/").split("/")
    is_link = len(parts) > 1 and parts[0] == "r" and parts[2:] in ([], ["embed"])
    return parts[1] if is_link and asked.netloc.lower() == ours.netloc.lower() else ""


def _html(body: str, policy: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(body, status, _HEADERS | {"Content-Security-Policy": policy})
