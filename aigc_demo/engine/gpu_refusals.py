"""What ``spaces`` raises where it lends no GPU, as problems that a visitor can act on.

Knows the package's titles and sentences (0.51): its errors are Gradio's, with all figures in their text.
What is not known here is still told, without figures.
"""

from __future__ import annotations

import math
import re
from typing import Any

from aigc_demo.types import UserError

_QUOTA = re.compile(
    r"\((?P<asked>\d+)s requested vs\. (?P<left>\d+)s left\)(?:\. Try again in (?P<wait>[^.]+))?"
)
_WAIT = re.compile(r"(?:(?P<days>\d+) days?, )?(?P<hours>\d+):(?P<minutes>\d{2}):(?P<seconds>\d{2})")
_ASKED = re.compile(r"\((?P<asked>\d+)s\)")


def as_user_error(error: BaseException, *, own_quota: bool) -> UserError:
    """The failure of a call as a visitor is told of it.

    Args:
        error: what was raised while a GPU was asked for, or by its lending.
        own_quota: whether the call came with a visitor's token.
    """
    text = str(getattr(error, "message", None) or error)
    key, values = _kind(text, own_quota=own_quota)
    return UserError(key, f"error.{key}", status=503 if key in _OURS else 429, **values)


_OURS = frozenset({"gpu_busy", "gpu_unreachable", "gpu_taken_back"})
_KNOWN = (
    ("Space app has reached its GPU limit", "gpu_pool_empty"),
    ("runs limit", "gpu_too_many_runs"),
    ("credits allocated to running tasks", "gpu_too_many_runs"),
    ("Expired ZeroGPU proxy token", "gpu_token_expired"),
    ("No GPU was available", "gpu_busy"),
    ("GPU task aborted", "gpu_taken_back"),
)


def _kind(text: str, *, own_quota: bool) -> tuple[str, dict[str, Any]]:
    if found := _QUOTA.search(text):
        seconds = _seconds(found["wait"] or "")
        values: dict[str, Any] = {"asked": int(found["asked"]), "left": int(found["left"])}
        if seconds is None:
            return "gpu_over_quota", values
        if seconds > 5400:
            return "gpu_over_quota_hours", values | {"hours": math.ceil(seconds / 3600)}
        return "gpu_over_quota_minutes", values | {"minutes": max(1, math.ceil(seconds / 60))}
    if "larger than the maximum allowed" in text:
        asked = _ASKED.search(text)
        return "gpu_too_long", {"asked": int(asked["asked"]) if asked else 0}
    if key := next((key for words, key in _KNOWN if words in text), None):
        return key, {}
    refused = re.search(r"/schedule error: .*?\b4\d\d\b", text)
    return ("gpu_token_refused" if refused and own_quota else "gpu_unreachable"), {}


def _seconds(wait: str) -> int | None:
    """Seconds of a ``timedelta`` as it prints itself; None where there is none."""
    found = _WAIT.search(wait)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
