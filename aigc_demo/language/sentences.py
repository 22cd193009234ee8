"""Where sentences end and what words a text has, in Chinese and English.

Knows punctuation, and Chinese words by jieba's dictionary (rjieba). Knows nothing of what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import rjieba

from aigc_demo.letters import one_form

CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{CHINESE}]")
_LATIN = re.compile(r"[A-Za-z]+")
_END = re.compile(r"[。！？!?…；]+[”’」』\"')）]*|\n+|\.+[\"')”’]*(?=\s|$)")
_ABBREVIATED = re.compile(
    r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|e\.g|i\.e|approx|Fig|Inc|Ltd|Co|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sep|Sept|Oct|Nov|Dec)\.$"
)
_WORD = re.compile(rf"[{CHINESE}]+|[^\W_]+(?:['’][^\W_]+)?")
_OWN = re.compile(r"['’]s$")


@dataclass(frozen=True)
class Sentence:
    """A sentence, and where it stands in its text: ``text[start:end]``."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text in order; line breaks end them, abbreviations do not."""
    found, start = [], 0
    for stop in _END.finditer(text):
        if stop[0].startswith(".") and _ABBREVIATED.search(
            text[max(0, stop.start() - 12) : stop.start() + 1]
        ):
            continue
        found += _stripped(text, start, stop.end())
        start = stop.end()
    return found + _stripped(text, start, len(text))


def words(text: str) -> list[str]:
    """The words of a text in order, in small letters, English ones without their plural's s."""
    found: list[str] = []
    for word in _WORD.findall(one_form(text)):
        if _HAN.match(word):
            found += rjieba.cut(word, False)
        else:
            found.append(_stem(word.lower()))
    return found


def language_of(text: str) -> Literal["en", "zh"]:
    """The language that most of a text is in: a Chinese character counts as much as a Latin word."""
    return "zh" if len(_HAN.findall(text)) > len(_LATIN.findall(text)) else "en"


def _stem(word: str) -> str:
    word = _OWN.sub("", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _stripped(text: str, start: int, end: int) -> list[Sentence]:
    """What stands there without the space around it, if anything."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return [Sentence(text[start:end], start, end)] if start < end else []
