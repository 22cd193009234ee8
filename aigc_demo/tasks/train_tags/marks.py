"""Tagged tokens as a line that people read, such as ``[Anna PER] moved to [Oslo LOC]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aigc_demo.learning.tags.data import spans


def marked(tokens: Sequence[str], tags: Sequence[str], language: Literal["en", "zh"]) -> str:
    """The tokens with brackets around names, each with its kind."""
    between = " " if language == "en" else ""
    parts: list[str] = []
    place = 0
    for kind, first, end in spans(tags):
        parts += tokens[place:first]
        parts.append(f"[{between.join(tokens[first:end])} {kind}]")
        place = end
    return between.join([*parts, *tokens[place:]])
