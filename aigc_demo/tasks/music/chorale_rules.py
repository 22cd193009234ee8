"""What four voices may sing next: bars that sum, ranges, no crossing, no parallel fifths and octaves.

A state machine over the tokens of :mod:`chorale_tokens`, asked before each one. A melody may be given: then
the soprano sings it and the others follow. The bass ends on the tonic. Where the rules of voice leading leave
nothing they give way, in the order of :meth:`ChoraleRules._led`; bars, the melody and the end never do.

Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigc_demo.decoding.sampling import Mask
from aigc_demo.tasks.music.chorale_tokens import (
    EOS,
    FERMATA,
    GRID,
    ID,
    LETTERS,
    MAX_BARS,
    RANGES,
    REST,
    VOICES,
    WORDS,
)
from aigc_demo.tasks.music.tune import TICKS, bar_ticks

WIDEST = 12
"""Soprano and alto, alto and tenor are at most so many semitones apart."""

LEAP = 12
UPBEAT = TICKS
"""A composed chorale may begin with an upbeat of a quarter at most."""

LAST_CHORD = TICKS
"""The chorale's last chord lasts at least so long, if a given melody lets it."""

_BASS = len(VOICES) - 1


@dataclass(frozen=True)
class Sung:
    """A note of a given melody: ``pitch`` above the tonic, times in ticks from the beginning."""

    start: int
    ticks: int
    pitch: int


class ChoraleRules:
    """The rules for one chorale.

    Args:
        metre: of the chorale.
        bars: how many it shall have, without the upbeat.
        tonic: the MIDI pitch that 0 stands for: ranges are about real pitches.
        melody: what the soprano sings; nothing leaves it free.
        upbeat: ticks before the first bar of a given melody.
    """

    def __init__(
        self, metre: tuple[int, int], bars: int, tonic: int, melody: Sequence[Sung] = (), upbeat: int = 0
    ) -> None:
        self._bar, self._bars, self._upbeat = bar_ticks(metre), bars, upbeat
        self._inside = [range(low - tonic, high - tonic + 1) for low, high in RANGES]
        self._given = _soprano(melody)
        self._left, self._place = bars + 1, 0  # the bar line that comes next counts self._left - 1
        self._opened = False
        self._voice, self._fermata = 0, False  # the first voice that has not had its turn at this place
        self._before: list[int | None] = [None] * len(VOICES)
        self._now = list(self._before)
        self._first, self._read = True, 0

    def allowed(self, result: Sequence[int]) -> Mask:
        """Which tokens may come next: (vocabulary,) bool."""
        while self._read < len(result):
            self.take(result[self._read])
            self._read += 1
        mask = np.zeros(len(WORDS), bool)
        mask[[ID[word] for word in self._choices()]] = True
        return mask

    # -- form --

    def _choices(self) -> list[str]:
        if not self._opened:
            return self._openings()
        if self._voice == 0:
            signs = [] if self._fermata else [FERMATA]
            if self._time in self._given:
                return [self._given[self._time], *signs]
            if self._fermata:
                return self._sung(0)
            return self._sung_by_any() + ([] if self._given else signs)
        return self._sung_by_any()

    def _openings(self) -> list[str]:
        """The first bar line, or the place of an upbeat before it."""
        line = f"bar:{self._left - 1}"
        if self._given:
            return [f"@{self._bar - self._upbeat}" if self._upbeat else line]
        return [line, *(f"@{place}" for place in range(self._bar - UPBEAT, self._bar, GRID))]

    @property
    def _time(self) -> int:
        """Ticks from the beginning of a given melody."""
        return self._upbeat + (self._bars - self._left) * self._bar + self._place

    def _sung_by_any(self) -> list[str]:
        """What the voices that have not had their turn may begin, or where to go if they all hold."""
        result: list[str] = []
        for voice in range(self._voice, len(VOICES)):
            if voice == 0 and self._given:
                continue  # its notes have times of their own
            result += self._sung(voice)
            if not self._may_hold(voice):
                return result
        return result + self._onward() if self._voice or self._place == 0 else result

    def _onward(self) -> list[str]:
        """Later places of this bar, and the bar line that comes next or the end."""
        result = [f"@{place}" for place in self._later()]
        if self._next_given() < self._bar:
            return result
        if self._left > 1:
            return [*result, f"bar:{self._left - 1}"]
        return [*result, EOS] if self._is_home(self._now[_BASS]) else result

    def _later(self) -> range:
        """Places of this bar where something may begin."""
        last = self._next_given()
        if last == self._bar:
            last -= LAST_CHORD if self._left == 1 else GRID
        return range(self._place + GRID, last + 1, GRID)

    def _next_given(self) -> int:
        """Where in this bar the given melody's next note begins; the bar's length where none does."""
        places = (place for place in range(self._place + GRID, self._bar, GRID))
        return next((p for p in places if self._time + p - self._place in self._given), self._bar)

    # -- voices --

    def _may_hold(self, voice: int) -> bool:
        pitch = self._now[voice]
        if self._first or pitch is None or (voice == _BASS and self._must_end() and not self._is_home(pitch)):
            return False
        return self._in_order(voice, pitch)

    def _must_end(self) -> bool:
        """Whether nothing can begin after this place."""
        return self._left == 1 and not self._later()

    @staticmethod
    def _is_home(pitch: int | None) -> bool:
        return pitch is not None and pitch % 12 == 0

    def _sung(self, voice: int) -> list[str]:
        return [f"{LETTERS[voice]}{pitch}" for pitch in self._led(voice)]

    def _led(self, voice: int) -> Sequence[int]:
        """Pitches for a voice; rules give way from the last: range, order, leaps, parallels."""
        inside: Sequence[int] = self._inside[voice]
        if voice == _BASS and self._must_end():
            inside = [pitch for pitch in inside if self._is_home(pitch)]
        ordered = [pitch for pitch in inside if self._in_order(voice, pitch)]
        near = [pitch for pitch in ordered if not self._leaps(voice, pitch)]
        clean = [pitch for pitch in near if not self._parallel(voice, pitch)]
        return clean or near or ordered or inside

    def _in_order(self, voice: int, pitch: int) -> bool:
        """Below the voice above, and not too far."""
        above = self._now[voice - 1] if voice else None
        if above is None:
            return True
        return 0 <= above - pitch <= WIDEST if voice < _BASS else above >= pitch

    def _leaps(self, voice: int, pitch: int) -> bool:
        """Whether it is more than an octave from where it was."""
        before = self._before[voice]
        return before is not None and abs(pitch - before) > LEAP

    def _parallel(self, voice: int, pitch: int) -> bool:
        """Whether a voice above moves with it from a fifth to a fifth, or from an octave to an octave."""
        before = self._before[voice]
        if before is None or before == pitch:
            return False
        for was, now in zip(self._before[:voice], self._now[:voice], strict=True):
            if was is None or now is None or was == now:
                continue
            apart = (was - before) % 12
            if apart in (0, 7) and (now - pitch) % 12 == apart and (now > was) == (pitch > before):
                return True
        return False

    # -- what was said --

    def take(self, token: int) -> None:
        """One more token is said."""
        word = WORDS[token]
        if word == FERMATA:
            self._fermata = True
        elif word[0] in LETTERS:
            voice = LETTERS.index(word[0])
            self._now[voice] = None if word[1:] == REST else int(word[1:])
            self._voice = voice + 1
        elif word.startswith("bar:"):
            self._left = int(word[4:])
            self._go(0)
        elif word.startswith("@"):
            self._go(int(word[1:]))

    def _go(self, place: int) -> None:
        """Time goes on to a place in the bar."""
        self._first = self._first and self._voice == 0
        self._opened, self._place = True, place
        self._voice, self._fermata = 0, False
        self._before = list(self._now)


def _soprano(melody: Sequence[Sung]) -> dict[int, str]:
    """The words that a melody's times ask for; it rests until its first note and where it has gaps."""
    if not melody:
        return {}
    rests = {0: f"S{REST}"} | {note.start + note.ticks: f"S{REST}" for note in melody[:-1]}
    return rests | {note.start: f"S{note.pitch}" for note in melody}


def limit(bars: int, metre: tuple[int, int]) -> int:
    """More tokens than a chorale of so many bars can have."""
    return (min(bars, MAX_BARS) + 1) * (6 * bar_ticks(metre) // GRID + 1) + 8
