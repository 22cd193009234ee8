"""A stand-in for the machine that lends a ZeroGPU Space its GPU: the device API that ``spaces`` talks to.

Keeps a quota for each visitor, and one for all who come without a token. Takes time as it passes, ends a
process that computes longer than it asked for, and refuses tokens that it did not sign, as the real one does.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SHARED = "shared"
LONGEST = 240
"""Seconds that one call may ask for."""
KEY = b"of this host alone"


@dataclass
class Quota:
    """What one visitor may still use, in seconds; ``wait`` seconds until there is more."""

    left: float
    wait: int = 3 * 3600
    auth: str | None = None


@dataclass
class Call:
    """One GPU as it was lent."""

    who: str
    asked: int
    allow_token: str
    pid: int | None = None
    began: float = field(default_factory=time.monotonic)
    used: float | None = None
    failed: bool = False


class ZeroGpuHost:
    """The host, on a port of its own.

    Attributes:
        quotas: by visitor.
        calls: every GPU that was lent, in order.
        refused: every ``(who, asked)`` that was turned away.
        queue: what a caller is told before it is lent one: "ping", "succeeded" or "failed"; empty is at once.
    """

    def __init__(self) -> None:
        self.quotas: dict[str, Quota] = {SHARED: Quota(60.0)}
        self.calls: list[Call] = []
        self.refused: list[tuple[str, int]] = []
        self.reports = 0
        self.queue: list[str] = []
        self.answer: int | None = None
        self._lock = threading.Lock()
        self._lent: set[int] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"host": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextlib.contextmanager
    def serving(self) -> Iterator[ZeroGpuHost]:
        """Answer until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def token(self, who: str, seconds: float = 600.0, *, key: bytes = KEY) -> str:
        """A token for a visitor, good for so many seconds."""
        told = {"user": who, "exp": time.time() + seconds, "jti": secrets.token_hex(4)}
        head, body = _encoded({"alg": "HS256"}), _encoded(told)
        return f"{head}.{body}.{_signed(head, body, key)}"

    def used(self, who: str | None = None) -> tuple[float, float]:
        """Seconds asked for and used, of all calls that have ended well."""
        calls = [call for call in self.calls if call.used is not None and not call.failed]
        calls = [call for call in calls if who in (None, call.who)]
        return sum(call.asked for call in calls), sum(call.used or 0.0 for call in calls)

    # -- what the device API does -------------------------------------------------------------------

    def visitor(self, token: str | None) -> str | None:
        """Who a token stands for; None for one that is not good (any more)."""
        if token is None:
            return SHARED
        try:
            head, body, signature = token.split(".")
            told = json.loads(base64.urlsafe_b64decode(body + "=="))
        except ValueError:
            return None
        good = hmac.compare_digest(signature, _signed(head, body, KEY)) and told["exp"] > time.time()
        return str(told["user"]) if good else None

    def schedule(self, who: str, asked: int) -> Call | dict[str, Any]:
        """Lend a GPU, or say what is left."""
        with self._lock:
            quota = self.quotas.setdefault(who, Quota(120.0))
            if asked > LONGEST or asked > quota.left:
                self.refused.append((who, asked))
                return {"left": int(quota.left), "wait": -1 if asked > LONGEST else quota.wait}
            quota.left -= asked
            call = Call(who, asked, secrets.token_hex(8))
            self.calls.append(call)
        timer = threading.Timer(asked, self._take_back, (call,))
        timer.daemon = True
        timer.start()
        return call

    def allow(self, allow_token: str, pid: int) -> bool:
        """A process may use the GPU that was lent."""
        with self._lock:
            call = self._call(allow_token)
            if call is not None:
                call.pid = pid
            return call is not None

    def release(self, allow_token: str, *, fail: bool) -> bool:
        """The GPU is free again: what was not used goes back."""
        with self._lock:
            call = self._call(allow_token)
            if call is None:
                return False
            call.used, call.failed = time.monotonic() - call.began, fail
            self.quotas[call.who].left += max(0.0, call.asked - call.used)
            return True

    def lend(self, call: Call) -> dict[str, Any]:
        """What a caller is told of the GPU that it gets; the first is free of others' processes."""
        with self._lock:
            busy = {other.began for other in self.calls if other.used is None and other is not call}
            index = len(busy) % 8
            return {
                "idle": False,
                "nvidiaIndex": index,
                "nvidiaUUID": f"GPU-{index}",
                "allowToken": call.allow_token,
            }

    def _call(self, allow_token: str) -> Call | None:
        open_calls = (call for call in self.calls if call.used is None)
        return next((call for call in open_calls if call.allow_token == allow_token), None)

    def _take_back(self, call: Call) -> None:
        with self._lock:
            pid = call.pid if call.used is None else None
            if call.used is None:
                call.used, call.failed = float(call.asked), True
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class _Handler(BaseHTTPRequestHandler):
    host: ZeroGpuHost

    def do_GET(self) -> None:
        self._json(200, 0)

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        getattr(self, "_" + address.path.strip("/").replace("-", "_"))(asked)

    def _startup_report(self, _: dict[str, str]) -> None:
        self.host.reports += 1
        self._json(200, {})

    def _schedule(self, asked: dict[str, str]) -> None:
        who = self.host.visitor(asked.get("token"))
        if self.host.answer is not None or who is None:
            self._json(self.host.answer or 401, {"detail": "no"})
            return
        lent = self.host.schedule(who, int(asked["durationSeconds"]))
        if not isinstance(lent, Call):
            self._json(429, lent)
            return
        if not self.host.queue:
            self._json(200, self.host.lend(lent))
            return
        self._begin(200, "text/event-stream")
        for event in self.host.queue:
            data = f"data: {json.dumps(self.host.lend(lent))}\n" if event == "succeeded" else ""
            self.wfile.write(f"event: {event}\n{data}\n".encode())
            self.wfile.flush()
            time.sleep(0.05)  # each event is a piece of its own

    def _allow(self, asked: dict[str, str]) -> None:
        found = self.host.allow(asked["allowToken"], int(asked["pid"]))
        self._json(200 if found else 404, {})

    def _release(self, asked: dict[str, str]) -> None:
        found = self.host.release(asked["allowToken"], fail=asked["fail"] == "true")
        self._json(200 if found else 404, {})

    def _json(self, status: int, body: Any) -> None:
        self._begin(status, "application/json")
        self.wfile.write(json.dumps(body).encode())

    def _begin(self, status: int, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signed(head: str, body: str, key: bytes) -> str:
    digest = hmac.new(key, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
