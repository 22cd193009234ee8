"""Exercises whose answers are exact: sums, well-known Tang couplets, their authors, rhymes and tones.

Knows the couplets beside it (public domain) and the medieval rhyme book that the poem model comes with. The
same seed and the same mistakes give the same sheet.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from aigc_demo import i18n
from aigc_demo.documents.quiz import Exercise
from aigc_demo.settings import ASSETS
from aigc_demo.types import Language

GAP = "____"
CHOICES = 4
DRAWN = 3000
"""Exercises that are drawn at most to find those that train what was missed."""
AGAIN = 2 / 3
"""The share of a sheet that trains what was missed."""


@dataclass(frozen=True)
class Couplet:
    """Two lines that belong together, and where they stand."""

    first: str
    second: str
    title: str
    author: str

    @property
    def source(self) -> str:
        """Behind a question."""
        return f"（{self.author}《{self.title}》）"


def exercises(
    kind: str, count: int, seed: int, language: Language = "zh", missed: Collection[str] = ()
) -> list[Exercise]:
    """So many different exercises of a kind.

    Args:
        kind: ``arithmetic``, ``next_line``, ``cloze``, ``author``, ``rhyme`` or ``tones``.
        count: how many; fewer where there are not so many.
        seed: which.
        language: of the questions.
        missed: the skills of exercises that went wrong; most of the sheet trains them.
    """
    source = _different(_KINDS[kind](random.Random(seed), language))
    if not missed:
        return list(islice(source, count))
    drawn = list(islice(source, DRAWN))
    again = _again(drawn, missed, max(1, round(AGAIN * count)))
    rest = [one for one in drawn if one not in again and one.skill not in missed]
    sheet = [*again, *rest[: count - len(again)]]
    random.Random(seed).shuffle(sheet)
    return sheet


def _different(source: Iterator[Exercise]) -> Iterator[Exercise]:
    """Each question once; all of a kind may be fewer than are asked for."""
    seen: set[str] = set()
    for one in islice(source, DRAWN):
        if one.question not in seen:
            seen.add(one.question)
            yield one


def _again(drawn: list[Exercise], missed: Collection[str], most: int) -> list[Exercise]:
    """Of what was missed equally many of each skill."""
    each, had = -(-most // len(missed)), Counter[str]()
    found: list[Exercise] = []
    for one in drawn:
        if one.skill in missed and had[one.skill] < each and len(found) < most:
            had[one.skill] += 1
            found.append(one)
    return found


def _sums(rng: random.Random, _: Language) -> Iterator[Exercise]:
    while True:
        first, second = rng.randint(2, 99), rng.randint(2, 20)
        sign = rng.choice("+−×÷")
        match sign:
            case "+":
                yield Exercise(f"{first} + {second} = {GAP}", str(first + second), skill=sign)
            case "−":
                yield Exercise(f"{first + second} − {second} = {GAP}", str(first), skill=sign)
            case "×":
                yield Exercise(f"{first} × {second} = {GAP}", str(first * second), skill=sign)
            case _:
                yield Exercise(f"{first * second} ÷ {second} = {GAP}", str(first), skill=sign)


def _next_lines(rng: random.Random, _: Language) -> Iterator[Exercise]:
    for one in _drawn(rng):
        yield Exercise(f"{one.first}，{GAP}。{one.source}", one.second, skill=one.first)


def _gaps(rng: random.Random, _: Language) -> Iterator[Exercise]:
    for one in _drawn(rng):
        at, line = rng.randrange(len(one.second)), one.second
        question = f"{one.first}，{line[:at]}（ ）{line[at + 1 :]}。{one.source}"
        yield Exercise(question, line[at], skill=one.first)


def _authors(rng: random.Random, language: Language) -> Iterator[Exercise]:
    everybody = sorted({one.author for one in couplets()})
    for one in _drawn(rng):
        others = rng.sample([name for name in everybody if name != one.author], CHOICES - 1)
        question = i18n.t("text.exercise.ask.author", language, line=f"{one.first}，{one.second}")
        yield Exercise(question, one.author, _shuffled(rng, one.author, others), one.author)


def _rhymes(rng: random.Random, language: Language) -> Iterator[Exercise]:
    """Characters that end lines: one that shares a level rhyme with the one asked about, others of none."""
    book = _book()
    ends = sorted({one.second[-1] for one in couplets() if len(book.get(one.second[-1], ())) == 1})
    pairs = [
        (one, two) for one in ends for two in ends if one != two and book[one] == book[two] and _level(one)
    ]
    while True:
        char, answer = rng.choice(pairs)
        others = rng.sample([one for one in ends if book[one] != book[char]], CHOICES - 1)
        question = i18n.t("text.exercise.ask.rhyme", language, char=char)
        yield Exercise(question, answer, _shuffled(rng, answer, others), book[char][0][0])


def _tones(rng: random.Random, language: Language) -> Iterator[Exercise]:
    names = {tone: i18n.t(f"text.exercise.{tone}", language) for tone in ("level", "oblique")}
    for one in _drawn(rng):
        char = rng.choice(one.second)
        tones = {tone for _, tone in _book().get(char, ())}
        if len(tones) == 1:
            question = i18n.t("text.exercise.ask.tones", language, char=char, line=one.second)
            yield Exercise(question, names[tones.pop()], tuple(names.values()), char)


_KINDS: Mapping[str, Callable[[random.Random, Language], Iterator[Exercise]]] = {
    "arithmetic": _sums,
    "next_line": _next_lines,
    "cloze": _gaps,
    "author": _authors,
    "rhyme": _rhymes,
    "tones": _tones,
}


def _shuffled(rng: random.Random, answer: str, others: list[str]) -> tuple[str, ...]:
    options = [answer, *others]
    rng.shuffle(options)
    return tuple(options)


def _drawn(rng: random.Random) -> Iterator[Couplet]:
    """Couplets over and over, each once before any comes again."""
    while True:
        yield from rng.sample(couplets(), len(couplets()))


@cache
def couplets() -> tuple[Couplet, ...]:
    """The couplets that exercises are about."""
    lines = Path(__file__).with_name("couplets.txt").read_text("utf-8").splitlines()
    return tuple(Couplet(*line.split("|")) for line in lines)


def _level(char: str) -> bool:
    return _book()[char][0][1] == "level"


@cache
def _book() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The rhyme groups of each character, as name and tone (平水韵)."""
    data = json.loads((ASSETS / "models" / "shigpt" / "rhymes.json").read_text("utf-8"))
    return {char: tuple(tuple(data["groups"][n]) for n in of) for char, of in data["chars"].items()}
