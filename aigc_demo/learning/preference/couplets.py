"""Couplets of five characters a line, for a policy that is small enough to be seen changing.

Knows couplets of Tang poems that are made of common characters alone, as rows of token ids, and the rules
that reward one. Knows nothing of networks.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

from aigc_demo.learning.preference.rhymes import groups
from aigc_demo.learning.texts.data import END, tang_lines

Rule = Literal["rhyme", "other_rhyme"]

COMMON = 600
"""Characters that couplets are made of: the most frequent ones."""
HELD_BACK = 20
"""Every so-manieth couplet is held back."""
COMMA, STOP = "，", "。"
LENGTH = 12
"""Tokens of a couplet: five characters, a comma, five characters, a full stop."""
ENDS = (4, 10)
"""Where its lines end."""
_COUPLET = re.compile(r"([^，。]{5})，([^，。]{5})。")


@dataclass(frozen=True)
class Couplets:
    """Rows of token ids, ``LENGTH`` each; token 0 ends a text, the last two are comma and full stop."""

    tokens: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    held: tuple[tuple[int, ...], ...]

    def shown(self, row: tuple[int, ...] | list[int]) -> str:
        """As people read it."""
        return "".join(self.tokens[one] for one in row)


@cache
def couplets() -> Couplets:
    """All couplets of common characters."""
    found = [pair for line in tang_lines() for pair in _COUPLET.findall(line)]
    counted = Counter(char for pair in found for line in pair for char in line)
    common = sorted(char for char, _ in counted.most_common(COMMON))
    tokens = (END, *common, COMMA, STOP)
    number = {token: place for place, token in enumerate(tokens)}
    known = set(common)
    rows = [
        tuple(number[char] for char in f"{one}{COMMA}{other}{STOP}")
        for one, other in found
        if known.issuperset(one + other)
    ]
    held = tuple(rows[::HELD_BACK])
    return Couplets(tokens, tuple(row for at, row in enumerate(rows) if at % HELD_BACK), held)


@cache
def rewards(rule: Rule) -> tuple[tuple[bool, ...], ...]:
    """Whether a couplet is rewarded, by the tokens that its lines end with.

    ``rhyme``: both ends share a group of rhymes, which a character does with itself. ``other_rhyme``: and
    they are two characters.
    """
    known = [groups().get(token, frozenset()) for token in couplets().tokens]
    return tuple(
        tuple(bool(one & other) and (rule == "rhyme" or a != b) for b, other in enumerate(known))
        for a, one in enumerate(known)
    )
