"""What the things of EmojiFlow's prior are called, and which of them are told.

Knows names only; the probabilities are the prior's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MOST = 3
"""Things that are told at most."""
LEAST = 0.05
"""Share from which on a thing is told."""


@dataclass(frozen=True)
class Concept:
    """One thing in both languages, with its code point and its category where it is an emoji."""

    en: str
    zh: str
    code: str = ""
    category: str = ""


def read_concepts(known: Path) -> tuple[Concept, ...]:
    """The names of the prior's things in the order of its rows; none where the file is missing."""
    if not known.exists():
        return ()
    return tuple(
        Concept(one["en"], one["zh"], one.get("code", ""), one.get("category", ""))
        for one in json.loads(known.read_text(encoding="utf-8"))
    )
