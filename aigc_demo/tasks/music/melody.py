"""The melody of any score as a tune that the models read: one voice, on a grid, in bars.

Knows scores and tunes. Knows no files and no models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from aigc_demo.tasks.music.harmony import ACCOMPANIMENT
from aigc_demo.tasks.music.score import Note, Part, Score
from aigc_demo.tasks.music.tokens import HIGHEST, LOWEST, NotSayableError, encode
from aigc_demo.tasks.music.tune import TICKS, Bar, Event, Section, Tune, bar_ticks

GRID = TICKS // 4
"""What is not exact is moved to the nearest sixteenth."""

LEGATO = TICKS // 2
"""Gaps up to an eighth are not meant as rests: the note before goes on."""


def melody_part(score: Score) -> Part | None:
    """The part that sings: the first that is neither drums nor our own accompaniment, and has notes."""
    for part in score.parts:
        if not part.percussion and part.notes and part.name not in ACCOMPANIMENT:
            return part
    return None


def melody(score: Score) -> tuple[Note, ...]:
    """One note at a time: of notes that begin together the highest, each until the next begins."""
    part = melody_part(score)
    if part is None:
        return ()
    line: list[Note] = []
    for note in sorted(part.notes, key=lambda n: (n.start, -n.pitch)):
        if line and note.start == line[-1].start:
            continue
        if line and line[-1].end > note.start:
            line[-1] = replace(line[-1], length=note.start - line[-1].start)
        line.append(note)
    return tuple(line)


def tune_of(score: Score, tonic: int) -> Tune:
    """The melody as a tune of one section over the MIDI pitch ``tonic``.

    It is exact if it can be, else on the grid; pitches out of the model's reach are moved by octaves.
    """
    notes = melody(score)
    pickup = int(score.pickup * TICKS) % bar_ticks(score.metre)
    exact = [(note.start * TICKS, note.length * TICKS, note.pitch) for note in notes]
    if all(start.denominator == length.denominator == 1 for start, length, _ in exact):
        tune = _barred(_events([(int(s), int(n), p) for s, n, p in exact], tonic), score, pickup)
        try:
            encode(tune)
        except NotSayableError:
            pass
        else:
            return tune
    pickup = round(pickup / GRID) * GRID
    return _barred(_events(snapped(notes), tonic), score, pickup)


def snapped(notes: Sequence[Note]) -> list[tuple[int, int, int]]:
    """Start, length and pitch in ticks on the grid; small gaps are closed."""
    starts = [round(note.start * TICKS / GRID) * GRID for note in notes]
    result: list[tuple[int, int, int]] = []
    for number, note in enumerate(notes):
        start = starts[number]
        if result and start <= result[-1][0]:
            start = result[-1][0] + GRID
        end = max(start + GRID, round(note.end * TICKS / GRID) * GRID)
        if number + 1 < len(notes) and abs(max(starts[number + 1], start + GRID) - end) <= LEGATO:
            end = max(starts[number + 1], start + GRID)
        if result and result[-1][0] + result[-1][1] > start:
            before = result[-1]
            result[-1] = (before[0], start - before[0], before[2])
        result.append((start, end - start, note.pitch))
    return result


def _events(notes: Sequence[tuple[int, int, int]], tonic: int) -> list[Event]:
    """Notes and the rests between them, one after another."""
    events, now = [], 0
    for start, length, pitch in notes:
        if start > now:
            events.append(Event(None, start - now))
        relative = pitch - tonic
        while relative > HIGHEST:
            relative -= 12
        while relative < LOWEST:
            relative += 12
        events.append(Event(relative, length))
        now = start + length
    return events


def _barred(events: Sequence[Event], score: Score, pickup: int) -> Tune:
    """Events cut at bar lines; what goes on behind one is held."""
    bars: list[list[Event]] = [[]]
    room = pickup
    for event in events:
        left, held = event.ticks, event.held
        while left:
            if room == 0:
                bars.append([])
                room = bar_ticks(score.metre)
            part = min(left, room)
            bars[-1].append(Event(event.pitch, part, held and event.pitch is not None))
            left, room, held = left - part, room - part, True
    first, rest = tuple(bars[0]), tuple(map(tuple, bars[1:]))
    return Tune(score.metre, "major", (Section(rest),) if rest else (), first)


def filled(tune: Tune) -> Tune:
    """The tune with its last bar made full by holding the last note."""
    if not tune.sections:
        return tune
    *before, section = tune.sections
    last = section.bars[-1]
    missing = bar_ticks(tune.metre) - sum(event.ticks for event in last)
    if missing <= 0:
        return tune
    full: Bar = (*last, Event(last[-1].pitch, missing, last[-1].pitch is not None))
    return replace(tune, sections=(*before, replace(section, bars=(*section.bars[:-1], full))))


def in_sections(tune: Tune, sizes: Sequence[int], *, repeated: Sequence[bool] = ()) -> Tune:
    """The same bars divided anew into sections of these sizes; sizes beyond the bars are left out."""
    bars = [bar for section in tune.sections for bar in section.bars]
    result, first = [], 0
    for number, size in enumerate(sizes):
        if first >= len(bars):
            break
        twice = number < len(repeated) and repeated[number]
        result.append(Section(tuple(bars[first : first + size]), twice))
        first += size
    return replace(tune, sections=tuple(result))


def whole_bars(score: Score) -> int:
    """How many bars the melody needs."""
    notes = melody(score)
    end = notes[-1].end if notes else Fraction(0)
    return max(0, int(-((score.pickup - end) // score.bar)))
