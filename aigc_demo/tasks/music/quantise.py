"""Times as played turned into times as written: exact ones are kept, loose ones go to the nearest place.

Knows the grid of a beat. Knows no file format.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aigc_demo.tasks.music.notation import GRID
from aigc_demo.tasks.music.score import Note, Part, Score

_STRAIGHT, _TRIPLET = 4, 3
"""Places in a quarter note that loose times may go to: sixteenths, or triplets of eighths."""
_FINER = (8, 12, 16, 24, 48)
_EXACT = (1, 2, 4, 3, 8, 6)
_TUPLETS = (12, 16, 5, 7, 10, 9, 11, 13, 14, 15)
"""Places that a beat is divided into; these are recognised by three notes or more, to the nearest tick."""
CHORD = Fraction(1, 8)
"""Notes that begin within this of one another may be one chord, if they sound together."""


@dataclass(frozen=True)
class _Beat:
    """One quarter note: how many places it has, and whether what begins in it lies on them exactly."""

    places: int
    exact: bool


def straightened(score: Score, division: int) -> Score:
    """The score with every time where notation would put it; ``division`` ticks make a quarter note.

    Beat by beat and part by part: what lies on a common division of the beat stays, and only what does not
    goes to sixteenths or triplets, whichever is nearer. Notes of a part that follow one another stay apart.
    """
    parts = tuple(_straight(part, division) for part in score.parts)
    chords = tuple((Fraction(round(at * GRID), GRID), symbol) for at, symbol in score.chords)
    return replace(score, parts=parts, chords=chords)


def _straight(part: Part, division: int) -> Part:
    if all((n.start * GRID).denominator == 1 and (n.length * GRID).denominator == 1 for n in part.notes):
        return part
    beats: dict[int, list[Fraction]] = {}
    for note in part.notes:
        beats.setdefault(int(note.start), []).append(note.start)
    grids = {beat: _beat(sorted(set(starts)), division) for beat, starts in beats.items()}
    notes: list[Note] = []
    _place(sorted(part.notes, key=lambda n: (n.start, n.pitch)), grids, division, notes)
    return replace(part, notes=tuple(sorted(notes, key=lambda n: (n.start, n.pitch))))


def _beat(starts: Sequence[Fraction], division: int) -> _Beat:
    """The coarsest division of this beat that all of these lie on; a loose one where there is none."""
    for places in _EXACT:
        if all((start * places).denominator == 1 for start in starts):
            return _Beat(places, True)
    if len(starts) > 2:
        for places in _TUPLETS:
            if places < division and all(_off(start, places) * division * 2 <= 1 for start in starts):
                return _Beat(places, True)
    straight, triplet = (sum((_off(s, n) for s in starts), Fraction(0)) for n in (_STRAIGHT, _TRIPLET))
    return _Beat(_TRIPLET if triplet * 2 < straight else _STRAIGHT, False)


def _off(time: Fraction, places: int) -> Fraction:
    return abs(time - Fraction(round(time * places), places))


def _place(notes: Sequence[Note], grids: dict[int, _Beat], division: int, placed: list[Note]) -> None:
    starts: dict[Fraction, Fraction] = {}
    before: Note | None = None
    for note in notes:
        beat = grids[int(note.start)]
        if note.start not in starts:
            start = Fraction(round(note.start * beat.places), beat.places)
            if before is not None and start <= starts[before.start] and _follows(before, note):
                start = _apart(note.start, starts[before.start])
            starts[note.start] = start
        placed.append(_with_length(note, starts[note.start], beat, division))
        if before is None or note.start > before.start:
            before = note
    _never_longer(notes, placed, starts)


def _follows(before: Note, note: Note) -> bool:
    """Whether two notes are one after the other, not struck together."""
    return note.start - before.start > CHORD or before.end <= note.start + before.length / 4


def _apart(time: Fraction, before: Fraction) -> Fraction:
    """The nearest place after another note's, on a finer division of the beat."""
    for places in _FINER:
        start = Fraction(round(time * places), places)
        if start > before:
            return start
    return before + Fraction(1, GRID)


def _with_length(note: Note, start: Fraction, beat: _Beat, division: int) -> Note:
    end = note.end
    if (end * GRID).denominator == 1 and note.start == start:
        return replace(note, start=start)
    if beat.exact and _off(end, beat.places) * division * 2 <= 1:
        return replace(
            note,
            start=start,
            length=max(Fraction(1, beat.places), Fraction(round(end * beat.places), beat.places) - start),
        )
    places = beat.places if beat.exact else max(beat.places, 3)
    length = max(1, round(note.length * places))
    return replace(note, start=start, length=Fraction(length, places))


def _never_longer(notes: Sequence[Note], placed: list[Note], starts: dict[Fraction, Fraction]) -> None:
    """What ended before the next note began still does."""
    begins = sorted(starts)
    for index, note in enumerate(notes):
        at = bisect_left(begins, note.end)
        if at < len(begins) and placed[index].end > starts[begins[at]] > placed[index].start:
            placed[index] = replace(placed[index], length=starts[begins[at]] - placed[index].start)
