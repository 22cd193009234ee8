"""What a tune may say next, so that every tune is whole: bars sum, sections close, the length is as wanted.

A state machine over the tokens of :mod:`tokens`, asked before each one (``aigc_demo.decoding.Constraint``).
It knows how much room the bar has, how many bars the section and the tune have left, and forbids what would
not fit. It may also keep to a scale, come home at the end, or keep the rhythm of a given tune.

Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import torch
from torch import Tensor

from aigc_demo.tasks.music.tokens import (
    DEFAULT_LENGTH,
    EOS,
    HOLD,
    ID,
    LENGTHS,
    MAX_BARS,
    PICKUP,
    PITCHES,
    PLAIN,
    REPEATED,
    REST,
    TRIPLETS,
    WORDS,
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
        self._signs = [ID[PLAIN], ID[REPEATED]] if repeats else [ID[PLAIN]]
        self._bar, self._scale, self._home = bar_ticks(metre), scale, home
        self._last_beat = TICKS if metre[1] == 4 else 3 * TICKS // 2
        self._bars_left, self._sections_left = bars, sections
        self._may_pickup = pickup
        self._section_left = 0  # bars of the section not begun yet
        self._where = "start"  # start, pickup, section (a sign was said), bar, end
        self._room, self._length = 0, DEFAULT_LENGTH
        self._three, self._three_ticks = 0, 0  # notes of a triplet still to come
        self._length_said = False
        self._may_hold, self._pitch = False, 0  # whether a note sounds that may go on, and which
        self._read = 0
        self._known: dict[tuple[object, ...], Tensor] = {}
        self._pitches = [t for t in PITCHES if scale is None or int(WORDS[t]) % 12 in scale]
        self._tonics = [t for t in self._pitches if int(WORDS[t]) % 12 == 0]
        for token in given:
            self.take(token)

    @property
    def done(self) -> bool:
        """Whether the tune has ended."""
        return self._where == "end"

    def allowed(self, made: Sequence[int]) -> Tensor:
        """Which tokens may come next: (vocabulary,) bool."""
        while self._read < len(made):
            self.take(made[self._read])
            self._read += 1
        state = (
            self._where, self._bars_left, self._section_left, self._sections_left, self._room, self._length,
            self._three, self._length_said, self._may_hold, self._pitch % 12,
        )  # fmt: skip
        if state not in self._known:
            mask = torch.zeros(len(WORDS), dtype=torch.bool)
            mask[self._choices()] = True
            self._known[state] = mask
        return self._known[state]

    def _choices(self) -> list[int]:
        """Ids of what may come next."""
        match self._where:
            case "start":
                return [*self._signs, *([ID[PICKUP]] if self._may_pickup else [])]
            case "pickup":
                signs = self._signs if self._room < self._bar // 2 and not self._busy else []
                return [*signs, *self._events()]
            case "section":
                return [ID[f"bar:{n}"] for n in self._section_sizes()]
            case "bar" if self._room:
                return self._events()
            case "bar" if self._section_left:
                return [ID[f"bar:{self._section_left}"]]
            case "bar" if self._bars_left:
                return self._signs
        return [ID[EOS]]

    @property
    def _busy(self) -> bool:
        return bool(self._three) or self._length_said

    def _section_sizes(self) -> list[int]:
        """How long the section that begins may be."""
        left, after = self._bars_left, self._sections_left - 1
        if after == 0:
            return [left]
        least = min(SHORTEST_SECTION, max(1, left // max(1, self._sections_left)))
        if after > 0:
            return list(range(least, left - least * after + 1))
        return [n for n in range(1, left + 1) if n == left or (n >= least and left - n >= least)]

    def _events(self) -> list[int]:
        """Notes, rests and lengths that the bar has room for."""
        if self._three:
            return self._pitches
        if self._closing:
            return self._close()
        made: list[int] = []
        if self._ending and self._length == self._room:
            made += self._tonics_or_hold()
        elif self._length <= self._room:
            made += [*self._pitches, ID[REST], *([ID[HOLD]] if self._may_hold else [])]
        if not self._length_said:
            made += [ID[f"={n}"] for n in LENGTHS if n <= self._room and n != self._length]
            made += [ID[f"3:{n}"] for n in TRIPLETS if n <= self._room and not self._ends_in_three(n)]
        return made

    @property
    def _ending(self) -> bool:
        """Whether this is the last bar of a tune that must come home."""
        return self._home and self._where == "bar" and not self._bars_left and not self._section_left

    @property
    def _closing(self) -> bool:
        """Whether what comes must be the end: the last beat is for the last note, and leads nowhere."""
        return self._ending and self._room <= self._last_beat and self._room in LENGTHS

    def _ends_in_three(self, ticks: int) -> bool:
        return self._ending and ticks == self._room

    def _close(self) -> list[int]:
        """The tonic to the end of the bar, going on where it sounds already."""
        if self._length != self._room:
            return [ID[f"={self._room}"]]
        return self._tonics_or_hold()

    def _tonics_or_hold(self) -> list[int]:
        at_home = self._may_hold and self._pitch % 12 == 0
        return [ID[HOLD]] if at_home else self._tonics

    def take(self, token: int) -> None:
        """One more token is said."""
        word = WORDS[token]
        if word == PICKUP:
            self._where, self._room = "pickup", self._bar // 2
        elif word in (PLAIN, REPEATED):
            self._where = "section"
        elif word.startswith("bar:"):
            self._begin_bar(int(word[4:]))
        elif word.startswith("="):
            self._length, self._length_said = int(word[1:]), True
        elif word.startswith("3:"):
            self._three, self._three_ticks = 3, int(word[2:]) // 3
        elif word == EOS:
            self._where = "end"
        else:
            self._event(word)

    def _begin_bar(self, left: int) -> None:
        if self._where == "section":
            self._sections_left = max(0, self._sections_left - 1) if self._sections_left else 0
            self._bars_left = max(0, self._bars_left - left)
        self._where, self._room, self._section_left = "bar", self._bar, left - 1

    def _event(self, word: str) -> None:
        if self._three:
            self._three -= 1
            self._room -= self._three_ticks
            self._may_hold = False
        else:
            self._room -= self._length
            self._may_hold = word != REST
        if word not in (REST, HOLD):
            self._pitch = int(word)
        self._length_said = False


class SameRhythm:
    """Another tune over the rhythm of a given one: bars, lengths and the first note of each bar stay.

    Every other note may move ``reach`` semitones away from where it was, within ``scale`` (semitones above
    the tonic) where one is given.
    """

    def __init__(self, ids: Sequence[int], scale: Collection[int] | None = None, reach: int = 7) -> None:
        self._ids, self._scale, self._reach = list(ids), scale, reach

    def allowed(self, made: Sequence[int]) -> Tensor:
        """Which tokens may come next: (vocabulary,) bool."""
        mask = torch.zeros(len(WORDS), dtype=torch.bool)
        if len(made) >= len(self._ids):
            mask[ID[EOS]] = True
            return mask
        now = self._ids[len(made)]
        mask[now] = True
        if now in PITCHES and not self._stays(len(made)):
            for token in range(now - self._reach, now + self._reach + 1):
                if token in PITCHES and self._sounds(token):
                    mask[token] = True
        return mask

    def _sounds(self, token: int) -> bool:
        return self._scale is None or int(WORDS[token]) % 12 in self._scale

    def _stays(self, place: int) -> bool:
        """The first note of a bar, and the last note of the tune."""
        before = place - 1
        while before >= 0 and (WORDS[self._ids[before]].startswith(("=", "3:"))):
            before -= 1
        first = before >= 0 and WORDS[self._ids[before]].startswith("bar:")
        return first or not any(token in PITCHES for token in self._ids[place + 1 :])


def limit(bars: int, metre: tuple[int, int]) -> int:
    """More tokens than a tune of so many bars can have: the shortest notes, each with its length said."""
    return (min(bars, MAX_BARS) + 1) * (2 * bar_ticks(metre) // min(LENGTHS) + 2) + 16
