"""How much at once, and how slowly: bounds for bodies, requests in work and streams that stay open.

Knows bytes, seconds and counts. All bounds have a class of a hundred in mind: each browser holds up to six
connections, and follows up to five jobs.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aigc_demo.guard.http import error_response, language_of
from aigc_demo.guard.identity import SCOPE_KEY, Visitor
from aigc_demo.types import UserError

MOST_WORDS = 1_000_000
"""Bytes of a body that is no form. The longest wish a task takes, every letter of it escaped, is 800 kB."""
NEWCOMERS_SHARE = 0.75
"""Part of the requests in work that may be those of visitors who have never come back."""
ALWAYS = "/healthz"
"""Answered however much there is to do: a supervisor would end a server that is merely busy."""


@dataclass(frozen=True)
class Limits:
    """Every bound, in numbers, bytes and seconds."""

    connections: int = 2000
    backlog: int = 2048
    """Connections that may wait to be accepted; so many may be accepted before one too many is closed."""
    requests: int = 1000
    requests_each: int = 128
    streams: int = 1000
    streams_each: int = 24
    head_seconds: float = 20.0
    """For a request's head, from the connection or the answer before it."""
    body_seconds: float = 20.0
    """For a body, and then some for every byte that has come:"""
    body_rate: float = 8000.0
    """bytes a second of the slowest body that is waited for."""
    stalled_seconds: float = 60.0
    """For a reader to take some of what waits to be sent: about 50 kB."""


class BodyLimit:
    """Counts the bytes of every body, whatever Content-Length says, and the seconds that it takes.

    Too many are answered 413, too slow ones 408. ``limit`` is that of forms, which bring files and are read
    piece by piece; ``larger`` has those of addresses that take more. Everything else is words, and read in
    one piece by the thread that serves everybody: :data:`MOST_WORDS`.
    """

    def __init__(
        self, app: ASGIApp, limit: int, limits: Limits, larger: Mapping[str, int] | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger or {}
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a ``receive`` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        most = self.larger.get(scope["path"], self.limit) if form else min(self.limit, MOST_WORDS)
        body = _Body(receive, most, self.limits)
        body.declare(headers.get("content-length", "0"))
        answered = False

        async def watched(message: Message) -> None:
            nonlocal answered
            if body.problem is not None and not answered:
                return  # whatever it makes of the cut body, the answer is ours
            answered = True
            await send(message)

        try:
            if body.problem is None:
                await self.app(scope, body.receive, watched)
        except Exception:
            if body.problem is None:
                raise
        if body.problem is not None and not answered:
            response = error_response(body.problem, language_of(scope))
            response.headers["Connection"] = "close"
            await response(scope, receive, send)


class _Body:
    """A body on its way in; ``problem`` says why the rest is not waited for."""

    def __init__(self, receive: Receive, limit: int, limits: Limits) -> None:
        self._receive = receive
        self._limit = limit
        self._limits = limits
        self._started = asyncio.get_running_loop().time()
        self._received = 0
        self._complete = False
        self.problem: UserError | None = None

    def declare(self, length: str) -> None:
        """Refuse at once what says itself that it is too large."""
        if not length.isdecimal() or int(length) > self._limit:
            self._refuse_size()

    async def receive(self) -> Message:
        """The next piece; to the application a refused body looks as if the visitor had hung up."""
        if self._complete:
            return await self._receive()  # waits for the visitor to leave, however long that takes
        until = self._started + self._limits.body_seconds + self._received / self._limits.body_rate
        try:
            async with asyncio.timeout_at(until):
                message = await self._receive()
        except TimeoutError:
            self.problem = UserError("too_slow", "error.too_slow", status=408)
            return {"type": "http.disconnect"}
        self._received += len(message.get("body", b""))
        self._complete = not message.get("more_body")
        if self._received > self._limit:
            self._refuse_size()
        return message if self.problem is None else {"type": "http.disconnect"}

    def _refuse_size(self) -> None:
        limit_mb = round(self._limit / 1e6)
        self.problem = UserError("body_too_large", "error.body_too_large", status=413, limit_mb=limit_mb)


class InFlight:
    """Bounds the requests in work: of all, of one visitor, and of those whom nobody knows.

    A stream of events leaves this count as soon as it is open; :class:`Streams` has its own.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self._now: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429 or 503."""
        if scope["type"] != "http" or scope["path"] == ALWAYS:
            await self.app(scope, receive, send)
            return
        visitor: Visitor = scope[SCOPE_KEY]
        try:
            self._enter(visitor)
        except UserError as error:
            await error_response(error, language_of(scope))(scope, receive, send)
            return
        inside = True

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                _count_out(self._now, visitor.owner)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_stream(message):
                leave()
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            leave()

    def _enter(self, visitor: Visitor) -> None:
        room = self.limits.requests
        if visitor.known_by is None:
            room = int(room * NEWCOMERS_SHARE)
        if self._now.total() >= room:
            raise UserError("server_busy", "error.server_busy", status=503, retry_after=2)
        if self._now[visitor.owner] >= self.limits.requests_each:
            raise UserError("too_many_requests", "error.too_many_requests", status=429, retry_after=1)
        self._now[visitor.owner] += 1


class Streams:
    """Bounds the streams of events that are open: of all, and of one visitor. For one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()

    @contextmanager
    def seat(self, owner: str) -> Iterator[None]:
        """Count a stream while it is open.

        Raises:
            UserError: 429 too many of this visitor's own, 503 of all; a plain look at the job still works.
        """
        if self._open.total() >= self._limits.streams:
            raise UserError("server_busy", "error.too_many_streams", status=503, retry_after=5)
        if self._open[owner] >= self._limits.streams_each:
            raise UserError("too_many_requests", "error.too_many_streams", status=429, retry_after=5)
        self._open[owner] += 1
        try:
            yield
        finally:
            _count_out(self._open, owner)


def _count_out(counter: Counter[str], owner: str) -> None:
    counter[owner] -= 1
    if not counter[owner]:
        del counter[owner]


def _is_stream(start: Message) -> bool:
    kind: str = Headers(raw=start["headers"]).get("content-type", "")
    return kind.startswith("text/event-stream")
