"""What every chat pipeline says of its answer, and how long that may be. Knows no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aigc_demo.types import Output, UserError


def output(text: str, metadata: Mapping[str, Any]) -> Output:
    """An answer, or the part of it that there is, with small facts about it."""
    return Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta=metadata)


def max_new(context: int, used: int, wanted: int) -> int:
    """How many new tokens fit behind ``used`` ones in a context, at most as many as wanted.

    Raises:
        UserError: ``prompt_too_long`` where none does.
    """
    left = context - used
    if left < 1:
        raise UserError(
            "prompt_too_long", "error.prompt_too_long", field="prompt", tokens=used, limit=context - 1
        )
    return min(wanted, left)
