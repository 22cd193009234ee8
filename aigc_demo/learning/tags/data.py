"""Sentences with tagged names, made from patterns: the names of what is held back are never learnt from.

Knows the patterns beside it and how a sentence is cut into tokens: Chinese by characters, English by words
and signs. A tag is ``O``, or ``B-`` (where a name begins) or ``I-`` (inside it) before its kind.
Such sentences are easier than real ones and fit for looking on, not for use.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "zh"]
KINDS = ("PER", "LOC", "ORG")
TAGS = ("O", *(f"{begin}-{kind}" for kind in KINDS for begin in "BI"))
LEARNT, HELD = 2000, 400
LICENCE = "made from patterns by this app (Apache-2.0)"

_SLOT = re.compile(r"\{([A-Z]+(?:\.[a-z]+)?)\}")
_WORDS = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Tagged:
    """A sentence: tokens and as many tags."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class TagSet:
    """Sentences to learn from and sentences held back, in one language."""

    language: Language
    learnt: tuple[Tagged, ...]
    held: tuple[Tagged, ...]


@cache
def sentences(language: Language) -> TagSet:
    """Two thousand and four hundred, the same each time."""
    patterns = json.loads(Path(__file__).with_name("patterns.json").read_text("utf-8"))[language]
    sides = [_Maker(patterns, language, side) for side in (0, 1)]
    learnt, held = (
        tuple(maker.sentence() for _ in range(count))
        for maker, count in zip(sides, (LEARNT, HELD), strict=True)
    )
    return TagSet(language, learnt, held)


def cut(text: str, language: Language) -> list[str]:
    """A text as tokens."""
    if language == "zh":
        return [char for char in text if not char.isspace()]
    return _WORDS.findall(text)


class _Maker:
    """Fills patterns with the names of one side: one in four is for what is held back."""

    def __init__(self, patterns: Mapping[str, Any], language: Language, side: int) -> None:
        self._patterns, self._language = patterns, language
        self._rng = random.Random(f"{language} {side}")
        self._names = {
            # By the word itself: one that is the name of a person and of a place is on the same side as both.
            name: [
                one for one in words.split() if (zlib.crc32(f"name {one}".encode()) % 4 == 3) == bool(side)
            ]
            for name, words in patterns.items()
            if isinstance(words, str)
        }

    def sentence(self) -> Tagged:
        """One sentence."""
        tokens: list[str] = []
        tags: list[str] = []
        pattern = self._rng.choice(self._patterns["sentences"])
        for place, part in enumerate(_SLOT.split(pattern)):
            said = cut(self._name(part) if place % 2 else part, self._language)
            tokens += said
            tags += [f"{'I' if number else 'B'}-{part}" if place % 2 else "O" for number in range(len(said))]
        return Tagged(tuple(tokens), tuple(tags))

    def _name(self, kind: str) -> str:
        """A name of a kind, of parts that may be names themselves."""
        if kind in self._names and (kind != "LOC" or self._rng.random() < 0.5):
            return self._rng.choice(self._names[kind])
        if kind not in KINDS:
            return self._rng.choice(self._names[kind])
        form: str = self._rng.choice(self._patterns[f"{kind}.wrap"])
        return _SLOT.sub(lambda found: self._rng.choice(self._names[found[1]]), form)


def spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Names in a row of tags: kind, first token, the one after the last.

    As seqeval's default reading: a name that begins with ``I-`` is one too.
    """
    found: list[tuple[str, int, int]] = []
    kind, first = "", 0
    for place, tag in enumerate((*tags, "O")):
        begin, _, now = tag.partition("-")
        if kind and (begin != "I" or now != kind):
            found.append((kind, first, place))
            kind = ""
        if now and not kind:
            kind, first = now, place
    return found
