"""A connection before it is a request: who opens one and is slow, silent or stuck is not waited for.

Knows uvicorn's protocol for HTTP/1.1 and the clock of its loop. Knows nothing of requests that are whole.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from aigc_demo.guard.http import error_response
from aigc_demo.guard.limits import Limits
from aigc_demo.types import UserError

MOST_HEAD_BYTES = 65_536
"""Of a request's head as it is read; cookies are bounded below that, with a sentence of their own."""
_WANTED_DESCRIPTORS = 8192


class Connection(H11Protocol):
    """uvicorn's connection with deadlines, and one that makes room for others when there are too many.

    A body's deadline is :class:`~aigc_demo.guard.limits.BodyLimit`'s, which can answer in its visitor's
    language; the answer's own time is nobody's business as long as somebody reads it.
    """

    def __init__(self, *arguments: Any, limits: Limits, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._limits = limits
        self._head: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self.idle_since = 0.0
        """The loop's time since which no request is in work here."""

    @property
    def busy(self) -> bool:
        """Whether a request is in work."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, in the place of who has been idle longest if need be."""
        super().connection_made(transport)
        self._expect_head()
        if len(self.connections) > self._limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks."""
        for timer in (self._head, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes; once they are a request's whole head there is no hurry here any more."""
        super().data_received(data)
        if self.busy and self._head is not None:
            self._head.cancel()

    def on_response_complete(self) -> None:
        """Wait for the next request, which may have come already."""
        super().on_response_complete()
        if not self.busy:
            self._expect_head()

    def pause_writing(self) -> None:
        """The other side does not read; it has some time to begin."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The other side has read."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def _make_room(self) -> None:
        """Part with who has been idle longest, which may be this very connection."""
        ours = [other for other in self.connections if isinstance(other, Connection)]
        remaining = [other for other in ours if not other.transport.is_closing()]
        if len(remaining) > self._limits.connections:
            idle = [other for other in remaining if not other.busy]
            min(idle, key=lambda other: other.idle_since).give_way()

    def give_way(self) -> None:
        """Leave to make room for another."""
        self._end(UserError("server_busy", "error.server_busy", status=503, retry_after=2))

    def send_400_response(self, msg: str) -> None:
        """Say in our form that this is no HTTP."""
        self._end(UserError("bad_request", "error.bad_request", status=400))

    def _unsupported_upgrade_warning(self) -> None:
        """No WebSockets here; the request is answered as if it had not asked for one."""

    def _expect_head(self) -> None:
        self.idle_since = self.loop.time()
        if self._head is not None:
            self._head.cancel()
        self._head = self.loop.call_later(self._limits.head_seconds, self._too_slow)

    def _too_slow(self) -> None:
        if self.busy:
            return
        if self.conn.trailing_data[0]:
            self._end(UserError("too_slow", "error.too_slow", status=408))
        else:
            self.transport.close()

    def _end(self, error: UserError) -> None:
        """Answer, where nothing else is being said, and close."""
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE:
            response = error_response(error, "en")  # the head that would name a language is not there
            headers = [*response.raw_headers, (b"connection", b"close")]
            for event in (
                h11.Response(status_code=response.status_code, headers=headers),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def limits_here() -> Limits:
    """The bounds that fit the file descriptors of this process, of which it first takes what it may have."""
    free = _descriptors()
    defaults = Limits()
    # A request in work may hold a file besides its connection.
    connections = min(defaults.connections, int(free * 0.6))
    return replace(
        defaults,
        connections=connections,
        backlog=min(defaults.backlog, (free - connections) // 2),
        streams=min(defaults.streams, connections // 2),
    )


def _descriptors() -> int:
    try:
        import resource
    except ImportError:  # Windows, which bounds them otherwise
        return _WANTED_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY in (soft, hard):
        hard = _WANTED_DESCRIPTORS
    if 0 <= soft < _WANTED_DESCRIPTORS:
        soft = min(hard, _WANTED_DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _WANTED_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


class Seldom(logging.Filter):
    """Lets a message of each kind through once a minute, and says how often it was held back.

    Args:
        starts: how the messages begin that strangers can cause at will.
        seconds: between two of a kind.
        clock: seconds that never go back.
    """

    def __init__(
        self, *starts: str, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._starts = starts
        self._seconds = seconds
        self._clock = clock
        self._last: dict[str, float] = {}
        self._held: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        message = record.getMessage()
        kind = next((start for start in self._starts if message.startswith(start)), None)
        if kind is None:
            return True
        now = self._clock()
        if now - self._last.get(kind, -self._seconds) < self._seconds:
            self._held[kind] = self._held.get(kind, 0) + 1
            return False
        self._last[kind] = now
        if held := self._held.pop(kind, 0):
            record.msg, record.args = f"{message} ({held} more since the last of these lines)", ()
        return True


def quiet() -> None:
    """Keep what strangers can cause at will from filling the log."""
    # asyncio says this once for every connection that waits, every second, with a traceback.
    logging.getLogger("asyncio").addFilter(Seldom("socket.accept() out of system resource"))
    logging.getLogger("uvicorn.error").addFilter(Seldom("Invalid HTTP request received"))
