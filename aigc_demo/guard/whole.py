"""An answer held back until it is whole, so that what changes its body can look at all of it.

Knows ASGI's messages. Knows nothing of what is changed, nor why.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Change = Callable[[Message, MutableHeaders, bytes], bytes]
"""Of an answer's start, its headers (which may be changed in place) and its body: the body to send."""


async def changed(app: ASGIApp, scope: Scope, receive: Receive, send: Send, change: Change) -> None:
    """Let ``app`` answer, and send that with the body, and the headers, that ``change`` leaves."""
    start: Message = {}
    body = b""

    async def gather(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        whole = change(start, MutableHeaders(scope=start), body)
        await send(start)
        await send({"type": "http.response.body", "body": whole})

    await app(scope, receive, gather)
