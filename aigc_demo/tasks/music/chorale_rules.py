"""What four voices may sing next: bars that sum, ranges, no crossing, no parallel fifths and octaves.

A state machine over the tokens of :mod:`chorale_tokens`, asked before each one. A melody may be given: then
the soprano sings it and the others follow. Where the rules of voice leading leave nothing they give way, in
the order of :meth:`ChoraleRules._led`; bars and the melody never do.

Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_demo.tasks.music.chorale_tokens import (
    DEFAULT_LENGTH,
    EOS,
    FERMATA,
    HOLD,
    ID,
    LENGTHS,
    MAX_BARS,
    PITCHES,
    REST,
    VOICES,
    WORDS,
)
from aigc_demo.tasks.music.tune import bar_ticks

RANGES = ((59, 81), (52, 76), (47, 70), (36, 64))
"""Lowest and highest MIDI pitch of soprano, alto, tenor and bass, a little beyond Bach's usual."""

WIDEST = 12
"""Soprano and alto, alto and tenor are at most so many semitones apart."""

LEAP = 12
UPBEAT = 24
"""A composed chorale may begin with an upbeat of a quarter at most."""


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
        strict: whether voice leading is watched too, beyond form.
    """

    def __init__(
        self,
        metre: tuple[int, int],
        bars: int,
        tonic: int,
        melody: Sequence[Sung] = (),
        upbeat: int = 0,
        *,
        strict: bool = True,
    ) -> None:
        self._bar, self._bars, self._tonic, self._strict = bar_ticks(metre), bars, tonic, strict
        self._melody = {note.start: note for note in melody}
        self._edges = sorted({n.start for n in melody} | {n.start + n.ticks for n in melody})
        self._given = bool(melody)
        self._now, self._room = 0, upbeat if melody else UPBEAT
        self._left = bars + 1  # the bar line that comes next counts self._left - 1
        self._length, self._said_length, self._fermata = DEFAULT_LENGTH, False, False
        self._sounding: list[int | None] = [None] * len(VOICES)
        self._cut: list[str] = []
        self._done, self._read = False, 0

    @property
    def done(self) -> bool:
        """Whether the chorale has ended."""
        return self._done

    def allowed(self, made: Sequence[int]) -> Tensor:
        """Which tokens may come next: (vocabulary,) bool."""
        while self._read < len(made):
            self.take(made[self._read])
            self._read += 1
        mask = torch.zeros(len(WORDS), dtype=torch.bool)
        mask[self._choices()] = True
        return mask

    # -- form --

    def _choices(self) -> list[int]:
        voice = len(self._cut)
        if voice:
            return self._voice(voice)
        begun = self._said_length or self._fermata
        if self._room == 0:
            return [self._line()]
        made = [] if begun or not self._may_open() else [self._line()]
        longest = self._longest()
        if self._length <= longest:
            made += self._voice(0)
            made += [] if self._fermata else [ID[FERMATA]]
        if not begun:
            made += [ID[f"={n}"] for n in LENGTHS if n <= longest and n != self._length]
        return made

    def _may_open(self) -> bool:
        """Before the first bar line, which may come after any upbeat or none."""
        return self._left == self._bars + 1 and not self._given

    def _line(self) -> int:
        """The bar line that comes next, or the end."""
        return ID[f"bar:{self._left - 1}"] if self._left > 1 else ID[EOS]

    def _longest(self) -> int:
        """How long a cut may be from here."""
        following = [edge - self._now for edge in self._edges if edge > self._now]
        return min([self._room, *following[:1]])

    @property
    def _last(self) -> bool:
        """Whether this cut is the last of all."""
        return self._left == 1 and self._room == self._length

    # -- voices --

    def _voice(self, voice: int) -> list[int]:
        if voice == 0 and self._given:
            return [self._melody_token()]
        sounding = self._sounding[voice]
        held = sounding is not None and (not self._strict or self._in_order(voice, sounding))
        silent = all(word == HOLD for word in self._cut) and voice == len(VOICES) - 1
        fresh = self._now_in_bar() == 0
        hold = [ID[HOLD]] if held and not (silent and not fresh) and not self._must_come_home(voice) else []
        return self._led(voice) + hold

    def _melody_token(self) -> int:
        note = self._melody.get(self._now)
        if note is not None:
            return ID[f"{note.pitch}"]
        sounding = any(n.start < self._now < n.start + n.ticks for n in self._melody.values())
        return ID[HOLD] if sounding else ID[REST]

    def _now_in_bar(self) -> int:
        return self._bar - self._room

    def _must_come_home(self, voice: int) -> bool:
        """Whether a held note would end the chorale elsewhere than on the tonic in the bass."""
        sounding = self._sounding[voice]
        return voice == len(VOICES) - 1 and self._last and sounding is not None and sounding % 12 != 0

    def _led(self, voice: int) -> list[int]:
        """Pitches for a voice; rules give way from the last: range, order, leaps, parallels."""
        low, high = RANGES[voice]
        inside = [t for t in PITCHES if low <= int(WORDS[t]) + self._tonic <= high]
        if voice == len(VOICES) - 1 and self._last:
            inside = [t for t in inside if int(WORDS[t]) % 12 == 0] or inside
        if not self._strict:
            return inside
        ordered = [t for t in inside if self._in_order(voice, int(WORDS[t]))]
        near = [t for t in ordered if not self._leaps(voice, int(WORDS[t]))]
        clean = [t for t in near if not self._parallel(voice, int(WORDS[t]))]
        return clean or near or ordered or inside

    def _above(self, voice: int) -> list[int | None]:
        """What the voices above sing in this cut."""
        return [
            self._sounding[v] if said == HOLD else None if said == REST else int(said)
            for v, said in enumerate(self._cut[:voice])
        ]

    def _in_order(self, voice: int, pitch: int) -> bool:
        """Below the voice above, and not too far."""
        above = self._above(voice)
        if not above or above[-1] is None:
            return True
        apart = above[-1] - pitch
        return 0 <= apart <= WIDEST if voice < len(VOICES) - 1 else apart >= 0

    def _leaps(self, voice: int, pitch: int) -> bool:
        """Whether it is more than an octave from where it was."""
        before = self._sounding[voice]
        return before is not None and abs(pitch - before) > LEAP

    def _parallel(self, voice: int, pitch: int) -> bool:
        """Whether a voice above moves with it from a fifth to a fifth, or from an octave to an octave."""
        before = self._sounding[voice]
        if before is None or before == pitch:
            return False
        for other, now in enumerate(self._above(voice)):
            was = self._sounding[other]
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
        if word == EOS:
            self._done = True
        elif word.startswith("bar:"):
            self._left, self._room = int(word[4:]), self._bar
        elif word.startswith("="):
            self._length, self._said_length = int(word[1:]), True
        elif word == FERMATA:
            self._fermata = True
        else:
            self._cut.append(word)
            if len(self._cut) == len(VOICES):
                self._close()

    def _close(self) -> None:
        """The cut is complete: time goes on."""
        self._sounding = self._above(len(VOICES))
        self._cut, self._said_length, self._fermata = [], False, False
        self._now += self._length
        self._room -= self._length


def limit(bars: int, metre: tuple[int, int]) -> int:
    """More tokens than a chorale of so many bars can have."""
    return (min(bars, MAX_BARS) + 1) * (6 * bar_ticks(metre) // min(LENGTHS) + 1) + 8
