"""The gate every HTTP request passes: security headers, page language, one form of failure.

Plain ASGI middlewares, each with one thing to hold. Knows headers and bytes; knows nothing of routes.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aigc_demo import i18n
from aigc_demo.guard import cookies
from aigc_demo.guard.whole import changed
from aigc_demo.types import Language, UserError

LANGUAGE_COOKIE = "aigc_lang"
ELSEWHERE = "aigc.elsewhere"
"""In the scope of a request that another site's page sends: it is nobody's, and makes nobody."""
_LONGEST_LANGUAGE = 35  # characters; BCP 47 asks readers for no more
_POLICY = "Content-Security-Policy"
PRIVATE = "private, no-store"
"""The Cache-Control of what is one visitor's own."""


def language_of(scope: Scope) -> Language:
    """The language a request is answered in: ``?lang=``, the cookie, then Accept-Language."""
    headers = Headers(scope=scope)
    query = dict(
        pair.partition("=")[::2] for pair in scope.get("query_string", b"").decode("latin-1").split("&")
    )
    chosen = cookies.values(cookies.header_of(headers), LANGUAGE_COOKIE, longest=_LONGEST_LANGUAGE)
    asked = query.get("lang") or next(filter(None, chosen), None)
    return i18n.negotiate(asked, headers.get("accept-language"))


def is_secure(scope: Scope) -> bool:
    """Whether the visitor's browser speaks https, to us or to the proxy before us."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "").split(",")[0].strip()
    return "https" in (scope.get("scheme"), forwarded)


def error_response(error: UserError, language: Language, reference: str | None = None) -> JSONResponse:
    """The one form in which HTTP says that something is wrong."""
    body = {"code": error.problem.code, "message": i18n.message(error.problem, language)}
    if error.problem.field:
        body["field"] = error.problem.field
    if reference:
        body["reference"] = reference
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse({"error": body}, error.status, headers)


class SecurityHeaders:
    """Tells the browser what this page never does: load other hosts, be framed by strangers, sniff.

    JSON is somebody's own, or depends on who asks at least: nobody on the way may keep it.
    """

    def __init__(self, app: ASGIApp, *, frame_ancestors: str) -> None:
        self.app = app
        policy = {
            "default-src": "'self'",
            # Gradio's page starts from inline scripts and compiles its templates.
            "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "media-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "connect-src": "'self'",
            "worker-src": "'self' blob:",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
        }
        self.framing = f"frame-ancestors {frame_ancestors}"
        self.headers = {
            _POLICY: "; ".join(f"{name} {value}" for name, value in policy.items()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "geolocation=(), payment=(), usb=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to every answer; a stricter one that a route has set stays."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                policy = headers[_POLICY]
                if "frame-ancestors" not in policy:  # which no other directive stands in for
                    headers[_POLICY] = f"{policy}; {self.framing}"
                if headers.get("content-type", "").startswith("application/json"):
                    headers.setdefault("Cache-Control", PRIVATE)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


_ADDRESSED = ("host", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix")
"""What a document's addresses may depend on."""
_MOST_DOCUMENTS = 32


class PageDocument:
    """Hands out the page's document rewritten: what must run first in its head, and less to send.

    It is the same for everybody who speaks one language and calls the server by one name, and is drawn once
    for them.
    """

    def __init__(self, app: ASGIApp, rewrite: Callable[[bytes, Language], bytes]) -> None:
        self.app = app
        self.rewrite = rewrite
        self._drawn: dict[tuple[str | None, ...], tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the HTML of ``GET /``; pass everything else on untouched."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        language, said = language_of(scope), Headers(scope=scope)
        known = (language, scope["scheme"], scope.get("root_path"), *(said.get(name) for name in _ADDRESSED))
        if known in self._drawn and b"deep_link" not in scope["query_string"]:
            first, whole = self._drawn[known]
            await send({**first, "headers": list(first["headers"])})
            await send({"type": "http.response.body", "body": whole})
            return

        def rewritten(start: Message, headers: MutableHeaders, body: bytes) -> bytes:
            if not headers.get("content-type", "").startswith("text/html"):
                return body
            whole = self.rewrite(body, language)
            headers["content-length"] = str(len(whole))
            headers["cache-control"] = PRIVATE
            if start["status"] == 200 and b"deep_link" not in scope["query_string"]:
                if len(self._drawn) >= _MOST_DOCUMENTS:
                    self._drawn.clear()
                self._drawn[known] = ({**start, "headers": list(start["headers"])}, whole)
            return whole

        await changed(self.app, scope, receive, send, rewritten)
