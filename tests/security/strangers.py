"""Who might come for what is not theirs: everyone but Ann, and Ann's own browser led by another site.

Knows headers. Knows nothing of routes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from itsdangerous import Signer

from aigc_demo.guard.identity import COOKIE


@dataclass(frozen=True)
class Proofs:
    """What Ann and Ben could show, and what of Ann's is no longer good."""

    ann_cookie: str
    ann_token: str
    ben_cookie: str
    expired_token: str
    revoked_token: str
    session: str = "abcdefghijk"
    """A session hash as Gradio's page makes them: it proves nothing here."""

    @property
    def ann(self) -> str:
        """Ann's id, without any proof."""
        return self.ann_cookie.rpartition(".")[0]


@dataclass(frozen=True)
class Stranger:
    """Somebody who is not Ann, by the headers they send."""

    name: str
    headers: Mapping[str, str]
    refused: int | None = None
    """The status that every route answers, whatever it is; None where they count as a visitor."""
    reads: bool = False
    """What only reads is answered all the same, as to nobody."""
    visitor: bool = False
    """A visitor in good standing, with things of their own."""

    def refusal(self, method: str) -> int | None:
        """The status that a route of this method answers, whatever it is."""
        return None if self.reads and method in ("GET", "HEAD", "OPTIONS") else self.refused

    def __str__(self) -> str:
        """For the name of a test."""
        return self.name


NAMES = (
    "nobody",
    "another visitor",
    "another visitor behind a forged cookie",
    "a cookie with one sign changed",
    "a cookie cut short",
    "an id without a signature",
    "an id with another's signature",
    "a cookie signed with another secret",
    "a token as a cookie",
    "a cookie as a token",
    "a token with one sign changed",
    "a token of the kind that had no end, forged",
    "an expired token",
    "a revoked token",
    "an id in headers that proxies set",
    "a Gradio session",
    "another site's page",
    "a page without an origin",
    "a site whose name begins like ours",
    "a page of another port",
)
"""Whom :func:`everyone` makes, so that tests can be named before there is a server."""


def everyone(known: Proofs) -> Iterator[Stranger]:
    """All of them, in the order of :data:`NAMES`."""
    value, token = known.ann_cookie, known.ann_token
    changed = _changed(value, len(value) - 5)
    forged = Signer("0123456789abcdef" * 4, salt="owner-cookie").sign(known.ann.encode()).decode()
    endless = Signer("0123456789abcdef" * 4, salt="owner-bearer").sign(known.ann.encode()).decode()
    cookies = {
        "another visitor": known.ben_cookie,
        "another visitor behind a forged cookie": f"{changed}; {COOKIE}={known.ben_cookie}",
        "a cookie with one sign changed": changed,
        "a cookie cut short": value[:-1],
        "an id without a signature": known.ann,
        "an id with another's signature": f"{known.ann}.{known.ben_cookie.rpartition('.')[2]}",
        "a cookie signed with another secret": forged,
        "a token as a cookie": token,
    }
    bearers = {
        "a cookie as a token": (value, None),
        "a token with one sign changed": (_changed(token, len(token) - 5), 401),
        "a token of the kind that had no end, forged": (endless, None),
        "an expired token": (known.expired_token, 401),
        "a revoked token": (known.revoked_token, 401),
    }
    claims = {"X-Forwarded-User": known.ann, "Remote-User": known.ann, "X-Owner": known.ann}
    pages = {
        "another site's page": {"Origin": "https://evil.example"},
        "a page without an origin": {"Origin": "null"},
        "a site whose name begins like ours": {"Origin": "http://studio.test.evil.example"},
        "a page of another port": {"Origin": "http://studio.test:8080"},
    }
    yield Stranger("nobody", {})
    for name, cookie in cookies.items():
        yield Stranger(name, {"Cookie": f"{COOKIE}={cookie}"}, visitor="another visitor" in name)
    for name, (bearer, refused) in bearers.items():
        yield Stranger(name, {"Authorization": f"Bearer {bearer}"}, refused)
    yield Stranger("an id in headers that proxies set", claims)
    yield Stranger("a Gradio session", {"X-Gradio-User": "app", "X-Session-Hash": known.session})
    for name, headers in pages.items():
        yield Stranger(name, {"Cookie": f"{COOKIE}={value}", **headers}, 403, reads=True)


def _changed(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
