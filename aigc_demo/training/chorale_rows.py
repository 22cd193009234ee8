"""How one chorale becomes many rows to learn from: in other keys, and from the beginning of a later line.

A model that only hears whole chorales hears each opening as often as it hears the piece, and learns it by
heart. Half of the rows therefore begin after a fermata, as if the piece did; and some are the beginning of a
longer piece, for counting. Knows values and token ids; no networks.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from aigc_demo.tasks.music.chorale_tokens import (
    HOLD,
    MAX_BARS,
    RANGES,
    REST,
    TONICS,
    VOICES,
    WORDS,
    Chorale,
    Cut,
    encode,
    header_ids,
    voice_notes,
)
from aigc_demo.training.chorale_data import Example

Row = tuple[list[int], list[int]]
"""A header, and the ids that follow it."""

LATER = 0.5
"""How often a row begins at a later line."""

FARTHEST = 3
"""Semitones up or down, as far as the voices' ranges let it."""

LONGER, MOST_MORE = 0.3, 24
"""How often a row stops so many bars before an end that it does not have: high counts are rare otherwise."""

SHORTEST = 2
"""What is left from a later line has at least so many bars."""


class Rows:
    """All that may be made of one example."""

    def __init__(self, example: Example) -> None:
        self._metre, self._tonic = example.metre, example.tonic
        chorale = example.chorale
        self._whole, self._later = chorale, later_lines(chorale)
        self._steps = steps(chorale, example.tonic)

    def draw(self, rng: torch.Generator) -> Row:
        """One of them."""
        chorale = self._whole
        if self._later and torch.rand((), generator=rng) < LATER:
            chorale = self._later[_below(len(self._later), rng)]
        by = self._steps[_below(len(self._steps), rng)]
        moved, tonic = transposed(chorale, self._tonic, by)
        bars, ids = len(moved.bars), encode(moved)
        if bars < MAX_BARS and torch.rand((), generator=rng) < LONGER:
            more = 1 + _below(min(MOST_MORE, MAX_BARS - bars), rng)
            bars, ids = bars + more, longer(ids, more)
        return header_ids(self._metre, moved.mode, tonic, bars), ids


def _below(count: int, rng: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=rng))


def longer(ids: list[int], more: int) -> list[int]:
    """The same as the beginning of a chorale of ``more`` bars more, of which the rest is left open."""
    return [token + more if WORDS[token].startswith("bar:") else token for token in ids[:-1]]


def steps(chorale: Chorale, tonic: int) -> list[int]:
    """By how many semitones it can move while every voice stays in its range; 0 is always among them."""
    lowest, highest = -FARTHEST, FARTHEST
    for notes, (low, high) in zip(voice_notes(chorale, tonic), RANGES, strict=True):
        pitches = [note.pitch for note in notes]
        lowest = max(lowest, low - min(pitches))
        highest = min(highest, high - max(pitches))
    return list(range(min(0, lowest), max(0, highest) + 1))


def transposed(chorale: Chorale, tonic: int, by: int) -> tuple[Chorale, int]:
    """It ``by`` semitones higher, and the MIDI pitch that it is counted from then."""
    now = TONICS[(tonic + by) % len(TONICS)]
    add = tonic + by - now
    return (_moved(chorale, add), now) if add else (chorale, now)


def _moved(chorale: Chorale, add: int) -> Chorale:
    def moved(bar: tuple[Cut, ...]) -> tuple[Cut, ...]:
        return tuple(
            replace(cut, voices=tuple(v + add if isinstance(v, int) else v for v in cut.voices))
            for cut in bar
        )

    return replace(chorale, bars=tuple(map(moved, chorale.bars)), pickup=moved(chorale.pickup))


def later_lines(chorale: Chorale) -> list[Chorale]:
    """What is left of it from the beginning of each line but the first."""
    found: list[Chorale] = []
    sounding: list[int | str] = [REST] * len(VOICES)
    ended = False
    bars = (chorale.pickup, *chorale.bars)
    for number, bar in enumerate(bars):
        for place, cut in enumerate(bar):
            sounding = [old if new == HOLD else new for old, new in zip(sounding, cut.voices, strict=True)]
            sings = isinstance(cut.voices[0], int)
            if ended and sings:
                begun = (replace(cut, voices=tuple(sounding)), *bar[place + 1 :])
                upbeat, rest = (begun, bars[number + 1 :]) if place else ((), (begun, *bars[number + 1 :]))
                if len(rest) >= SHORTEST:
                    found.append(replace(chorale, bars=rest, pickup=upbeat))
            ended = cut.fermata or (ended and not sings)
    return found
