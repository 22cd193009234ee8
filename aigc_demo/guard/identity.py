"""Who a visitor is: a 256-bit random id in a signed cookie of ours; programs show a token instead.

Knows how ids are made, signed and read, and how tokens are spelt. Knows nothing of what belongs to an
id, nor which tokens are valid. Never Gradio's session hash, never an address, never a name that a
client sends.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer
from starlette.requests import Request

from aigc_demo.guard import cookies

COOKIE = "aigc_owner"
SCOPE_KEY = "aigc.owner"
"""Where the middleware leaves the :class:`Visitor` in the ASGI scope."""
_PREFIX = "aigc_"
"""How tokens begin, so that those who search for leaked secrets find them."""
_ACCOUNT = "account-"
"""How the owner ids of those who signed in begin; no random one holds this."""
_LONGEST = 200
"""Characters of the longest value that can be ours: an id of 43, a dot, a signature of 27."""
_MAX_AGE = 400 * 24 * 3600  # seconds; browsers keep no cookie longer


@dataclass(frozen=True)
class Visitor:
    """Who asks, and what proved it; None for somebody who is here for the first time."""

    owner: str
    known_by: Literal["cookie", "token"] | None


class Identity:
    """Makes and reads owner ids with one secret of the installation."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._cookie = Signer(secret, salt="owner-cookie")
        self._signed_bearer = Signer(secret, salt="owner-bearer")

    @staticmethod
    def new() -> str:
        """A fresh owner id: 256 random bits, url-safe."""
        return secrets.token_urlsafe(32)

    def account(self, provider: str, subject: str) -> str:
        """The owner id of somebody's account elsewhere: always the same, and telling nothing of either."""
        return _ACCOUNT + self.derived("owner-account", f"{provider}\n{subject}")

    def derived(self, purpose: str, what: str) -> str:
        """43 url-safe characters that nobody can tell from ``what`` without the secret (HMAC-SHA256)."""
        signer = Signer(self._secret, salt=purpose, digest_method=hashlib.sha256)
        return signer.get_signature(what).decode()

    def serializer(self, purpose: str) -> URLSafeTimedSerializer:
        """Signs values that travel and end by themselves, for this purpose alone."""
        return URLSafeTimedSerializer(self._secret, salt=purpose)

    def from_cookies(self, header: str | None) -> str | None:
        """The owner that a Cookie header proves, or None: forged and damaged ones count as none.

        Of several cookies of our name, as another folder or domain may leave them, the first that
        proves an owner counts.
        """
        ours = cookies.values(header or "", COOKIE, longest=_LONGEST)
        return next(filter(None, (self._read(self._cookie, value) for value in ours)), None)

    def bearer(self, header: str | None) -> str | None:
        """The token in an ``Authorization`` header that this app has made; valid or not.

        Early ones were the owner's id, signed; they had no end and count no more. What others have made,
        such as the Hub's tokens on a private Space, is none of ours.
        """
        scheme, _, text = (header or "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or len(text) > _LONGEST:
            return None
        ours = text.startswith(_PREFIX) or self._read(self._signed_bearer, text) is not None
        return text if ours else None

    def set_cookie(self, owner: str, *, framed: bool, secure: bool) -> str:
        """The Set-Cookie value for this visitor.

        ``framed``: the page lives in another site's frame (a Space), where only partitioned
        cookies without SameSite work.
        """
        value = self._cookie.sign(owner.encode()).decode()
        return _cookie(value, _MAX_AGE, framed=framed, secure=secure)

    @staticmethod
    def clear_cookie(*, framed: bool, secure: bool) -> str:
        """The Set-Cookie value that takes the cookie back: browsers want the attributes it was set with."""
        return _cookie("", 0, framed=framed, secure=secure)

    @staticmethod
    def _read(signer: Signer, value: str) -> str | None:
        try:
            return signer.unsign(value.encode()).decode()
        except (BadSignature, UnicodeError):
            return None


def _cookie(value: str, seconds: int, *, framed: bool, secure: bool) -> str:
    parts = [f"{COOKIE}={value}", "Path=/", f"Max-Age={seconds}", "HttpOnly"]
    if framed:
        parts += ["SameSite=None", "Secure", "Partitioned"]
    else:
        parts += ["SameSite=Lax", *(["Secure"] if secure else [])]
    return "; ".join(parts)


def is_account(owner: str) -> bool:
    """Whether this is somebody who signed in."""
    return owner.startswith(_ACCOUNT)


def new_token() -> str:
    """The text of a fresh token: 256 random bits, url-safe."""
    return _PREFIX + secrets.token_urlsafe(32)


def visitor_of(request: Any) -> Visitor:
    """Who makes a request: Starlette's, or Gradio's wrapper of it."""
    inner = request if isinstance(request, Request) else request.request
    visitor: Visitor = inner.scope[SCOPE_KEY]
    return visitor


def owner_of(request: Any) -> str:
    """The verified owner of a request."""
    return visitor_of(request).owner
