"""From what a file writes to a score: bars in the order they are played, ties joined, what is left out told.

Knows signs (notes as written, one for each head), bars and their order. Knows no file format.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from aigc_demo.tasks.music import limits, roadmap
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.roadmap import Measure
from aigc_demo.tasks.music.score import Mode, Note, Part, Repeat, Score
from aigc_demo.types import Term


class Sign(NamedTuple):
    """One note head, in written time. ``holds`` ties it to the next of its pitch, ``held`` to the last."""

    start: Fraction
    length: Fraction
    pitch: int
    verses: tuple[str, ...] = ()
    holds: bool = False
    held: bool = False


@dataclass
class Line:
    """One part as it is written. ``chords`` are symbols and when they stand."""

    name: str = ""
    program: int = 0
    percussion: bool = False
    transposition: int = 0
    signs: list[Sign] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    chords: list[tuple[Fraction, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Opened:
    """What a file gave: the score, what of it none of ours keeps, and how it was understood, as terms."""

    score: Score
    left_out: tuple[Term, ...] = ()
    understood: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What holds for all parts. ``parts`` is the order of labelled parts, if one is said."""

    title: str
    tonic: str
    mode: Mode
    metre: tuple[int, int]
    tempo: float
    pickup: Fraction = Fraction(0)
    parts: str = ""


class _Span(NamedTuple):
    """A stretch of written time and when it is heard; ``run`` is the pass, from 1."""

    begin: Fraction
    stop: Fraction
    heard: Fraction
    run: int


def assembled(frame: Frame, lines: Sequence[Line]) -> Score:
    """The score of these lines, of which those without notes are left out.

    Repeats stay as they are written where a score of ours can say them; everything else (endings, D.C., parts
    in an order) is written out. Raises UserError for no notes, too many, or too long where it is written out.
    """
    lines = [line for line in lines if line.signs]
    if not lines:
        raise refused("file_no_notes")
    lead = lines[0].measures
    repeats = _kept_repeats(frame, lines)
    parts, chords, total = [], [(at, symbol) for at, symbol in lines[0].chords], 0
    for number, line in enumerate(lines, 1):
        notes = joined(line.signs) if repeats is not None else _heard(line, _road(line, lead), frame.parts)
        total += len(notes)
        limits.check_notes(total)
        name = line.name or f"Part {number}"
        parts.append(Part(name, line.program, notes, line.percussion, line.transposition))
    if repeats is None:
        chords = _chords_heard(chords, _spans(lead, frame.parts))
    return Score(
        frame.title, frame.tonic, frame.mode, frame.metre, frame.tempo, tuple(parts), frame.pickup,
        repeats or (), tuple(sorted(chords, key=lambda chord: chord[0])[: limits.MAX_EVENTS]),
    )  # fmt: skip


def _road(line: Line, lead: Sequence[Measure]) -> Sequence[Measure]:
    """The bars whose signs this line follows: its own, or the first one's where it has none of its own."""
    own = line.measures
    says = any(m.opens or m.times or m.endings or m.back or m.part for m in own)
    return own if says or len(own) != len(lead) else [
        replace(sign, start=mine.start, length=mine.length) for sign, mine in zip(lead, own, strict=True)
    ]  # fmt: skip


# -- repeats that stay ----------------------------------------------------------------------------


def _kept_repeats(frame: Frame, lines: Sequence[Line]) -> tuple[Repeat, ...] | None:
    """The repeats as our scores say them; None where they must be written out."""
    lead = lines[0].measures
    if not all(roadmap.is_plain(line.measures, frame.parts) for line in lines):
        return None
    spans = _repeated(lead)
    if any(own and own != spans for own in (_repeated(line.measures) for line in lines)):
        return None
    bar = Fraction(4 * frame.metre[0], frame.metre[1])
    kept = []
    for begin, stop, times in spans:
        first, last = (begin - frame.pickup) / bar, (stop - frame.pickup) / bar
        on_bars = first.denominator == last.denominator == 1 and 0 <= first < last and times <= 4
        if not on_bars or any(_crosses(line.signs, begin, stop) for line in lines):
            return None
        kept.append(Repeat(int(first), int(last) - 1, times))
    return tuple(kept)


def _repeated(measures: Sequence[Measure]) -> list[tuple[Fraction, Fraction, int]]:
    return [
        (measures[s.first].start, measures[s.last - 1].end, s.times)
        for s in roadmap.sections(measures)
        if s.times > 1
    ]


def _crosses(signs: Iterable[Sign], begin: Fraction, stop: Fraction) -> bool:
    """Whether a note is held over an end of the section."""
    return any(
        s.start < at < s.start + s.length or (s.holds and s.start + s.length == at)
        for s in signs
        for at in (begin, stop)
    )


# -- the piece as it is heard ---------------------------------------------------------------------


def _spans(measures: Sequence[Measure], parts: str) -> list[_Span]:
    spans: list[_Span] = []
    now = Fraction(0)
    for at, run in roadmap.played(measures, parts):
        measure = measures[at]
        if spans and spans[-1].stop == measure.start and spans[-1].run == run:
            spans[-1] = spans[-1]._replace(stop=measure.end)
        else:
            spans.append(_Span(measure.start, measure.end, now, run))
        now += measure.length
        limits.check_length(float(now) * 60 / limits.MAX_TEMPO)
    return spans


def _heard(line: Line, measures: Sequence[Measure], parts: str) -> tuple[Note, ...]:
    signs = sorted(line.signs, key=lambda sign: sign.start)
    starts = [sign.start for sign in signs]
    heard: list[Sign] = []
    for begin, stop, at, run in _spans(measures, parts):
        inside = signs[bisect_left(starts, begin) : bisect_left(starts, stop)]
        limits.check_notes(len(heard) + len(inside))
        for sign in inside:
            verses = sign.verses
            if run > 1 and verses:
                sung = verses[run - 1] if run <= len(verses) and verses[run - 1] else verses[0]
                verses = (sung,)
            elif run == 1:
                verses = verses[:1]
            start, length = sign.start - begin + at, min(sign.length, stop - sign.start)
            heard.append(sign._replace(start=start, length=length, verses=verses))
    return joined(heard)


def _chords_heard(
    chords: Sequence[tuple[Fraction, str]], spans: Sequence[_Span]
) -> list[tuple[Fraction, str]]:
    ordered = sorted(chords, key=lambda chord: chord[0])
    starts = [at for at, _ in ordered]
    return [
        (at - begin + heard, symbol)
        for begin, stop, heard, _ in spans
        for at, symbol in ordered[bisect_left(starts, begin) : bisect_left(starts, stop)]
    ]


def joined(signs: Iterable[Sign]) -> tuple[Note, ...]:
    """Notes in order of time, those that are tied made one."""
    notes: list[Note] = []
    held: dict[int, int] = {}
    for sign in sorted(signs, key=lambda s: (float(s.start), s.pitch)):  # whole fractions compare slowly
        before = held.pop(sign.pitch, None) if sign.held else None
        if before is not None and notes[before].end == sign.start:
            index = before
            notes[index] = replace(notes[index], length=notes[index].length + sign.length)
        else:
            index = len(notes)
            first, *more = sign.verses or ("",)
            notes.append(Note(sign.start, sign.length, sign.pitch, first, tuple(more)))
        if sign.holds:
            held[sign.pitch] = index
    return tuple(notes)
