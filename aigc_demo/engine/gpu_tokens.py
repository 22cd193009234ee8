"""Visitors' ZeroGPU tokens: what says on whose quota a call counts.

Knows which job came with which token, in memory alone: none is ever written anywhere, and none shows where a
value is printed. Knows when one expires, as far as it says so; whether it is genuine only the host can tell.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

HEADER = "x-ip-token"
"""The header that ``spaces`` reads the token from, and in which it comes to us."""
LONGEST = 8192
"""Characters; what is longer is none."""
MOST = 1000
"""Jobs whose tokens are kept; of more the oldest go."""


@dataclass(frozen=True)
class GpuToken:
    """A token, and the time (seconds since 1970) until which it is good; None where it does not say."""

    text: str = field(repr=False)
    expires: float | None = None

    def expired(self, now: float) -> bool:
        """Whether it is good no longer."""
        return self.expires is not None and self.expires <= now


def read(headers: Mapping[str, str]) -> GpuToken | None:
    """The token that a request came with; None where it has none, or what can't be one."""
    return parsed(headers.get(HEADER, ""))


def parsed(text: str) -> GpuToken | None:
    """A token with what it says of itself; None for what can't be one."""
    text = text.strip()
    if not text or len(text) > LONGEST or not (text.isascii() and text.isprintable()):
        return None
    return GpuToken(text, _expires(text))


def _expires(text: str) -> float | None:
    """When a JWT says that it expires; it is not checked, for the key is the host's."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (binascii.Error, ValueError):
        return None
    expires = told.get("exp") if isinstance(told, dict) else None
    return float(expires) if isinstance(expires, int | float) and not isinstance(expires, bool) else None


class GpuTokens:
    """The tokens of jobs that wait or run. Callable from any thread.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._by_job: OrderedDict[str, GpuToken] = OrderedDict()

    def keep(self, job_id: str, token: GpuToken) -> None:
        """Remember a job's token, in the place of an older one."""
        with self._changed:
            self._by_job[job_id] = token
            self._by_job.move_to_end(job_id)
            while len(self._by_job) > MOST:
                self._by_job.popitem(last=False)
            self._changed.notify_all()

    def forget(self, job_id: str) -> None:
        """A job needs its token no more."""
        with self._changed:
            self._by_job.pop(job_id, None)

    def get(self, job_id: str | None, patience: float = 0.0) -> GpuToken | None:
        """A job's token; where it has expired, wait up to ``patience`` seconds for a fresh one."""
        if job_id is None:
            return None
        with self._changed:
            self._changed.wait_for(lambda: not self._stale(job_id), patience)
            return self._by_job.get(job_id)

    def _stale(self, job_id: str) -> bool:
        token = self._by_job.get(job_id)
        return token is not None and token.expired(self._clock())
