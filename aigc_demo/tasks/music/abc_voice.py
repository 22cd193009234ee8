"""One voice of an ABC tune while it is read: where it is, what it has written, what holds for it.

Knows bar lines, endings, broken rhythm, ties and words. Knows nothing of letters or lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from aigc_demo.tasks.music import abc_values as values
from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.abc_values import Key
from aigc_demo.tasks.music.assembly import Line, Sign
from aigc_demo.tasks.music.roadmap import Measure

Place = tuple[str, int]
"""A letter and an octave."""
Carried = dict[Place, tuple[int, ...]]
"""What ties bring to the next notes: of one letter a chord may hold a flat and a natural."""


@dataclass
class Voice:
    """One voice while it is read. Times in quarter notes.

    ``alters`` are the accidentals of this bar, ``carried`` those that ties bring to the next note, ``last``
    the signs before a broken rhythm and how long they take, ``places`` the signs since the last words, each
    with its bar.
    """

    unit: Fraction = Fraction(1, 2)
    metre: tuple[int, int] = (4, 4)
    key: Key = field(default_factory=Key)
    shift: int = 0
    line: Line = field(default_factory=Line)
    now: Fraction = Fraction(0)
    alters: dict[Place, int] = field(default_factory=dict)
    carried: Carried = field(default_factory=dict)
    before_endings: Carried = field(default_factory=dict)
    tuplet: tuple[int, Fraction] = (0, Fraction(1))
    broken: Fraction = Fraction(1)
    last: tuple[int, int, Fraction] | None = None
    places: list[tuple[int, int]] = field(default_factory=list)
    verse: int = 0
    metres: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    exact: limits.Exact = field(default_factory=limits.Exact)

    def __post_init__(self) -> None:
        self.line.measures.append(Measure(Fraction(0)))

    @property
    def bar(self) -> Measure:
        """The bar that is being written."""
        return self.line.measures[-1]

    # -- bars -------------------------------------------------------------------------------------

    def bar_line(self, sign: str, ending: str) -> None:
        """A bar line of any kind, and the numbers of the ending that it opens, if it opens one."""
        left, right = _colons(sign)
        self._close()
        bar, fresh = self.bar, False
        if self.now > bar.start:
            if left:
                bar.times = left + 1
            self._next()
            fresh = True
        elif left and len(self.line.measures) > 1:
            self.line.measures[-2].times = left + 1
        before = self.line.measures[-2].endings if len(self.line.measures) > 1 else frozenset()
        heavy = "||" in sign or "]" in sign or "[" in sign
        if fresh and before and not left and not heavy and not right and not ending:
            self.bar.endings = before  # an ending goes on until something closes it
        if left or heavy or right:
            self.bar.endings = frozenset()
        self.bar.may_open = self.bar.may_open or heavy
        self.bar.opens = self.bar.opens or right > 0
        self.alters = {}
        if ending:
            self.begin_ending(ending)

    def begin_ending(self, numbers: str) -> None:
        """An ending; at the second one the ties are those that led to the first."""
        wanted = values.endings(numbers)
        if not wanted:
            return
        if self.now > self.bar.start:
            self._close()
            self._next()
        if 1 in wanted:
            self.before_endings = self.carried
        else:
            self.carried = self.before_endings
        self.bar.endings = wanted
        self.bar.may_open = False

    def label(self, name: str) -> None:
        """A part of the tune begins here."""
        if self.now > self.bar.start:
            self._close()
            self._next()
        self.bar.part = name

    def finish(self) -> None:
        """The end of the tune: the bar that is open ends; one that nothing is in is none."""
        self._close()
        if self.bar.length == 0:
            self.line.measures.pop()

    def _close(self) -> None:
        self.bar.length = max(Fraction(0), self.now - self.bar.start)

    def _next(self) -> None:
        self.line.measures.append(Measure(self.now))

    # -- notes ------------------------------------------------------------------------------------

    def take(self, multiple: Fraction) -> Fraction:
        """The length of what comes next: its number, a tuplet it is in, a dot before it."""
        left, ratio = self.tuplet
        length = self.exact(self.unit * multiple * (ratio if left else 1) * self.broken)
        self.tuplet = (left - 1, ratio) if left > 1 else (0, Fraction(1))
        self.broken = Fraction(1)
        return length

    def sound(self, pitches: Iterable[tuple[int, bool, bool]], length: Fraction) -> None:
        """Notes that begin together: pitch, whether it was tied to, whether it is tied on."""
        signs, first = self.line.signs, len(self.line.signs)
        signs += [Sign(self.now, length, pitch, (), holds, held) for pitch, held, holds in pitches]
        if self.verse:
            self.places, self.verse = [], 0
        self.places.append((first, len(self.line.measures)))
        self.last = (first, len(signs), length)
        self.now += length

    def rest(self, length: Fraction) -> None:
        """Silence, which a broken rhythm lengthens like a note."""
        self.last = (len(self.line.signs), len(self.line.signs), length)
        self.carried = {}
        self.now += length

    def hold(self) -> None:
        """A tie written apart from its note."""
        if self.last is not None:
            first, stop, _ = self.last
            for index in range(first, stop):
                self.line.signs[index] = self.line.signs[index]._replace(holds=True)

    def break_rhythm(self, signs: str) -> None:
        """``>`` dots what stood before and halves the next; ``<`` the other way round."""
        if self.last is None:
            return
        first, stop, length = self.last
        short = Fraction(1, 2 ** len(signs))
        mine, theirs = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        for index in range(first, stop):
            self.line.signs[index] = self.line.signs[index]._replace(length=self.exact(length * mine))
        self.now += self.exact(length * mine) - length
        self.broken, self.last = theirs, None

    def overlay(self) -> None:
        """``&``: back to the beginning of the bar."""
        self.now, self.alters, self.carried = self.bar.start, {}, {}

    # -- words ------------------------------------------------------------------------------------

    def words(self, syllables: Iterable[str]) -> None:
        """Syllables onto the notes since the last words; a line more of them is the next verse."""
        at = 0
        for syllable in syllables:
            if at >= len(self.places):
                break
            if syllable == "|":
                bar = self.places[at - 1][1] if at else self.places[0][1] - 1
                while at < len(self.places) and self.places[at][1] <= bar:
                    at += 1
                continue
            index = self.places[at][0]
            at += 1
            if syllable not in ("*", "_", "-"):
                sign = self.line.signs[index]
                verses = (*sign.verses, *[""] * (self.verse - len(sign.verses)), syllable)
                self.line.signs[index] = sign._replace(verses=verses)
        self.verse += 1


def _colons(sign: str) -> tuple[int, int]:
    """How many dots stand to the left and to the right of a bar line."""
    if "|" not in sign:
        return len(sign) - len(sign) // 2, len(sign) // 2
    left = len(sign) - len(sign.lstrip(":"))
    right = len(sign) - len(sign.rstrip(":"))
    return left, right
