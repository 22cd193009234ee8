"""A one-voice tune in sections of full bars, free of key: what the folk model reads and writes.

Pitches are semitones above a tonic, lengths are ticks of a 24th of a quarter note. Knows how such a tune
becomes part of a score. Knows nothing of tokens or models.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from aigc_demo.tasks.music.score import Mode, Note, Part, Repeat, Score

TICKS = 24
"""Ticks in a quarter note: thirty-second notes and triplets of eighths and sixteenths are whole ticks."""


@dataclass(frozen=True)
class Event:
    """A note, or a rest where ``pitch`` is None. One that is ``held`` goes on with the note before."""

    pitch: int | None
    ticks: int
    held: bool = False


Bar = tuple[Event, ...]


@dataclass(frozen=True)
class Section:
    """Full bars that belong together, and whether they are played twice."""

    bars: tuple[Bar, ...]
    repeated: bool = False


@dataclass(frozen=True)
class Tune:
    """A tune; only its last bar may be unfinished, while it is being composed."""

    metre: tuple[int, int]
    mode: Mode
    sections: tuple[Section, ...]
    pickup: Bar = ()

    @property
    def bars(self) -> int:
        """Bars as written."""
        return sum(len(section.bars) for section in self.sections)

    @property
    def notes(self) -> int:
        """Notes as written, held ones counted once."""
        every = (*self.pickup, *(e for s in self.sections for bar in s.bars for e in bar))
        return sum(1 for e in every if e.pitch is not None and not e.held)


def bar_ticks(metre: tuple[int, int]) -> int:
    """Ticks in a full bar."""
    return 4 * TICKS * metre[0] // metre[1]


def part_notes(tune: Tune, tonic: int) -> tuple[Note, ...]:
    """The tune's notes over the MIDI pitch ``tonic``, held events joined to the notes they go on with."""
    notes: list[Note] = []
    now = 0
    for bar in (tune.pickup, *(bar for section in tune.sections for bar in section.bars)):
        for event in bar:
            length = Fraction(event.ticks, TICKS)
            start = Fraction(now, TICKS)
            now += event.ticks
            if event.pitch is None:
                continue
            if event.held and notes and notes[-1].end == start:
                notes[-1] = replace(notes[-1], length=notes[-1].length + length)
            else:
                notes.append(Note(start, length, tonic + event.pitch))
    return tuple(notes)


def to_score(
    tune: Tune, *, title: str, tonic: str, tonic_pitch: int, tempo: float, name: str, program: int
) -> Score:
    """The tune as a score of one part; ``tonic_pitch`` is the MIDI pitch that 0 stands for."""
    repeats, first = [], 0
    for section in tune.sections:
        if section.repeated and section.bars:
            repeats.append(Repeat(first, first + len(section.bars) - 1))
        first += len(section.bars)
    return Score(
        title=title,
        tonic=tonic,
        mode=tune.mode,
        metre=tune.metre,
        tempo=tempo,
        parts=(Part(name, program, part_notes(tune, tonic_pitch)),),
        pickup=Fraction(sum(event.ticks for event in tune.pickup), TICKS),
        repeats=tuple(repeats),
    )


def mean_pitch(pitches: Iterable[int]) -> float:
    """The mean; 0 of nothing."""
    every = list(pitches)
    return sum(every) / len(every) if every else 0.0


def home(pitches: Iterable[int], tonic: int) -> int:
    """The MIDI pitch of pitch class ``tonic`` that lies 0 to 12 semitones below the mean of ``pitches``."""
    mean = mean_pitch(pitches)
    return int(mean - (mean - tonic) % 12 + 0.5)
