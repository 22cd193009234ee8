"""What a tune may say next, so that every tune is whole: bars sum, sections close, the length is as wanted.

A state machine over the tokens of :mod:`tokens`, asked before each one (``aigc_demo.decoding.Constraint``).
It knows where in its bar the tune is, how many bars the section and the tune have left, and forbids what
would not fit. It may also keep to a scale, come home at the end, or keep the rhythm of a given tune.

Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from aigc_demo.decoding.sampling import Mask
from aigc_demo.tasks.music.tokens import (
    BEAT,
    ENDS,
    EOS,
    GRID,
    HIGHEST,
    HOLD,
    ID,
    LOWEST,
    MAX_BARS,
    MAX_SECTIONS,
    PICKUPS,
    PITCHES,
    PLAIN,
    REPEATED,
    REST,
    THIRDS,
    WORDS,
    pitch_of,
)
from aigc_demo.tasks.music.tune import TICKS, bar_ticks

SHORTEST_SECTION = 4
"""Sections have at least so many bars, unless the tune itself is too short for that."""


class FolkRules:
    """The rules for one tune.

    Args:
        metre: of the tune.
        bars: how many bars it shall have, without the pickup.
        sections: into how many sections; 0 leaves it open.
        scale: semitones 0..11 above the tonic that may sound; None for all.
        home: whether the tune must end on the tonic, held through the last beat.
        given: tokens that stand already, as if they had been made.
        pickup: whether the tune may begin with one.
        repeats: whether sections may be played twice.
    """

    def __init__(
        self,
        metre: tuple[int, int],
        bars: int,
        sections: int = 0,
        scale: Collection[int] | None = None,
        *,
        home: bool = True,
        given: Iterable[int] = (),
        pickup: bool = True,
        repeats: bool = True,
    ) -> None:
        self._signs = (PLAIN, REPEATED) if repeats else (PLAIN,)
        self._bar, self._home = bar_ticks(metre), home
        self._last_beat = TICKS if metre[1] == 4 else 3 * TICKS // 2
        self._bars_left, self._sections_left = bars, sections
        self._may_pickup = pickup
        self._section_left = 0  # bars of the section not begun yet
        self._where = "start"  # start, sign (of a section), left (bars were said), bar (or pickup), end
        self._place = self._bar
        self._thirds, self._third = 0, 0  # notes of a triplet still to come, and their ticks
        self._pitch: int | None = None  # what sounds and may be held
        self._read = 0
        self._known: dict[tuple[object, ...], Mask] = {}
        self._pitches = [
            pitch for pitch in range(LOWEST, HIGHEST + 1) if scale is None or pitch % 12 in scale
        ]
        for token in given:
            self.take(token)

    @property
    def done(self) -> bool:
        """Whether the tune has ended."""
        return self._where == "end"

    def allowed(self, result: Sequence[int]) -> Mask:
        """Which tokens may come next: (vocabulary,) bool."""
        while self._read < len(result):
            self.take(result[self._read])
            self._read += 1
        state = (
            self._where, self._bars_left, self._section_left, self._sections_left, self._place, self._thirds,
            self._third, self._pitch if self._may_hold else None,
        )  # fmt: skip
        if state not in self._known:
            mask = np.zeros(len(WORDS), bool)
            mask[[ID[word] for word in self._choices()]] = True
            self._known[state] = mask
        return self._known[state]

    def _choices(self) -> list[str]:
        """What may come next."""
        match self._where:
            case "start":
                return [*self._section_signs(), *(self._pickups() if self._may_pickup else [])]
            case "sign":
                return [f"left:{self._bars_left}"]
            case "left":
                return [f"bar:{n}" for n in self._section_sizes()]
            case "bar" if self._place < self._bar:
                return self._events()
            case "bar" if self._section_left:
                return [f"bar:{self._section_left}"]
            case "bar" if self._bars_left:
                return self._section_signs()
        return [EOS]

    def _pickups(self) -> list[str]:
        return [f"pickup:{ticks}" for ticks in PICKUPS if ticks <= self._bar // 2]

    def _section_signs(self) -> list[str]:
        """Signs for the sections that are left; where their number is open, as many as there are bars for."""
        most = max(1, min(MAX_SECTIONS, self._bars_left // SHORTEST_SECTION))
        counts = [self._sections_left] if self._sections_left else range(1, most + 1)
        return [f"{sign}{count}" for sign in self._signs for count in counts]

    def _section_sizes(self) -> list[int]:
        """How long the section that begins may be."""
        left, count = self._bars_left, self._sections_left
        if count == 1:
            return [left]
        least = min(SHORTEST_SECTION, max(1, left // count))
        return list(range(least, left - least * (count - 1) + 1))

    def _events(self) -> list[str]:
        """Notes, rests and what is held, by where they may end."""
        if self._thirds:
            return self._notes([self._place + self._third])
        ends = range(self._place + GRID, self._bar + 1, GRID)
        if self._ending:
            return self._last_events(ends)
        return [*self._notes([*ends, *self._triplets(self._bar)]), *self._others(ends)]

    def _notes(self, ends: Iterable[int]) -> list[str]:
        return [f"{pitch}@{end}" for pitch in self._pitches for end in ends]

    def _others(self, ends: Sequence[int]) -> list[str]:
        """Rests, and what goes on over the bar line."""
        names = (REST, HOLD) if self._may_hold else (REST,)
        return [f"{name}@{end}" for name in names for end in ends]

    def _triplets(self, room: int) -> list[int]:
        """Where the first note of a triplet may end so that its last ends at ``room`` or before."""
        if self._place % BEAT:
            return []
        return [self._place + third for third in THIRDS if self._place + 3 * third <= room]

    @property
    def _may_hold(self) -> bool:
        return self._place == 0 and self._pitch is not None

    @property
    def _ending(self) -> bool:
        """Whether this is the last bar of a tune that must come home."""
        return self._home and not self._bars_left and not self._section_left

    def _last_events(self, ends: Sequence[int]) -> list[str]:
        """As in any bar, but what ends it is the tonic, and the last beat leads nowhere else."""
        *before, bar = ends
        tonics = [f"{pitch}@{bar}" for pitch in self._pitches if pitch % 12 == 0]
        if self._may_hold and self._pitch is not None and self._pitch % 12 == 0:
            tonics.append(f"{HOLD}@{bar}")
        if self._bar - self._place <= self._last_beat:
            return tonics
        return [*tonics, *self._notes([*before, *self._triplets(bar - GRID)]), *self._others(before)]

    def take(self, token: int) -> None:
        """One more token is said."""
        word = WORDS[token]
        if "@" in word:
            self._event(*word.split("@"))
        elif word.startswith("pickup:"):
            self._where, self._place = "bar", self._bar - int(word[7:])
        elif word.startswith((PLAIN, REPEATED)):
            self._where, self._sections_left = "sign", int(word[2:])
        elif word.startswith("left:"):
            self._where = "left"
        elif word.startswith("bar:"):
            self._begin_bar(int(word[4:]))
        elif word == EOS:
            self._where = "end"

    def _begin_bar(self, left: int) -> None:
        if self._where == "left":
            self._sections_left -= 1
            self._bars_left = max(0, self._bars_left - left)
        self._where, self._place, self._section_left = "bar", 0, left - 1

    def _event(self, name: str, end: str) -> None:
        ticks, self._place = int(end) - self._place, int(end)
        if self._thirds:
            self._thirds -= 1
        elif ticks in THIRDS:
            self._thirds, self._third = 2, ticks
        if name == REST or self._third:
            self._pitch = None
        elif name != HOLD:
            self._pitch = int(name)
        if not self._thirds:
            self._third = 0


class SameRhythm:
    """Another tune over the rhythm of a given one: bars, lengths and the first note of each bar stay.

    Every other note may move ``reach`` semitones away from where it was, within ``scale`` (semitones above
    the tonic) where one is given.
    """

    def __init__(self, ids: Sequence[int], scale: Collection[int] | None = None, reach: int = 7) -> None:
        self._ids, self._scale, self._reach = list(ids), scale, reach

    def allowed(self, result: Sequence[int]) -> Mask:
        """Which tokens may come next: (vocabulary,) bool."""
        mask = np.zeros(len(WORDS), bool)
        if len(result) >= len(self._ids):
            mask[ID[EOS]] = True
            return mask
        now = self._ids[len(result)]
        mask[now] = True
        if now in PITCHES and not self._stays(len(result)):
            for up in range(-self._reach, self._reach + 1):
                token = now + up * len(ENDS)
                if token in PITCHES and self._sounds(token):
                    mask[token] = True
        return mask

    def _sounds(self, token: int) -> bool:
        return self._scale is None or pitch_of(token) % 12 in self._scale

    def _stays(self, place: int) -> bool:
        """The first note of a bar, and the last note of the tune."""
        first = place > 0 and WORDS[self._ids[place - 1]].startswith("bar:")
        return first or not any(token in PITCHES for token in self._ids[place + 1 :])


def limit(bars: int, metre: tuple[int, int]) -> int:
    """More tokens than a tune of so many bars can have: the shortest notes, signs and numbers."""
    return (min(bars, MAX_BARS) + 1) * (bar_ticks(metre) // GRID + 1) + 2 * MAX_SECTIONS + 2
