"""Exercises whose answers are exact: sums, and lines of Tang poems.

Knows the poems that come along (public domain). The same seed gives the same sheet.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aigc_demo.settings import ASSETS

GAP = "____"
_STOPS = re.compile("[，。！？；]")


@dataclass(frozen=True)
class Exercise:
    """A question and its answer."""

    question: str
    answer: str


def exercises(kind: str, count: int, seed: int) -> list[Exercise]:
    """So many different exercises of a kind: ``arithmetic``, ``next_line`` or ``cloze``."""
    rng = random.Random(seed)
    source = {"arithmetic": _sums, "next_line": _next_lines, "cloze": _gaps}[kind](rng)
    found: dict[str, Exercise] = {}
    for one in source:
        found.setdefault(one.question, one)
        if len(found) == count:
            break
    return list(found.values())


def _sums(rng: random.Random) -> Iterator[Exercise]:
    while True:
        first, second = rng.randint(2, 99), rng.randint(2, 20)
        match rng.choice("+-×÷"):
            case "+":
                yield Exercise(f"{first} + {second} = {GAP}", str(first + second))
            case "-":
                yield Exercise(f"{first + second} − {second} = {GAP}", str(first))
            case "×":
                yield Exercise(f"{first} × {second} = {GAP}", str(first * second))
            case _:
                yield Exercise(f"{first * second} ÷ {second} = {GAP}", str(first))


def _next_lines(rng: random.Random) -> Iterator[Exercise]:
    for first, second in _couplets(rng):
        yield Exercise(f"{first}，{GAP}。", second)


def _gaps(rng: random.Random) -> Iterator[Exercise]:
    for first, second in _couplets(rng):
        at = rng.randrange(len(second))
        yield Exercise(f"{first}，{second[:at]}（ ）{second[at + 1 :]}。", second[at])


def _couplets(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Pairs of lines that belong together, from poems drawn one after another."""
    while True:
        lines = [line for line in _STOPS.split(rng.choice(_poems())) if line]
        at = 2 * rng.randrange(max(1, len(lines) // 2))
        if at + 1 < len(lines) and len(lines[at]) == len(lines[at + 1]):
            yield lines[at], lines[at + 1]


@cache
def _poems() -> tuple[str, ...]:
    return tuple((ASSETS / "data" / "tang" / "poems.txt").read_text("utf-8").splitlines())
