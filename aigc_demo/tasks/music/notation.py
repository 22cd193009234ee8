"""A part as it is written down: bars, voices, and notes that a sign can stand for, tied where one cannot.

Knows how lengths are written, where a bar may be divided and what goes under one beam. Knows no file format:
MusicXML and ABC are both written from this.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aigc_demo.tasks.music.score import Note, Part, Score

GRID = 48
"""Times are rounded to this part of a quarter note: 64ths and triplets of 32nds are exact."""
MAX_VOICES = 4

_BINARY = tuple(Fraction(4, 2**k) for k in range(8))  # whole note to 128th
WRITTEN = sorted({*_BINARY, *(value * Fraction(3, 2) for value in _BINARY[:-1])}, reverse=True)
"""Lengths in quarter notes that one sign, dotted or not, stands for."""
TRIPLETS = tuple(value * Fraction(2, 3) for value in _BINARY)


@dataclass(frozen=True)
class Piece:
    """One sign: a chord of ``pitches`` (or a rest) within one bar.

    ``start`` is counted from the beginning of the bar. ``tied_from`` and ``tied_to`` join it to its
    neighbours; ``triplet`` says that three take the time of two; ``whole_bar`` marks a rest for a bar.
    """

    start: Fraction
    length: Fraction
    pitches: tuple[int, ...] = ()
    lyric: str = ""
    tied_from: bool = False
    tied_to: bool = False
    triplet: bool = False
    whole_bar: bool = False
    verses: tuple[str, ...] = ()

    @property
    def end(self) -> Fraction:
        """Where it stops in its bar."""
        return self.start + self.length

    @property
    def sign(self) -> Fraction:
        """The length of the sign that is drawn, in quarter notes; dotted signs are half as long again."""
        return self.length * Fraction(3, 2) if self.triplet else self.length


Voice = tuple[Piece, ...]


@dataclass(frozen=True)
class Bar:
    """``number`` is -1 for the pickup. ``start`` and ``length`` in quarter notes; at least one voice."""

    number: int
    start: Fraction
    length: Fraction
    voices: tuple[Voice, ...]


def bars_of(part: Part, score: Score) -> tuple[Bar, ...]:
    """The part in the bars of its score; every voice fills every bar it is in, the first is in all."""
    lines = _lines(part.notes)
    bars = []
    for number, start, length in _spans(score):
        voices = [_voice(line, start, length, score) for line in lines]
        sounding = [voice for voice in voices[1:] if any(piece.pitches for piece in voice)]
        bars.append(Bar(number, start, length, (voices[0], *sounding)))
    return tuple(bars)


def _spans(score: Score) -> list[tuple[int, Fraction, Fraction]]:
    spans = [(-1, Fraction(0), score.pickup)] if score.pickup else []
    return spans + [(n, score.bar_start(n), score.bar) for n in range(max(1, score.bars))]


# -- voices ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Chord:
    start: Fraction
    end: Fraction
    pitches: tuple[int, ...]
    lyric: str
    verses: tuple[str, ...] = ()


def _lines(notes: Iterable[Note]) -> list[list[_Chord]]:
    """The notes as up to four lines in which nothing overlaps; a fifth is cut short to fit."""
    lines: list[list[_Chord]] = [[]]
    for chord in _chords(notes):
        free = next((line for line in lines if not line or line[-1].end <= chord.start), None)
        if free is None and len(lines) < MAX_VOICES:
            free = []
            lines.append(free)
        if free is None:
            free = min(lines, key=lambda line: line[-1].end)
            last = free.pop()
            if last.start < chord.start:
                free.append(replace(last, end=chord.start))
        free.append(chord)
    return lines


def _chords(notes: Iterable[Note]) -> list[_Chord]:
    """Notes that begin and end together are one chord. In order of time, higher ones first."""
    together: dict[tuple[Fraction, Fraction], list[Note]] = {}
    for note in notes:
        start, end = _rounded(note.start), _rounded(note.end)
        if end > start:
            together.setdefault((start, end), []).append(note)
    chords = []
    for (start, end), group in together.items():
        sung = next((n for n in group if n.lyric or n.verses), group[0])
        chords.append(_Chord(start, end, tuple(sorted({n.pitch for n in group})), sung.lyric, sung.verses))
    return sorted(chords, key=lambda c: (c.start, -c.pitches[-1], c.end))


def _rounded(time: Fraction) -> Fraction:
    return Fraction(round(time * GRID), GRID)


def _voice(line: Sequence[_Chord], start: Fraction, length: Fraction, score: Score) -> Voice:
    """One line in one bar, without gaps."""
    end, now = start + length, Fraction(0)
    pieces: list[Piece] = []
    first = bisect_right(line, start, key=lambda chord: chord.end)
    for chord in line[first : bisect_left(line, end, key=lambda chord: chord.start)]:
        begin, stop = max(chord.start, start) - start, min(chord.end, end) - start
        pieces += _rests(now, begin, length, score)
        pieces += _signs(chord, begin, stop, start, score)
        now = stop
    return tuple(pieces + _rests(now, length, length, score))


def _signs(chord: _Chord, begin: Fraction, stop: Fraction, bar: Fraction, score: Score) -> list[Piece]:
    """A chord as signs tied to one another and to what lies beyond the bar."""
    cuts = _cuts(begin, stop, score)
    pieces = []
    for index, (here, there, triplet) in enumerate(cuts):
        first = index == 0 and bar + begin == chord.start
        last = index == len(cuts) - 1 and bar + stop == chord.end
        lyric, verses = (chord.lyric, chord.verses) if first else ("", ())
        piece = Piece(here, there - here, chord.pitches, lyric, not first, not last, triplet, verses=verses)
        pieces.append(piece)
    return pieces


def _rests(begin: Fraction, stop: Fraction, bar: Fraction, score: Score) -> list[Piece]:
    if begin == 0 and stop == bar == score.bar:
        return [Piece(begin, bar, whole_bar=True)]
    return [
        Piece(here, there - here, triplet=triplet)
        for first, last in _aligned(begin, stop, score)
        for here, there, triplet in _cuts(first, last, score)
    ]


def _aligned(begin: Fraction, stop: Fraction, score: Score) -> Iterator[tuple[Fraction, Fraction]]:
    """A silence as stretches that begin where a stretch of their length may: at its own multiples."""
    beat = beat_of(score.metre)
    short = [value for value in reversed(_BINARY) if value < beat and (value < 1 or beat.numerator != 3)]
    units = short + [beat * 2**k for k in range(3) if beat * 2**k <= score.bar]
    while begin < stop:
        inside = min(stop, _after(begin, Fraction(1)))
        if (inside - begin).denominator % 3 == 0:  # the silent part of a triplet
            yield begin, inside
            begin = inside
            continue
        fitting = [unit for unit in units if begin % unit == 0 and begin + unit <= stop]
        end = begin + fitting[-1] if fitting else min(stop, _after(begin, beat))
        yield begin, end
        begin = end


# -- lengths --------------------------------------------------------------------------------------


def beat_of(metre: tuple[int, int]) -> Fraction:
    """The beat in quarter notes: dotted in compound metres (6/8, 9/8, 12/8, and 3/8 taken in one)."""
    return Fraction(12, metre[1]) if metre[0] % 3 == 0 and metre[1] >= 8 else Fraction(4, metre[1])


def _cuts(begin: Fraction, stop: Fraction, score: Score) -> list[tuple[Fraction, Fraction, bool]]:
    """Where a length is divided: pieces that one sign stands for, and whether that is a triplet's."""
    pieces = []
    while begin < stop:
        end = min(stop, _next_border(begin, stop, score))
        length, triplet = _longest(end - begin)
        pieces.append((begin, begin + length, triplet))
        begin += length
    return pieces


def _next_border(begin: Fraction, stop: Fraction, score: Score) -> Fraction:
    """How far one sign may reach: over a beat only where the eye still sees the beat."""
    beat = beat_of(score.metre)
    length = stop - begin
    if length not in WRITTEN and length.denominator % 3 == 0 and begin % 1 != 0:
        return _after(begin, Fraction(1))  # the rest of a broken triplet
    if beat.numerator == 3:
        if begin % beat == 0:
            return begin + max(beat, length // beat * beat) if length >= beat else stop
        return _after(begin, beat)
    if score.metre == (4, 4) and begin < 2 < stop and begin % 1 != 0:
        return Fraction(2)
    return stop


def _after(time: Fraction, unit: Fraction) -> Fraction:
    return (time // unit + 1) * unit


def _longest(length: Fraction) -> tuple[Fraction, bool]:
    """The longest sign that fits into ``length``, and whether it is a triplet's."""
    if length.denominator % 3 == 0:
        for value in TRIPLETS:
            rest = length - value
            if rest >= 0 and (rest == 0 or rest.denominator <= length.denominator):
                return value, True
    for value in WRITTEN:
        if value <= length:
            return value, False
    return length, False


# -- beams and triplets ---------------------------------------------------------------------------


def flags(piece: Piece) -> int:
    """How many flags its sign has: 1 for an eighth, 2 for a sixteenth ..."""
    count, value = 0, Fraction(1, 2)
    while piece.sign < 2 * value:
        count, value = count + 1, value / 2
    return count


def beamed(voice: Voice, score: Score) -> list[list[int]]:
    """The runs of pieces (by place in the voice) that hang under one beam, two or more each."""
    unit = _beam_unit(voice, score)
    runs: list[list[int]] = []
    run: list[int] = []
    for index, piece in enumerate(voice):
        carries = bool(piece.pitches) and flags(piece) > 0
        if run and not (carries and piece.start // unit == voice[run[0]].start // unit):
            runs.append(run)
            run = []
        if carries:
            run.append(index)
    return [r for r in [*runs, run] if len(r) > 1]


def _beam_unit(voice: Voice, score: Score) -> Fraction:
    """A beat; in 4/4 and 2/4 half a bar of plain eighths, as dance tunes are written."""
    beat = beat_of(score.metre)
    eighths = all(not piece.triplet and piece.length >= Fraction(1, 2) for piece in voice)
    return Fraction(2) if eighths and score.metre in ((4, 4), (2, 4), (2, 2)) else beat


def tuplets(voice: Voice) -> list[tuple[int, int]]:
    """First and last piece of each group of triplets: they close where a binary place is reached again."""
    groups: list[tuple[int, int]] = []
    first: int | None = None
    for index, piece in enumerate(voice):
        if not piece.triplet:
            if first is not None:
                groups.append((first, index - 1))
            first = None
            continue
        first = index if first is None else first
        span = piece.end - voice[first].start
        if (
            piece.end.denominator % 3
            and span.denominator % 3
            and span >= 3 * min(p.length for p in voice[first : index + 1])
        ):
            groups.append((first, index))
            first = None
    if first is not None:
        groups.append((first, len(voice) - 1))
    return groups
