"""A melody out of a recording: hummed, whistled or played by one voice, written down as notes.

Knows where the notes of a pitch track begin and end, how sure each is and how fast they are counted. Knows no
file format; pitch is :mod:`pitch`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aigc_demo.tasks.music import pitch
from aigc_demo.tasks.music.pitch import HOP, RATE, Array, Track
from aigc_demo.tasks.music.recording import Tone
from aigc_demo.tasks.music.score import Note

_STEP = HOP / RATE
"""Seconds from one moment to the next."""
_SHORTEST = 8
"""Moments of the shortest note; what is shorter is a slide, a breath or a consonant."""
_CHANGE = 6.0
"""What it costs to sing another semitone, in squared semitones: vibrato and slides stay within a note."""
_FARTHEST = 1.5
"""Semitones beyond which a moment is off its note altogether."""
_GAP = 3
"""Moments without pitch that part two notes."""
_DIP_DB = 6.0
"""How far a voice goes down and up again between two notes on one pitch."""
_SURE = 0.5
"""How sure a note is at least; below it is no note."""
_VIBRATO = 19
"""Moments of one swing of a voice, about a fifth of a second."""
_TEMPOS = range(60, 145)
_USUAL_TEMPO, _PULL = 100, 0.06
"""The pace that people count at, and by how much of an eighth one twice as fast or slow has to fit better."""


@dataclass(frozen=True)
class Sung:
    """A note as sung: ``start`` and ``length`` in seconds, ``pitch`` in MIDI, how ``sure`` it is in 0..1."""

    start: float
    length: float
    pitch: int
    sure: float


@dataclass(frozen=True)
class Heard:
    """What is heard in a recording; for ``untold`` seconds something sounds that gave no note."""

    notes: tuple[Sung, ...]
    untold: float

    @property
    def sure(self) -> float:
        """How sure the melody is, in 0..1: how much of what sounds is in notes, and how sure those are."""
        sung = sum(note.length for note in self.notes)
        total = sung + self.untold
        return sum(note.sure * note.length for note in self.notes) / total if total else 0.0


def heard(tone: Tone) -> Heard:
    """The notes of a recording, one after another; of several at once, of noise and of silence none."""
    track = pitch.tracked(tone.samples, tone.rate)
    notes = tuple(_notes(track, _tuning(track)))
    sounds = track.level > max(track.level.max() + pitch.FLOOR_DB / 2, 20 * np.log10(pitch.SILENCE))
    for note in notes:
        sounds[round(note.start / _STEP) : round((note.start + note.length) / _STEP)] = False
    return Heard(notes, float(sounds.sum()) * _STEP)


def counted(notes: Sequence[Sung], usual: int = 0) -> tuple[tuple[Note, ...], int]:
    """Notes in quarter notes from the first one on, and how many of those make a minute.

    ``usual`` is a pace that is expected, 0 where none is: of paces that fit as well the nearest is taken.
    """
    tempo = _tempo(notes, usual or _USUAL_TEMPO)
    return tuple(_written_out(notes, tempo)), tempo


# -- notes out of a track ---------------------------------------------------------------------------


def _tuning(track: Track) -> float:
    """How far a singer is from the piano's semitones, in -0.5..0.5."""
    turned = 0j
    for begin, end in _runs(~np.isnan(track.pitch)):
        even = _smooth(_curve(track.pitch[begin:end]), min(_VIBRATO, end - begin))
        turned += np.exp(2j * np.pi * even).sum()
    return float(np.angle(turned)) / (2 * np.pi)


def _curve(pitches: Array) -> Array:
    """Pitches with the gaps drawn through."""
    known = np.flatnonzero(~np.isnan(pitches))
    return np.interp(np.arange(len(pitches)), known, pitches[known])


def _smooth(curve: Array, size: int) -> Array:
    """The mean over ``size`` moments around each."""
    return np.convolve(
        np.pad(curve, (size // 2, (size - 1) // 2), mode="edge"), np.ones(size) / size, "valid"
    )


def _notes(track: Track, tuning: float) -> Iterator[Sung]:
    for begin, end in _runs(~np.isnan(track.pitch)):
        steps = _steady(track.pitch[begin:end] - tuning)
        edges = [0, *(np.flatnonzero(np.diff(steps)) + 1), end - begin]
        for first, last in pairwise(edges):
            for a, b in _struck(track.level, begin + first, begin + last):
                note = _note(track, a, b, int(steps[first]), tuning)
                if note is not None:
                    yield note


def _note(track: Track, begin: int, end: int, semitone: int, tuning: float) -> Sung | None:
    if end - begin < _SHORTEST:
        return None
    near = np.abs(track.pitch[begin:end] - tuning - semitone) <= 0.6
    sure = float((track.sure[begin:end] * near).mean())
    if sure < _SURE or not 21 <= semitone <= 108:
        return None
    return Sung(begin * _STEP, (end - begin) * _STEP, semitone, round(sure, 3))


def _runs(voiced: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Stretches that are sung; shorter gaps than :data:`_GAP` are none."""
    edges = np.flatnonzero(np.diff(np.pad(voiced.astype(int), 1)))
    joined: list[list[int]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if joined and begin - joined[-1][1] < _GAP:
            joined[-1][1] = int(end)
        else:
            joined.append([int(begin), int(end)])
    yield from ((begin, end) for begin, end in joined)


def _steady(pitches: Array) -> npt.NDArray[np.int64]:
    """The semitone of each moment: the steps nearest to a curve, where each change of step has its price."""
    curve = _curve(pitches)
    low, high = int(np.floor(curve.min())), int(np.ceil(curve.max()))
    steps = np.arange(low, high + 1)
    cost = np.minimum(np.abs(curve[:, None] - steps), _FARTHEST) ** 2
    back = np.zeros(cost.shape, np.int64)
    total = cost[0]
    for at in range(1, len(curve)):
        best = int(total.argmin())
        changes = total[best] + _CHANGE < total
        back[at] = np.where(changes, best, np.arange(len(steps)))
        total = np.where(changes, total[best] + _CHANGE, total) + cost[at]
    path = np.empty(len(curve), np.int64)
    path[-1] = total.argmin()
    for at in range(len(curve) - 1, 0, -1):
        path[at - 1] = back[at, path[at]]
    return steps[path]


def _struck(level: Array, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch cut where the voice goes down and comes again."""
    part = _smooth(level[begin:end], 3)
    dip = np.minimum(np.maximum.accumulate(part), np.maximum.accumulate(part[::-1])[::-1]) - part
    if end - begin < 2 * _SHORTEST or dip.max() < _DIP_DB:
        yield begin, end
        return
    cut = begin + int(dip.argmax())
    if not _SHORTEST <= cut - begin <= end - begin - _SHORTEST:
        yield begin, end
        return
    yield from _struck(level, begin, cut)
    yield from _struck(level, cut, end)


# -- notes as counted --------------------------------------------------------------------------------


def _tempo(notes: Sequence[Sung], usual: int) -> int:
    """Quarter notes a minute at which the notes' beginnings lie nearest to eighths apart."""
    between = np.array([after.start - before.start for before, after in pairwise(notes)])
    if len(between) == 0:
        return usual

    def misfit(tempo: int) -> float:
        eighths = between * tempo / 30.0
        off = np.abs(eighths - np.maximum(np.rint(eighths), 0.5))
        return float(off.mean()) + _PULL * abs(float(np.log2(tempo / usual)))

    return min({*_TEMPOS, usual}, key=misfit)


def _written_out(notes: Sequence[Sung], tempo: int) -> Iterator[Note]:
    """Each note counted from the one before, as people drift."""
    now = Fraction(0)
    for note, after in zip(notes, [*notes[1:], None], strict=True):
        length = _written(note.length * tempo / 60.0)
        until = _written((after.start - note.start) * tempo / 60.0) if after else length
        # a breath is no rest: the note before goes on
        yield Note(now, until if until - length <= Fraction(1, 2) else length, note.pitch)
        now += until


def _written(quarters: float) -> Fraction:
    """The nearest eighth; what is shorter than one and a half of a sixteenth is a sixteenth."""
    places = 2 if quarters >= 0.375 else 4
    return max(Fraction(1, 4), Fraction(round(quarters * places), places))
