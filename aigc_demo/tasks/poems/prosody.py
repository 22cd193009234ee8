"""Tones and rhymes of classical Chinese verse, for the four regulated forms.

Knows the rhyme groups of Pingshui (each is level or oblique), which groups a character belongs to, and the
rules that lines obey. Knows nothing of models. Characters are simplified; one that stands for several
traditional ones has the groups of all of them, so a judgement about it may be open.

Rules, for positions 2, 4 (and 6) of a line, where tones count (Wang Li 1958):

* alternation: neighbouring positions of a line differ;
* opposition: the two lines of a couplet differ at each position;
* adhesion: the second position of a couplet's first line agrees with that of the line before it;
* rhyme: the last characters of even lines share one group, which is level in regulated verse.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from aigc_demo.settings import ASSETS

Tone = Literal["level", "oblique"]
Rule = Literal["rhyme", "level", "opposition", "alternation", "adhesion"]
RULES: tuple[Rule, ...] = ("rhyme", "level", "opposition", "alternation", "adhesion")

RHYMES = ASSETS / "models" / "shigpt" / "rhymes.json"


@dataclass(frozen=True)
class Form:
    """A regulated form: so many lines of so many characters."""

    name: str
    lines: int
    length: int

    @property
    def positions(self) -> tuple[int, ...]:
        """Where tones count, from 0."""
        return (1, 3) if self.length == 5 else (1, 3, 5)


FORMS = {
    form.name: form
    for form in (Form("五绝", 4, 5), Form("七绝", 4, 7), Form("五律", 8, 5), Form("七律", 8, 7))
}


@dataclass(frozen=True)
class Group:
    """One rhyme group, by the character it is known by (东, 冬, 江 ...)."""

    name: str
    tone: Tone


@dataclass(frozen=True)
class Prosody:
    """The rhyme groups and the groups of each character, by number."""

    groups: tuple[Group, ...]
    of: dict[str, frozenset[int]]

    def tone(self, char: str) -> Tone | None:
        """Level or oblique; None where the character is unknown or may be either."""
        tones = {self.groups[i].tone for i in self.of.get(char, ())}
        return tones.pop() if len(tones) == 1 else None

    def shared(self, chars: Sequence[str]) -> frozenset[int]:
        """The groups that all known characters among these share; empty where they do not rhyme."""
        known = [self.of[c] for c in chars if c in self.of]
        return frozenset.intersection(*known) if known else frozenset()


@cache
def load(path: Path = RHYMES) -> Prosody:
    """The tables that ship with the poem model."""
    data = json.loads(path.read_text("utf-8"))
    groups = tuple(Group(name, tone) for name, tone in data["groups"])
    return Prosody(groups, {char: frozenset(numbers) for char, numbers in data["chars"].items()})


@dataclass(frozen=True)
class Verdict:
    """One application of a rule: which rule, the places (line, position) it looked at, whether it holds."""

    rule: Rule
    places: tuple[tuple[int, int], ...]
    holds: bool


def pattern(form: Form, start: Tone) -> list[dict[int, Tone]]:
    """The tone of each counting position, line by line, of a poem whose second character is ``start``.

    Within a line tones alternate, within a couplet they are opposed, couplets adhere.
    """
    other: dict[Tone, Tone] = {"level": "oblique", "oblique": "level"}
    rows: list[dict[int, Tone]] = []
    for row in range(form.lines):
        first = start if row % 4 in (0, 3) else other[start]
        rows.append({place: other[first] if place % 4 == 3 else first for place in form.positions})
    return rows


def judge(lines: Sequence[str], prosody: Prosody) -> list[Verdict]:
    """Every application of every rule to a poem; where a tone is open the rule says nothing.

    The first rhyme-word decides nothing alone: the group is the one that all rhyme-words share.
    """
    last = len(lines[0]) - 1
    found = [*_rhymes(lines, last, prosody)]
    tones = [[prosody.tone(char) for char in line] for line in lines]
    positions = range(1, last, 2)

    def compare(rule: Rule, a: tuple[int, int], b: tuple[int, int], equal: bool) -> None:
        first, second = tones[a[0]][a[1]], tones[b[0]][b[1]]
        if first and second:
            found.append(Verdict(rule, (a, b), (first == second) is equal))

    for row in range(len(lines)):
        for left, right in zip(positions, list(positions)[1:], strict=False):
            compare("alternation", (row, left), (row, right), False)
        if row % 2 == 1:
            for column in positions:
                compare("opposition", (row - 1, column), (row, column), False)
        elif row > 0:
            compare("adhesion", (row - 1, 1), (row, 1), True)
    return found


def _rhymes(lines: Sequence[str], last: int, prosody: Prosody) -> list[Verdict]:
    ends = [(row, last) for row in range(1, len(lines), 2)]
    words = [lines[row][column] for row, column in ends]
    if sum(word in prosody.of for word in words) < 2:
        return []
    found = [Verdict("rhyme", tuple(ends), bool(prosody.shared(words)))]
    for place, word in zip(ends, words, strict=True):
        if tone := prosody.tone(word):
            found.append(Verdict("level", (place,), tone == "level"))
    return found
