"""What EmojiFlow's memory thought of, in words, for the run card: "cat 81 %, tiger 12 %".

Knows how shares of attention are told; the shares are the memory's.
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


def told(shares: Tensor, names: Sequence[Name], prompt: str) -> str:
    """The largest of ``shares`` (things,), which sum to 1, in the language of the prompt."""
    chinese = bool(re.search(r"[\u4e00-\u9fff]", prompt))
    values, rows = shares.topk(min(MOST, len(shares)))
    kept = [
        (names[row].zh if chinese else names[row].en, value)
        for value, row in zip(values.tolist(), rows.tolist(), strict=True)
        if value >= LEAST and row < len(names)
    ]
    return ("，" if chinese else ", ").join(f"{name} {value:.0%}" for name, value in kept)
