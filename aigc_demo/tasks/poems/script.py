"""Simplified and traditional characters: the model thinks in simplified ones.

Knows OpenCC's tables. No conversion changes the number of characters, so that marks beside characters stay
where they are: a table that would change it is not followed there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from aigc_demo.letters import one_form


@cache
def _converter(table: str) -> Any:
    import opencc

    return opencc.OpenCC(table)


def simplified(text: str) -> str:
    """The text in simplified characters, compatibility forms unified first."""
    return _convert(one_form(text), "t2s")


def traditional(text: str) -> str:
    """A text of simplified characters in traditional ones, by words where a character has several."""
    return _convert(text, "s2t")


def _convert(text: str, table: str) -> str:
    result: str = _converter(table).convert(text)
    if len(result) == len(text):
        return result
    return "".join(one if len(one := _converter(table).convert(char)) == 1 else char for char in text)
