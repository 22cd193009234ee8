"""What every chat pipeline says of its answer, and how long that may be. Knows no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aigc_demo.decoding import watermark
from aigc_demo.decoding.sampling import Sampling
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Output, UserError

NGRAM_PENALTY = 1.5
"""Taken off what would say four tokens again, unless repetition is left alone altogether."""


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


def sampling(params: ChatParams, mark: bytes = b"") -> Sampling:
    """How the tokens of an answer are chosen; ``mark`` is left out where the text is too short to show it."""
    return Sampling(
        temperature=params.temperature,
        top_p=params.top_p,
        top_k=params.top_k,
        repetition_penalty=params.repetition_penalty,
        seed=params.seed or 0,
        ngram_penalty=NGRAM_PENALTY if params.repetition_penalty > 1 else 0.0,
        mark=mark if params.max_new_tokens >= watermark.LEAST else b"",
    )
