"""Whether a request means us, and whether it comes from our own page: Host and Origin.

Knows the names that this server goes by. A page of another site can make a browser send anything here,
even under a name of its own that it has pointed at this machine; it cannot choose these two headers.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from aigc_demo.guard import cookies
from aigc_demo.guard.http import ELSEWHERE, LANGUAGE_COOKIE, error_response, is_secure, language_of
from aigc_demo.settings import Settings
from aigc_demo.types import UserError

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?", re.ASCII)
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True)
class Names:
    """What this server may be called, whatever the port.

    Attributes:
        known: exact names, in lower case.
        any_address: any IP address will do: it listens on all, and may be reached through others yet.
        anything: whoever is in front decides (a Space's proxy routes by this very name).
    """

    known: frozenset[str]
    any_address: bool = False
    anything: bool = False

    def include(self, host: str, came_in_on: str | None) -> bool:
        """Whether a Host header means us; ``came_in_on`` is our own end of the connection."""
        if self.anything:
            return True
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        name = found[1].strip("[]").removesuffix(".")
        if name in self.known or name == (came_in_on or "").lower() or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_address or address.is_loopback


def names_of(settings: Settings) -> Names:
    """Our names: the public one, those the owner adds, the address listened on, and this machine's own.

    Where a public address is set, addresses of the network and the machine's name no longer count.
    """
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    known = {"localhost", public or "", settings.host.lower()}
    known |= {name.strip().lower() for name in settings.allowed_hosts.split(",")}
    everywhere = settings.host in _EVERYWHERE and public is None
    if everywhere:
        own = socket.gethostname().lower()
        known |= {own, own.partition(".")[0], own.partition(".")[0] + ".local"}
    return Names(frozenset(known - {""}), everywhere, anything=settings.on_space)


def frame_ancestors(settings: Settings) -> str:
    """Who may hold the page in a frame, for a policy: itself, the Hub on a Space, whom the owner adds."""
    hub = ["https://huggingface.co", "https://*.hf.space"] if settings.on_space else []
    chosen = [origin.strip() for origin in settings.embed.split(",") if origin.strip()]
    return " ".join(["'self'", *hub, *chosen])


def in_frames(settings: Settings, scope: Scope) -> bool:
    """Whether a visitor's cookie must live in another site's frame.

    Always on a Space. Where the owner names embedding pages, over https: without it browsers keep no
    cookie in such a frame, and whoever opens the app directly shall keep theirs.
    """
    return settings.on_space or (bool(settings.embed) and is_secure(scope))


class OurHost:
    """Answers 421 to a request for somebody else: a name that another site has pointed at us."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what means us, without hints at other names that Gradio would put into its page."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        came_in_on = scope["server"][0] if scope.get("server") else None
        headers = Headers(scope=scope)
        # Only ancient programs name no host; every browser does.
        if not self.names.include(headers.get("host", "localhost"), came_in_on):
            error = UserError("unknown_host", "error.unknown_host", status=421)
            await error_response(error, language_of(scope))(scope, receive, send)
            return
        forwarded = headers.get("x-forwarded-host", "").split(",")[0].strip()
        dropped = {b"x-gradio-server"}
        if not self.names.include(forwarded, came_in_on):
            dropped.add(b"x-forwarded-host")
        kept = [(key, value) for key, value in scope["headers"] if key not in dropped]
        await self.app({**scope, "headers": kept}, receive, send)


class SameOrigin:
    """Refuses what another site's page would change with our visitor's cookie; shows it nothing of theirs.

    A request that changes something and names an Origin must name ours; one that names none must not be
    marked cross-site by the browser; programs such as curl send neither header. What only reads is
    answered to any page, as to somebody who was never here: without the visitor's cookie, and without a
    new one, which would take the place of theirs.
    """

    def __init__(self, app: ASGIApp, public_url: str | None = None) -> None:
        self.app = app
        self.public_host = urlsplit(public_url).netloc if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and not self._ours(scope):
            if scope["method"] not in _SAFE:
                error = UserError("bad_origin", "error.bad_origin", status=403)
                await error_response(error, language_of(scope))(scope, receive, send)
                return
            scope = {**scope, "headers": cookies.only(scope["headers"], LANGUAGE_COOKIE), ELSEWHERE: True}
        await self.app(scope, receive, send)

    def _ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None:
            try:
                named = urlsplit(origin).netloc
            except ValueError:
                return False
            return named in {self.public_host or headers.get("host"), headers.get("host")}
        site = headers.get("sec-fetch-site", "same-origin")
        return scope["method"] in _SAFE or site in ("same-origin", "none")
