"""Who a visitor is: a 256-bit random id in a signed cookie of ours, or the same id in a token.

Knows how ids are made, signed and read. Knows nothing of what belongs to them. Never Gradio's
session hash, never an address, never a name that a client sends.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from itsdangerous import BadSignature, Signer
from starlette.requests import Request

from aigc_demo.guard import cookies

COOKIE = "aigc_owner"
SCOPE_KEY = "aigc.owner"
"""Where the middleware leaves the verified owner in the ASGI scope."""
_LONGEST = 200
"""Characters of the longest value that can be ours: an id of 43, a dot, a signature of 27."""
_MAX_AGE = 400 * 24 * 3600  # seconds; browsers keep no cookie longer


class Identity:
    """Makes and reads owner ids with one secret of the installation."""

    def __init__(self, secret: str) -> None:
        self._cookie = Signer(secret, salt="owner-cookie")
        self._bearer = Signer(secret, salt="owner-bearer")

    @staticmethod
    def new() -> str:
        """A fresh owner id: 256 random bits, url-safe."""
        return secrets.token_urlsafe(32)

    def from_cookies(self, header: str | None) -> str | None:
        """The owner that a Cookie header proves, or None: forged and damaged ones count as none.

        Of several cookies of our name, as another folder or domain may leave them, the first that
        proves an owner counts.
        """
        ours = cookies.values(header or "", COOKIE, longest=_LONGEST)
        return next(filter(None, (self._read(self._cookie, value) for value in ours)), None)

    def from_bearer(self, header: str | None) -> str | None:
        """The owner that an ``Authorization: Bearer`` header proves, or None."""
        scheme, _, token = (header or "").partition(" ")
        return self._read(self._bearer, token.strip()) if scheme.lower() == "bearer" else None

    def bearer(self, owner: str) -> str:
        """A token that lets a program act as this visitor."""
        return self._bearer.sign(owner.encode()).decode()

    def set_cookie(self, owner: str, *, framed: bool, secure: bool) -> str:
        """The Set-Cookie value for this visitor.

        ``framed``: the page lives in another site's frame (a Space), where only partitioned
        cookies without SameSite work.
        """
        value = self._cookie.sign(owner.encode()).decode()
        parts = [f"{COOKIE}={value}", "Path=/", f"Max-Age={_MAX_AGE}", "HttpOnly"]
        if framed:
            parts += ["SameSite=None", "Secure", "Partitioned"]
        else:
            parts += ["SameSite=Lax", *(["Secure"] if secure else [])]
        return "; ".join(parts)

    @staticmethod
    def _read(signer: Signer, value: str) -> str | None:
        try:
            return signer.unsign(value.encode()).decode()
        except (BadSignature, UnicodeError):
            return None


def owner_of(request: Any) -> str:
    """The verified owner of a request: Starlette's, or Gradio's wrapper of it."""
    inner = request if isinstance(request, Request) else request.request
    owner: str = inner.scope[SCOPE_KEY]
    return owner


def load_secret(configured: str | None, data: Path) -> str:
    """The owner's secret, else the one kept in the data folder, made at the first start (mode 0600)."""
    if configured:
        return configured
    path = data / "secret"
    data.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_text("ascii").strip()
