"""Files from memory that are named by their contents: packed once, kept by every browser for good.

Knows bytes by address. They are the same for everybody: nobody is asked who they are, and nothing is counted.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from aigc_demo.guard.compress import LEAST, accepted, pack

FOREVER = "public, max-age=31536000, immutable"
_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


class Kept:
    """Answers for these files at once.

    Args:
        app: what lies behind.
        files: content by address; more may come later, none may change.
    """

    def __init__(self, app: ASGIApp, files: Mapping[str, bytes]) -> None:
        self.app = app
        self._files = files
        self._packed: dict[tuple[str, str | None], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A file, or whatever lies behind."""
        known = scope["type"] == "http" and scope["method"] == "GET"
        content = self._files.get(scope["path"]) if known else None
        if content is None:
            await self.app(scope, receive, send)
            return
        encoding = accepted(Headers(scope=scope)) if len(content) >= LEAST else None
        body = await self._body(scope["path"], content, encoding)
        kind = _TYPES.get(scope["path"].rpartition(".")[2], "application/octet-stream")
        headers = {
            "content-type": f"{kind}; charset=utf-8",
            "content-length": str(len(body)),
            "cache-control": FOREVER,
            "vary": "Accept-Encoding",
        } | ({"content-encoding": encoding} if encoding else {})
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    async def _body(self, path: str, content: bytes, encoding: str | None) -> bytes:
        if encoding is None:
            return content
        packed = self._packed.get((path, encoding))
        if packed is None:
            packed = self._packed[path, encoding] = await run_in_threadpool(pack, content, encoding)
        return packed
