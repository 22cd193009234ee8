"""Whether somebody opens a page to read it: not a preview of a link, a robot, or a browser that looks ahead.

Knows what these say of themselves. Nothing of it is kept.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import Scope

from aigc_demo.guard.doors import is_head

_ROBOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|facebot|whatsapp|embedly|iframely|oembed|unfurl"
    r"|skypeuri|vkshare|pinterest|tumblr|mastodon|bluesky|cardyb|flipboard|headless|curl|wget|python|httpx|okhttp"
    r"|go-http|java/|axios|node-fetch|libwww|lighthouse",
    re.IGNORECASE,
)
_LOOKED_AT = 400
"""So many characters of what a browser says of itself."""


def opens_by_hand(scope: Scope) -> bool:
    """Whether a request for a page is somebody's opening of it, as far as it says."""
    headers = Headers(scope=scope)
    agent = headers.get("user-agent", "")[:_LOOKED_AT]
    ahead = f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')} {headers.get('x-moz', '')}"
    looks_ahead = "prefetch" in ahead or "preview" in ahead
    return bool(agent) and not (is_head(scope) or "range" in headers or looks_ahead or _ROBOTS.search(agent))
