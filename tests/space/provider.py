"""An OpenID provider of our own: the authorization code flow with PKCE, as the Hub offers it to Spaces.

Whoever comes is let in as ``person`` at once, as somebody who is logged in there and has agreed before. Codes
count once, and only with the verifier whose digest was shown when they were asked for.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import secrets
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

CLIENT, SECRET = "studio-client", "studio-client-secret-for-tests"


class Provider:
    """The state of the stand-in; ``person`` is who is logged in there, None somebody who says no."""

    def __init__(self) -> None:
        self.person: str | None = "ann"
        self.url = ""
        self.front = ""
        """Where browsers go, if not to ``url``."""
        self.broken = False
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._tokens: dict[str, str] = {}

    @contextlib.contextmanager
    def serving(self) -> Iterator[Provider]:
        """Answer on a port of this machine."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    @property
    def variables(self) -> dict[str, str]:
        """What a Space finds in its environment."""
        return {
            "OAUTH_CLIENT_ID": CLIENT,
            "OAUTH_CLIENT_SECRET": SECRET,
            "OPENID_PROVIDER_URL": self.url,
        }

    def authorized(self, asked: dict[str, str]) -> str:
        """Where somebody is sent back to."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "profile"}
        said = {"state": asked["state"]}
        if self.person is None:
            said |= {"error": "access_denied"}
        else:
            code = secrets.token_urlsafe(12)
            self._codes[code] = (self.person, asked["redirect_uri"], asked["code_challenge"])
            said |= {"code": code}
        return f"{asked['redirect_uri']}?{urllib.parse.urlencode(said)}"

    def exchanged(self, asked: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token for a code; None for what is not right."""
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        person, back, challenge = self._codes.pop(asked.get("code", ""), ("", "", ""))
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
        if authorization != basic or not person or back != asked.get("redirect_uri") or not proven:
            return None
        token = secrets.token_urlsafe(12)
        self._tokens[token] = person
        return {"access_token": token, "token_type": "bearer", "expires_in": 3600}

    def told(self, authorization: str) -> dict[str, Any] | None:
        """Whom a token vouches for."""
        person = self._tokens.get(authorization.removeprefix("Bearer "))
        return None if person is None else {"sub": f"id-of-{person}", "preferred_username": person}


def _handler(provider: Provider) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            if provider.broken:
                self.answer(503, {"error": "down"})
            elif url.path == "/.well-known/openid-configuration":
                named = {f"{end}_endpoint": f"{provider.url}/{end}" for end in ("token", "userinfo")}
                front = provider.front or provider.url
                self.answer(200, named | {"authorization_endpoint": f"{front}/authorize"})
            elif url.path == "/authorize":
                self.send_response(303)
                self.send_header("location", provider.authorized(dict(urllib.parse.parse_qsl(url.query))))
                self.end_headers()
            elif url.path == "/userinfo":
                said = provider.told(self.headers.get("authorization", ""))
                self.answer(200 if said else 401, said or {"error": "invalid_token"})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            asked = dict(urllib.parse.parse_qsl(text))
            said = provider.exchanged(asked, self.headers.get("authorization", ""))
            self.answer(200 if said else 400, said or {"error": "invalid_grant"})

        def answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
