"""The server: puts the routes, the page and the gate together and runs them until told to stop.

Knows the order of the parts. Knows nothing of what any of them does. Gradio is mounted last, at the
root, so that none of its routes can hide one of ours.
"""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache, partial
from types import FrameType
from typing import Any, cast

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Route

from aigc_demo.api import (
    archive,
    class_pages,
    classroom,
    events,
    explain,
    health,
    history,
    inspect,
    jobs,
    models,
    openai,
    project_page,
    projects,
    seats,
    setups,
    share,
    shared,
    sign_in,
    tasks,
    tokens,
    uploads,
    verify,
    visitors,
)
from aigc_demo.classroom import Classroom
from aigc_demo.clients import gradio_api, mcp
from aigc_demo.guard.compress import Compressed
from aigc_demo.guard.connections import MOST_HEAD_BYTES, Connection, limits_here, quiet
from aigc_demo.guard.doors import ROOMS, Doors, HeadAsGet
from aigc_demo.guard.http import PageDocument, SecurityHeaders, error_response, language_of
from aigc_demo.guard.kept import Kept
from aigc_demo.guard.limits import BodyLimit, InFlight, Limits, Streams
from aigc_demo.guard.network import found_at
from aigc_demo.guard.origin import OurHost, SameOrigin, frame_ancestors, in_frames, names_of
from aigc_demo.guard.owner import Owner
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import UserError
from aigc_demo.ui.app import document, launch_options
from aigc_demo.ui.document import OURS, Document
from aigc_demo.ui.gradio_files import BUILT
from aigc_demo.ui.serving import Folder

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 8
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create(studio: Studio, page: gr.Blocks, limits: Limits | None = None) -> FastAPI:
    """The whole ASGI application for one studio and its page."""
    if studio.settings.serves_clients:
        gradio_api.add(page, studio)
    app = FastAPI(**parts(studio, limits, page))
    gr.mount_gradio_app(app, page, path="/", **launch_options(studio))
    # Until this is set Gradio serves any file on disk to whoever forges a file value.
    page.has_launched = True
    return app


def parts(studio: Studio, limits: Limits | None = None, page: gr.Blocks | None = None) -> dict[str, Any]:
    """What an application of ours is made of, besides the page: arguments for FastAPI."""
    limits = limits or Limits()
    shown = document(studio, page)
    ours = APIRouter()
    streams = Streams(limits)
    # Not by include_router: it makes every route anew, to add what they have in common, which is nothing.
    for followed in (events, openai):
        ours.routes += followed.router(studio, streams).routes
    rooms = Classroom(studio)
    ours.routes += class_pages.router(studio, rooms).routes
    for entrance in (classroom, seats):
        ours.routes += entrance.router(studio, rooms, streams).routes
    for part in (
        jobs,
        uploads,
        archive,
        history,
        explain,
        inspect,
        verify,
        tasks,
        setups,
        models,
        visitors,
        sign_in,
        share,
        shared,
        projects,
        project_page,
        tokens,
        health,
    ):
        ours.routes += part.router(studio).routes
    lifespans = [_lifespan(studio)]
    if studio.settings.serves_clients:
        agents = mcp.Endpoint(mcp.server(studio))
        ours.routes += [Route(mcp.PATH + end, agents) for end in ("", "/")]
        lifespans.append(lambda _: agents.sessions.run())
    contract = cache(partial(get_openapi, title="AIGC Studio", version="1", routes=list(ours.routes)))
    ours.add_route("/api/openapi.json", lambda _: JSONResponse(contract()), include_in_schema=False)
    ours.mount("/assets/ui", Folder(OURS, forever=False))
    ours.mount("/assets", Folder(BUILT, forever=True))
    for room in ROOMS:
        ours.add_api_route(
            room + "{rest:path}", _nothing_here, methods=list(_METHODS), include_in_schema=False
        )
    return {
        "routes": ours.routes,
        "middleware": gate(studio, limits, shown),
        "lifespan": _together(lifespans),
        "exception_handlers": _ANSWERS,
        "openapi_url": None,
    }


def gate(studio: Studio, limits: Limits, shown: Document) -> list[Middleware]:
    """What every request passes, outermost first."""
    settings = studio.settings
    larger = {archive.IMPORT: int(settings.max_import_mb * 1e6)}
    # Gradio's own launch, which ZeroGPU needs, asks for this address once.
    also = frozenset({"/gradio_api/startup-events"} if settings.zero_gpu else ())
    return [
        Middleware(SecurityHeaders, frame_ancestors=frame_ancestors(settings)),
        Middleware(OurHost, names=names_of(settings)),
        Middleware(SameOrigin, public_url=settings.public_url),
        Middleware(HeadAsGet),
        Middleware(Doors, also=also, clients=settings.serves_clients),
        Middleware(Kept, files=shown.files),
        Middleware(BodyLimit, limit=int(settings.max_body_mb * 1e6), limits=limits, larger=larger),
        Middleware(
            Owner,
            identity=studio.identity,
            tokens=studio.history.tokens.owner_by,
            welcome=studio.scheduler.welcome,
            framed=partial(in_frames, settings),
        ),
        Middleware(InFlight, limits=limits),
        Middleware(Compressed),
        Middleware(PageDocument, rewrite=shown.rewritten),
        # Allows no origin; that it is there keeps Gradio from adding a generous one of its own.
        Middleware(CORSMiddleware, allow_origins=[]),
    ]


def serve(studio: Studio, page: gr.Blocks) -> None:
    """Serve until SIGINT or SIGTERM; then stop in order."""
    settings = studio.settings
    if settings.zero_gpu:
        # ZeroGPU packs the models that are on the GPU when Gradio's own launch is called.
        if settings.serves_clients:
            gradio_api.add(page, studio)
        studio.engine.warm()  # unless it is done already: on this thread, before the launch
        signal.signal(signal.SIGTERM, partial(_end_launch, studio))
        page.launch(
            server_name=settings.host,
            server_port=settings.port,
            app_kwargs=parts(studio, page=page),
            **launch_options(studio),
        )
        return
    limits = limits_here()
    config = configured(create(studio, page, limits), settings, limits)
    print("\n".join(found_at(settings)), flush=True)
    _Server(config, studio).run()


def configured(app: FastAPI, settings: Settings, limits: Limits) -> uvicorn.Config:
    """How uvicorn is to serve: by our connections, over HTTP alone."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast("type[Connection]", partial(Connection, limits=limits)),
        ws="none",
        backlog=limits.backlog,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        proxy_headers=settings.on_space,
        forwarded_allow_ips="*" if settings.on_space else None,
        server_header=False,
    )
    quiet()
    return config


def _end_launch(studio: Studio, *_: object) -> None:
    """At SIGTERM, which Gradio's launch does not catch: stop in order, then leave it as at Ctrl+C."""
    studio.close()
    raise KeyboardInterrupt


class _Server(uvicorn.Server):
    """Closes the studio at the first signal, so that watchers are told and their streams end."""

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self._studio = studio

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop the lanes beside the event loop; uvicorn then waits for open answers."""
        threading.Thread(target=self._studio.close, name="closing").start()
        # Captured signals are raised again after the shutdown; an orderly end is no failure.
        super().handle_exit(sig, frame)
        if sig == signal.SIGTERM:
            self._captured_signals.clear()


def _lifespan(studio: Studio) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        studio.open()
        yield
        studio.close()

    return lifespan


def _together(parts: Sequence[Lifespan]) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part(app))
            yield

    return lifespan


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _nothing_here(request: Request) -> None:
    """Unknown addresses below our own prefixes never reach Gradio."""
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            raise UserError("method_not_allowed", "error.method_not_allowed", status=405)
    raise UserError("not_found", "error.not_found", status=404)


def _known(request: Request, error: UserError) -> Response:
    return error_response(error, language_of(request.scope))


def _malformed(request: Request, error: RequestValidationError) -> Response:
    kinds = {finding["type"] for finding in error.errors()}
    says = request.headers.get("content-type", "")
    unnamed = kinds & {"model_attributes_type", "dict_type"} and "json" not in says
    key = "not_named_json" if unnamed else "not_json" if "json_invalid" in kinds else "bad_request"
    return _known(request, UserError(key, f"error.{key}", status=422))


def _refused(request: Request, error: HTTPException) -> Response:
    key = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    return _known(request, UserError(key, f"error.{key}", status=error.status_code))


def _unknown(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log.error("Request failed, reference %s", reference, exc_info=error)
    problem = UserError("internal", "error.internal", status=500)
    return error_response(problem, language_of(request.scope), reference)


_ANSWERS: dict[type[Exception], Callable[..., Response]] = {
    UserError: _known,
    RequestValidationError: _malformed,
    HTTPException: _refused,
    Exception: _unknown,
}
"""Every failure leaves as one JSON form with a whole sentence, never a trace."""
