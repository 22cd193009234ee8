"""What EmojiFlow's memory thought of, in words, for the run card: "cat 81 %, tiger 12 %".

Knows how chances are told, and which thing was drawn of them; the chances are the memory's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

MOST = 3
"""Things that are told at most."""
LEAST = 0.05
"""Share from which on a thing is told."""


@dataclass(frozen=True)
class Name:
    """One thing in both languages."""

    en: str
    zh: str


def read_names(known: Path) -> tuple[Name, ...]:
    """The names of the memory's things in the order of its rows; none where the file is missing."""
    if not known.exists():
        return ()
    return tuple(Name(one["en"], one["zh"]) for one in json.loads(known.read_text(encoding="utf-8")))


def told(shares: Tensor, painted: int, names: Sequence[Name], prompt: str) -> str:
    """The thing of row ``painted``, then the likeliest others, in the language of the prompt.

    ``shares`` (things,) are all chances and sum to 1.
    """
    chinese = bool(re.search(r"[\u4e00-\u9fff]", prompt))
    likeliest = [row for row in shares.topk(min(MOST, len(shares))).indices.tolist() if row != painted]
    others = [row for row in likeliest if float(shares[row]) >= LEAST]
    kept = [row for row in (painted, *others)[:MOST] if row < len(names)]
    named = [f"{names[row].zh if chinese else names[row].en} {percent(float(shares[row]))}" for row in kept]
    return ("，" if chinese else ", ").join(named)


def percent(share: float) -> str:
    """``0.81`` as "81%"; what was drawn was never impossible, so little is "<1%"."""
    return f"{share:.0%}" if share >= 0.01 else "<1%"
