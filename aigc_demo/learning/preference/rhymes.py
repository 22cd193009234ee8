"""Which characters rhyme, by the groups of Pingshui that ship with ShiGPT. Knows groups; knows no models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from aigc_demo.settings import ASSETS


@cache
def groups() -> dict[str, frozenset[int]]:
    """The groups of each character by number; one that stands for several traditional ones has all theirs."""
    path = ASSETS / "models" / "shigpt" / "rhymes.json"
    known = json.loads(path.read_text("utf-8"))["chars"]
    return {char: frozenset(numbers) for char, numbers in known.items()}


def rhymes(chars: Sequence[str]) -> bool:
    """Whether they share a group; a character without one rhymes with nothing."""
    return bool(frozenset.intersection(*(groups().get(char, frozenset()) for char in chars)))
