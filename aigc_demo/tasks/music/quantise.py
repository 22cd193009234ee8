"""Times as played turned into times as written: exact ones are kept, loose ones go to the nearest place.

Knows the grid of a beat. Knows no file format.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from aigc_demo.tasks.music.notation import GRID
from aigc_demo.tasks.music.score import Note, Part, Score

_STRAIGHT, _TRIPLET = 4, 3
"""Places in a quarter note that loose times may go to: sixteenths, or triplets of eighths."""


def straightened(score: Score) -> Score:
    """The score with every time on the grid of notation.

    A part whose times lie there already stays as it is; otherwise each beat chooses between sixteenths and
    triplets, whichever is nearer to what begins in it.
    """
    parts = tuple(part if _exact(part.notes) else _loose(part) for part in score.parts)
    chords = tuple((Fraction(round(at * GRID), GRID), symbol) for at, symbol in score.chords)
    return replace(score, parts=parts, chords=chords)


def _exact(notes: Iterable[Note]) -> bool:
    return all((n.start * GRID).denominator == 1 and (n.length * GRID).denominator == 1 for n in notes)


def _loose(part: Part) -> Part:
    beats: dict[int, list[Fraction]] = {}
    for note in part.notes:
        beats.setdefault(int(note.start), []).append(note.start)
    places = {beat: _places(starts) for beat, starts in beats.items()}
    notes = [_placed(note, places[int(note.start)]) for note in part.notes]
    return replace(part, notes=tuple(sorted(notes, key=lambda n: (n.start, n.pitch))))


def _places(starts: list[Fraction]) -> int:
    """Sixteenths unless triplets are clearly nearer."""

    def error(places: int) -> Fraction:
        return sum((abs(s - Fraction(round(s * places), places)) for s in starts), Fraction(0))

    return _TRIPLET if error(_TRIPLET) * 2 < error(_STRAIGHT) else _STRAIGHT


def _placed(note: Note, places: int) -> Note:
    start = Fraction(round(note.start * places), places)
    length = max(1, round(note.length * places))
    return replace(note, start=start, length=Fraction(length, places))
