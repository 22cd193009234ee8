"""Simplified and traditional characters: the model thinks in simplified ones.

Knows OpenCC's tables. No conversion changes the number of characters, so that marks beside characters stay
where they are: a table that would change it is not followed there.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from aigc_demo.letters import one_form

_IN_VERSE = tuple(
    (re.compile(pattern), char)
    for pattern, char in (
        (r"征(?!求|召|兆|候|收)(?<!特征)(?<!象征)", "征"),
        (r"欲", "欲"),
        (r"钟(?!情|爱|灵|秀|聚)(?<!龙钟)(?<!千钟)(?<!万钟)", "鐘"),
        (r"余(?=[亦独心幼在既虽为与欲之生见闻尝怀将岂何])", "余"),
        (r"系(?=[舟马船缆船日春之])|(?<=[空自不长暂独难])系", "繫"),
        (r"凄", "淒"),
    )
)
"""Characters that OpenCC's tables, made for prose of today, give another old form than verse has."""


@cache
def _converter(table: str) -> Any:
    import opencc

    return opencc.OpenCC(table)


def simplified(text: str) -> str:
    """The text in simplified characters, compatibility forms unified first."""
    return _convert(one_form(text), "t2s")


def traditional(text: str) -> str:
    """A text of simplified characters in traditional ones, by words where a character has several."""
    converted = list(_convert(text, "s2t"))
    for pattern, char in _IN_VERSE:
        for found in pattern.finditer(text):
            converted[found.start()] = char
    return "".join(converted)


def _convert(text: str, table: str) -> str:
    result: str = _converter(table).convert(text)
    if len(result) == len(text):
        return result
    return "".join(one if len(one := _converter(table).convert(char)) == 1 else char for char in text)
