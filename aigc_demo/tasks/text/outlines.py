"""The outlines that a text may be asked for in: which parts it has, whatever the model writes into them.

Knows ``outlines.json`` and one model's tokens. What stands in the parts is the model's, and may be wrong.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from aigc_demo.decoding.outline import Filling, Outline, Spelling
from aigc_demo.documents.quiz import Exercise
from aigc_demo.tasks.text.chat import Chat

_QUESTION = re.compile(
    r"^Question \d+: (.+)\nRight answer: (.+)\nWrong answer: (.+)\nWrong answer: (.+)$", re.MULTILINE
)
RULE = "outline"
"""What a token that had no choice goes by."""


def asked(outline: str, prompt: str) -> str:
    """The request as it is put to the model."""
    ask = _outlines()[outline]["ask"] if outline in _outlines() else ""
    return f"Subject: {prompt}\n\n{ask}" if ask else prompt


class Outlines:
    """The outlines over one model's tokens, each compiled when it is first asked for.

    Args:
        chat: the model's encoder.
        ends: tokens that end a text.
        scores: how many scores the model gives for the next token; None for as many as there are tokens.
    """

    def __init__(self, chat: Chat, ends: Collection[int], scores: int | None = None) -> None:
        self._chat, self._ends, self._scores = chat, ends, scores
        self._spelling = cache(lambda: Spelling(chat.spelled()))
        self._compiled: dict[str, Outline] = {}

    def __call__(self, name: str, begun: str = "") -> tuple[Callable[[], Filling | None], int]:
        """What makes the rules of one run, and how many tokens a text within them may have; 0 without rules.

        ``begun`` is what there is of the text already: one that leaves the outline is free.
        """
        if name not in _outlines():
            return lambda: None, 0
        if name not in self._compiled:
            spelling = self._spelling()
            scores = self._scores or len(spelling.spelled)
            self._compiled[name] = Outline(_notation(name), spelling, scores, self._ends)
        outline = self._compiled[name]
        if not Filling(outline, begun).fits:
            return lambda: None, 0
        return lambda: Filling(outline, begun), outline.tokens


def exercises(outline: str, text: str, seed: int) -> list[dict[str, Any]]:
    """The questions of a quiz, each with its options in an order of the seed's; none of any other text."""
    if outline != "quiz":
        return []
    rng, found = random.Random(seed), []
    for question, *options in _QUESTION.findall(text):
        told = [option.strip().removesuffix(".") for option in options]
        shuffled = tuple(rng.sample(told, len(told)))
        found.append(asdict(Exercise(question, told[0], shuffled)))
    return found


def _notation(name: str) -> str:
    """An outline's text; a part that stands there several times is numbered."""
    return "".join(
        part.replace("{n}", str(number))
        for part, times in _outlines()[name]["parts"]
        for number in range(1, times + 1)
    )


@cache
def _outlines() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("outlines.json").read_text("utf-8"))
    return found
