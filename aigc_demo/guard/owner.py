"""The gate's question who asks: a known visitor, one whose proof is no longer good, or a new one.

Knows cookies and tokens as they travel. What a token is worth it asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aigc_demo.guard import cookies
from aigc_demo.guard.doors import LINKS
from aigc_demo.guard.http import ELSEWHERE, LANGUAGE_COOKIE, error_response, is_secure, language_of
from aigc_demo.guard.identity import COOKIE, SCOPE_KEY, Identity, Visitor
from aigc_demo.types import UserError


class Owner:
    """Knows the visitor by the signed cookie or a token, or makes a new one and sets the cookie.

    What lies behind sees no cookie but the language's: not ours, which is a secret, nor those of other
    programs on this host, which are none of its business and which it might stumble over.

    Args:
        app: what lies behind.
        identity: reads and signs cookies.
        tokens: the owner by a token, None for one that is not valid (any more); may wait for the disk.
        welcome: is told of every owner who has come back.
        framed: whether the cookie must live in another site's frame.
    """

    def __init__(
        self,
        app: ASGIApp,
        identity: Identity,
        tokens: Callable[[str], str | None],
        welcome: Callable[[str], None] = lambda owner: None,
        *,
        framed: Callable[[Scope], bool],
    ) -> None:
        self.app = app
        self.identity = identity
        self.tokens = tokens
        self.welcome = welcome
        self.framed = framed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the visitor in the scope; a new one's cookie goes out with the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            visitor = await self._known(Headers(scope=scope))
        except UserError as error:
            response = error_response(error, language_of(scope))
            if error.status == 401:
                response.headers["www-authenticate"] = 'Bearer error="invalid_token"'
            await response(scope, receive, send)
            return
        if visitor is None:
            visitor = Visitor(self.identity.new(), known_by=None)
            # Who only reads a link is nobody's business; another site's page may not change who somebody is.
            if not scope["path"].startswith(LINKS) and ELSEWHERE not in scope:
                send = self._with_cookie(visitor.owner, scope, send)
        else:
            self.welcome(visitor.owner)
        headers = cookies.only(scope["headers"], LANGUAGE_COOKIE)
        await self.app({**scope, "headers": headers, SCOPE_KEY: visitor}, receive, send)

    async def _known(self, headers: Headers) -> Visitor | None:
        token = self.identity.bearer(headers.get("authorization"))
        if token is not None:
            owner = await asyncio.to_thread(self.tokens, token)
            if owner is None:
                raise UserError("token_invalid", "error.token_invalid", status=401)
            return Visitor(owner, "token")
        sent = cookies.header_of(headers)
        if len(sent) > cookies.MOST_BYTES:
            # Ours may be among them: a new one must not take its place.
            limit_kb = cookies.MOST_BYTES // 1024
            raise UserError("cookies_too_large", "error.cookies_too_large", status=431, limit_kb=limit_kb)
        owner = self.identity.from_cookies(sent)
        return None if owner is None else Visitor(owner, "cookie")

    def _with_cookie(self, owner: str, scope: Scope, send: Send) -> Send:
        cookie = self.identity.set_cookie(owner, framed=self.framed(scope), secure=is_secure(scope))

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Who has just signed in, or is forgotten, was given another one behind.
                if not any(one.startswith(f"{COOKIE}=") for one in headers.getlist("set-cookie")):
                    headers.append("set-cookie", cookie)
            await send(message)

        return with_cookie
