"""One voice of an ABC tune while it is read: where it is, what it has sung, what it will sing again.

Knows bar lines, endings and broken rhythm. Knows nothing of letters or lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.score import Note, Repeat


@dataclass
class Voice:
    """One voice while it is read. Times in quarter notes.

    ``section`` is when what an ending repeats began, ``before`` how many notes and chords there were by then.
    """

    name: str = ""
    program: int = 0
    percussion: bool = False
    now: Fraction = Fraction(0)
    bar_at: Fraction = Fraction(0)
    bars: list[Fraction] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    accidentals: dict[tuple[str, int], int] = field(default_factory=dict)
    tied: dict[int, int] = field(default_factory=dict)
    tuplet: tuple[int, Fraction] = (0, Fraction(1))
    broken: Fraction = Fraction(1)
    section: Fraction = Fraction(0)
    before: tuple[int, int] = (0, 0)
    ending: Fraction | None = None
    repeats: list[tuple[Fraction, Fraction, int]] = field(default_factory=list)
    chords: list[tuple[Fraction, str]] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    last: tuple[int, Fraction] | None = None

    def bar_line(self, sign: str, ending: str) -> None:
        """A bar line of any kind, and the number of the ending that it opens, if it opens one."""
        left, right = sign.count(":"), 0
        if "|" in sign:
            left, right = sign.index("|"), sign[sign.index("|") :].count(":")
        elif sign.startswith("::"):
            left, right = len(sign) - len(sign) // 2, len(sign) // 2
        if self.now > self.bar_at or not self.bars:
            self.bars.append(self.now)
        self.bar_at, self.accidentals = self.now, {}
        if left and self.now > self.section and self.ending is None:
            self.repeats.append((self.section, self.now, left + 1))
            self._begin_section()
        if right or (not left and self.ending is not None and "]" in sign):
            self._begin_section()
            self.ending = None
        if ending:
            self.begin_ending(ending)

    def begin_ending(self, number: str) -> None:
        """An ending: before the second one the section is played again, which is written out here.

        Raises UserError where that makes too many notes.
        """
        if number == "1":
            self.ending = self.now
        elif self.ending is not None:
            begin, stop = self.section, self.ending
            shift, (notes, chords) = self.now - begin, self.before
            again = [n for n in self.notes[notes:] if begin <= n.start < stop]
            limits.check_notes(len(self.notes) + len(again))
            self.notes += [replace(n, start=n.start + shift) for n in again]
            self.chords += [(at + shift, name) for at, name in self.chords[chords:] if begin <= at < stop]
            self.now += stop - begin
            self.bar_at = self.now
            self._begin_section()
            self.ending = None

    def break_rhythm(self, signs: str) -> None:
        """``>`` dots the note before and halves the next; ``<`` the other way round."""
        if self.last is None:
            return
        first, length = self.last
        short = Fraction(1, 2 ** len(signs))
        mine, theirs = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        for index in range(first, len(self.notes)):
            self.notes[index] = replace(self.notes[index], length=length * mine)
        self.now += length * mine - length
        self.broken, self.last = theirs, None

    def repeats_on_bars(self, pickup: Fraction, bar: Fraction) -> tuple[Repeat, ...]:
        """The repeats that fall on bars; one from the very beginning leaves the pickup out."""
        kept = []
        for begin, stop, times in self.repeats:
            first = (max(begin, pickup) - pickup) / bar
            last = (stop - pickup) / bar
            if first.denominator == last.denominator == 1 and last > first and 2 <= times <= 4:
                kept.append(Repeat(int(first), int(last) - 1, times))
        return tuple(kept)

    def _begin_section(self) -> None:
        self.section, self.before = self.now, (len(self.notes), len(self.chords))
