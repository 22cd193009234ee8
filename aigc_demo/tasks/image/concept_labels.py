"""What EmojiFlow's prior made of the words, for the run card: "cat 81 %, tiger 12 %".

Knows how probabilities are told in words; the probabilities are the prior's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from aigc_demo.tasks.image.prompts import is_chinese

MOST = 3
"""Things that are told at most."""
LEAST = 0.05
"""Share from which on a thing is told."""


@dataclass(frozen=True)
class Concept:
    """One thing in both languages."""

    en: str
    zh: str


def read_concepts(known: Path) -> tuple[Concept, ...]:
    """The names of the prior's things in the order of its rows; none where the file is missing."""
    if not known.exists():
        return ()
    return tuple(Concept(one["en"], one["zh"]) for one in json.loads(known.read_text(encoding="utf-8")))


def describe(probabilities: Tensor, painted: int, names: Sequence[Concept], prompt: str) -> str:
    """The thing of row ``painted``, then the likeliest others, in the language of the prompt.

    ``probabilities`` (things,) are all probabilities and sum to 1.
    """
    chinese = is_chinese(prompt)
    likeliest = [
        row for row in probabilities.topk(min(MOST, len(probabilities))).indices.tolist() if row != painted
    ]
    others = [row for row in likeliest if float(probabilities[row]) >= LEAST]
    kept = [row for row in (painted, *others)[:MOST] if row < len(names)]
    named = [
        f"{names[row].zh if chinese else names[row].en} {percent(float(probabilities[row]))}" for row in kept
    ]
    return ("，" if chinese else ", ").join(named)


def percent(probability: float) -> str:
    """``0.81`` as "81%"; what was drawn was never impossible, so little is "<1%"."""
    return f"{probability:.0%}" if probability >= 0.01 else "<1%"
