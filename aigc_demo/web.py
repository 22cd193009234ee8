"""The server: puts the routes, the page and the gate together and runs them until told to stop.

Knows the order of the parts. Knows nothing of what any of them does. Gradio is mounted last, at the
root, so that none of its routes can hide one of ours.
"""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import FrameType

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.staticfiles import StaticFiles

from aigc_demo.api import health, routes, share
from aigc_demo.guard.http import (
    BodyLimit,
    Owner,
    PageHead,
    SameOrigin,
    SecurityHeaders,
    error_response,
    language_of,
)
from aigc_demo.settings import ASSETS
from aigc_demo.studio import Studio
from aigc_demo.types import UserError
from aigc_demo.ui.app import launch_options
from aigc_demo.ui.wiring import head_script

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 8


def create(studio: Studio, page: gr.Blocks) -> FastAPI:
    """The whole ASGI application for one studio and its page."""
    app = FastAPI(
        title="AIGC Studio",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        middleware=gate(studio),
        lifespan=_lifespan(studio),
    )
    _answer_errors(app)
    app.include_router(routes.router(studio))
    app.include_router(share.router(studio))
    app.include_router(health.router(studio))
    app.mount("/assets/ui", StaticFiles(directory=ASSETS / "ui"))
    app.add_api_route("/api/{rest:path}", _nothing_here, methods=[*_METHODS], include_in_schema=False)
    app.add_api_route("/media/{rest:path}", _nothing_here, methods=[*_METHODS], include_in_schema=False)
    gr.mount_gradio_app(app, page, path="/", **launch_options(studio))
    # Until this is set Gradio serves any file on disk to whoever forges a file value.
    page.has_launched = True
    return app


def gate(studio: Studio) -> list[Middleware]:
    """What every request passes, outermost first."""
    settings = studio.settings
    ancestors = "'self' https://huggingface.co https://*.hf.space" if settings.on_space else "'self'"
    return [
        Middleware(SecurityHeaders, frame_ancestors=ancestors),
        Middleware(SameOrigin, public_url=settings.public_url),
        Middleware(BodyLimit, limit=int(settings.max_body_mb * 1e6)),
        Middleware(Owner, identity=studio.identity, framed=settings.on_space),
        Middleware(PageHead, snippet=lambda _: head_script()),
        # Allows no origin; that it is there keeps Gradio from adding a generous one of its own.
        Middleware(CORSMiddleware, allow_origins=[]),
    ]


def serve(studio: Studio, page: gr.Blocks) -> None:
    """Serve until SIGINT or SIGTERM; then stop in order."""
    settings = studio.settings
    config = uvicorn.Config(
        create(studio, page),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        proxy_headers=settings.on_space,
        forwarded_allow_ips="*" if settings.on_space else None,
        server_header=False,
    )
    server = _Server(config, studio)
    print(f"AIGC Studio is at http://{settings.host}:{settings.port}", flush=True)
    server.run()


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


def _lifespan(studio: Studio) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        studio.open()
        yield
        studio.close()

    return lifespan


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _nothing_here(request: Request) -> None:
    """Unknown addresses below our own prefixes never reach Gradio."""
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            raise UserError("method_not_allowed", "error.method_not_allowed", status=405)
    raise UserError("not_found", "error.not_found", status=404)


def _answer_errors(app: FastAPI) -> None:
    """Every failure leaves as one JSON form with a whole sentence, never a trace."""

    @app.exception_handler(UserError)
    def known(request: Request, error: UserError) -> Response:
        return error_response(error, language_of(request.scope))

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        kinds = {finding["type"] for finding in error.errors()}
        key = "not_json" if "json_invalid" in kinds else "bad_request"
        return error_response(UserError(key, f"error.{key}", status=422), language_of(request.scope))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        key = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return error_response(
            UserError(key, f"error.{key}", status=error.status_code), language_of(request.scope)
        )

    @app.exception_handler(Exception)
    def unknown(request: Request, error: Exception) -> JSONResponse:
        reference = secrets.token_hex(4)
        log.error("Request failed, reference %s", reference, exc_info=error)
        problem = UserError("internal", "error.internal", status=500)
        return error_response(problem, language_of(request.scope), reference)
