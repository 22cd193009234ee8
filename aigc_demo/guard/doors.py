"""Which requests are known at all: our own routes, what the page needs of Gradio, and nothing else.

Knows methods and addresses. Knows nothing of who asks.
"""

from __future__ import annotations

import asyncio
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aigc_demo.guard.http import error_response, language_of
from aigc_demo.types import UserError

OURS = frozenset({"/healthz", "/readyz", "/metrics", "/verify", "/class", "/c"})
"""Our own addresses, besides everything below :data:`ROOMS`."""
ROOMS = ("/api/", "/media/", "/r/", "/p/", "/v1/", "/class/", "/c/")
LINKS = ("/r/", "/p/")
"""What opens for anyone with a link."""
PAGE = frozenset({"/", "/theme.css", "/static/js/iframeResizer.contentWindow.min.js"})
"""What the page asks of Gradio, besides :data:`SCRIPTS`; jobs, files and words travel over our own routes."""
SCRIPTS = "/assets/"
_HEAD = "aigc.head"
CLIENTS = re.compile(
    r"GET (?:/config|/gradio_api/(?:info|startup-events|queue/data|heartbeat/\w{1,40}|call/[\w/-]{1,80}))"
    r"|POST /gradio_api/(?:queue/join|cancel|call/[\w/-]{1,80})"
    r"|(?:GET|POST|DELETE|OPTIONS) /gradio_api/mcp/?"
)
"""What Gradio's own clients and agents ask, where they are answered; no file comes or goes this way."""


class Doors:
    """Answers 404 for every route of Gradio's that the page has no use for: uploads, queue, config.

    Args:
        app: what lies behind.
        also: further addresses of Gradio's that something needs.
        clients: whether :data:`CLIENTS` are answered.
    """

    def __init__(self, app: ASGIApp, also: frozenset[str] = frozenset(), *, clients: bool = False) -> None:
        self.app = app
        self.known = PAGE | also
        self.clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a known request on."""
        if scope["type"] == "http" and not self._is_known(scope):
            error = UserError("not_found", "error.not_found", status=404)
            await error_response(error, language_of(scope))(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path in OURS or path.startswith(ROOMS):
            return True
        if self.clients and CLIENTS.fullmatch(f"{scope['method']} {path}"):
            return True
        return scope["method"] == "GET" and (path in self.known or path.startswith(SCRIPTS))


class HeadAsGet:
    """Answers HEAD wherever GET is answered, with the same headers and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask what lies behind for GET; to it the client has left as soon as the headers are there."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answered, asked = asyncio.Event(), False

        async def once() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await answered.wait()
            return {"type": "http.disconnect"}

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answered.set()

        await self.app({**scope, "method": "GET", _HEAD: True}, once, headers_only)


def is_head(scope: Scope) -> bool:
    """Whether only the headers of an answer are wanted, as far as :class:`HeadAsGet` has been passed."""
    return bool(scope.get(_HEAD))
