"""Sends the page, its scripts and its styles compressed, each packed once for everybody.

Knows which answers are the same for all visitors: these only, so that nothing of a visitor's own is ever
packed together with what somebody else chose.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aigc_demo.guard.whole import changed

_TYPES = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")
LEAST = 500
"""Bytes below which packing gains nothing."""


class Compressed:
    """Packs what stands at ``/`` and below ``/assets`` as the browser allows: brotli, else gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, the body gathered and packed where that is ours to do."""
        encoding = _encoding(scope)
        if encoding is None:
            await self.app(scope, receive, send)
            return

        def packed(start: Message, headers: MutableHeaders, body: bytes) -> bytes:
            headers.add_vary_header("Accept-Encoding")
            if not _packable(start, headers, body):
                return body
            short = pack(body, encoding)
            headers["content-encoding"] = encoding
            headers["content-length"] = str(len(short))
            if tag := headers.get("etag"):  # other bytes, but the same state of the same thing
                headers["etag"] = tag if tag.startswith("W/") else f"W/{tag}"
            return short

        await changed(self.app, scope, receive, send, packed)


def _encoding(scope: Scope) -> str | None:
    """How to pack the answer to this request; None where it is not ours to pack."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path = scope["path"]
    if path != "/" and not path.startswith("/assets/"):
        return None
    headers = Headers(scope=scope)
    return None if "range" in headers else accepted(headers)


def accepted(headers: Headers) -> str | None:
    """How an answer may be packed for whoever sent these headers; None where it may not."""
    names = {part.split(";")[0].strip() for part in headers.get("accept-encoding", "").split(",")}
    return next((name for name in ("br", "gzip") if name in names), None)


def _packable(start: Message, headers: Headers, body: bytes) -> bool:
    kind = headers.get("content-type", "").split(";")[0].strip()
    fresh = start["status"] == 200 and "content-encoding" not in headers
    return fresh and kind in _TYPES and len(body) >= LEAST


@lru_cache(maxsize=512)
def pack(body: bytes, encoding: str) -> bytes:
    """The body as the encoding has it."""
    return brotli.compress(body, quality=9) if encoding == "br" else gzip.compress(body, 9, mtime=0)
