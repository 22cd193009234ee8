"""A piece of music as a value: what is composed, engraved, sounded and written into every file.

Knows notes, bars, keys and how a pitch is spelt in a key. Knows no file format, no model and no sound.

Times are exact fractions of a quarter note from the beginning of the piece, the pickup included. A repeated
section is written once, as on paper; :meth:`Score.unfolded` is what is heard.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, get_args

Mode = Literal["major", "minor", "dorian", "mixolydian", "gong", "shang", "jue", "zhi", "yu"]
MODES: tuple[Mode, ...] = get_args(Mode)

SCALES: Mapping[Mode, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "gong": (0, 2, 4, 7, 9),
    "shang": (0, 2, 5, 7, 10),
    "jue": (0, 3, 5, 8, 10),
    "zhi": (0, 2, 5, 7, 9),
    "yu": (0, 3, 5, 7, 10),
}
"""Semitones above the tonic; the last five are the pentatonic modes 宫商角徵羽 of one scale."""

_BRIGHTNESS: Mapping[Mode, int] = {
    "major": 0, "minor": -3, "dorian": -2, "mixolydian": -1,
    "gong": 0, "shang": -2, "jue": -4, "zhi": -1, "yu": -3,
}  # fmt: skip
"""Sharps in the signature beyond those of the major key on the same tonic."""

_FIFTHS_OF = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_STEPS = "FCGDAEB"
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MARKS = {"": 0, "#": 1, "b": -1}

TONICS = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B")
"""The tonics a visitor may ask for."""


@dataclass(frozen=True)
class Note:
    """``start`` and ``length`` in quarter notes, ``pitch`` in MIDI (60 is middle C), a syllable or none.

    ``verses`` are the syllables of the second verse and of those after it.
    """

    start: Fraction
    length: Fraction
    pitch: int
    lyric: str = ""
    verses: tuple[str, ...] = ()

    @property
    def end(self) -> Fraction:
        """When it stops sounding."""
        return self.start + self.length


@dataclass(frozen=True)
class Part:
    """One line or one player: ``program`` is a General MIDI program 0..127, notes are in order of start.

    In a percussion part pitches are the General MIDI drums and ``program`` is not used. Pitches are as they
    sound; ``transposition`` is how many semitones that is above what the player reads: -2 for a clarinet in
    B flat.
    """

    name: str
    program: int
    notes: tuple[Note, ...]
    percussion: bool = False
    transposition: int = 0

    @property
    def end(self) -> Fraction:
        """When its last note stops."""
        if not self.notes:
            return Fraction(0)
        # lengths are few and often one object, starts in order: from behind, few notes come into question
        longest = max({id(note.length): note.length for note in self.notes}.values())
        end = self.notes[-1].end
        for note in reversed(self.notes):
            if note.start + longest <= end:
                break
            end = max(end, note.end)
        return end


@dataclass(frozen=True)
class Repeat:
    """Bars ``first`` up to and including ``last``, counted from 0, play ``times`` times."""

    first: int
    last: int
    times: int = 2


@dataclass(frozen=True)
class Spelling:
    """A pitch as it is written: a letter, sharps (positive) or flats, and the octave of scientific pitch."""

    step: str
    alter: int
    octave: int


@dataclass(frozen=True)
class Score:
    """A piece. ``tempo`` is in quarter notes a minute, ``pickup`` the length before bar 0 in quarter notes.

    ``chords`` are symbols such as ``Am`` or ``D7`` and when they begin.
    """

    title: str
    tonic: str
    mode: Mode
    metre: tuple[int, int]
    tempo: float
    parts: tuple[Part, ...]
    pickup: Fraction = Fraction(0)
    repeats: tuple[Repeat, ...] = ()
    chords: tuple[tuple[Fraction, str], ...] = field(default=())

    @property
    def bar(self) -> Fraction:
        """The length of a full bar in quarter notes."""
        return Fraction(4 * self.metre[0], self.metre[1])

    @property
    def end(self) -> Fraction:
        """When the last note of all parts stops."""
        return max((part.end for part in self.parts), default=Fraction(0))

    @property
    def bars(self) -> int:
        """How many bars are written, the pickup not counted."""
        return max(0, -((self.pickup - self.end) // self.bar))

    @property
    def seconds(self) -> float:
        """How long it sounds, repeats included."""
        extra = sum((repeat.last - repeat.first + 1) * (repeat.times - 1) for repeat in self.repeats)
        return float(self.end + extra * self.bar) * 60.0 / self.tempo

    @property
    def fifths(self) -> int:
        """The key signature: sharps if positive, flats if negative."""
        return signature(self.tonic, self.mode)

    def bar_start(self, number: int) -> Fraction:
        """When bar ``number`` (from 0) begins."""
        return self.pickup + number * self.bar

    def bar_of(self, time: Fraction) -> int:
        """The bar that sounds at ``time``; -1 in the pickup."""
        return int((time - self.pickup) // self.bar)

    def spell(self, pitch: int) -> Spelling:
        """How a MIDI pitch is written in this key."""
        return spell(pitch, self.fifths)

    def transposed(self, semitones: int) -> Score:
        """The same piece so many semitones higher, in the key that has fewest accidentals."""
        if semitones == 0:
            return self
        tonic = simplest_tonic((pitch_class(self.tonic) + semitones) % 12, self.mode)
        parts = tuple(
            part
            if part.percussion
            else replace(part, notes=tuple(replace(n, pitch=n.pitch + semitones) for n in part.notes))
            for part in self.parts
        )
        chords = tuple(
            (at, transposed_chord(symbol, semitones, tonic, self.mode)) for at, symbol in self.chords
        )
        return replace(self, tonic=tonic, parts=parts, chords=chords)

    def with_tempo(self, tempo: float) -> Score:
        """The same piece at another pace, in quarter notes a minute."""
        return replace(self, tempo=tempo)

    def with_programs(self, programs: Mapping[str, int]) -> Score:
        """The same piece with other instruments, by the name of the part."""
        return replace(
            self, parts=tuple(replace(p, program=programs.get(p.name, p.program)) for p in self.parts)
        )

    def unfolded(self) -> Score:
        """The piece as it is heard: every repeat written out, so that it has no repeats left."""
        if not self.repeats:
            return self
        spans = self.spans()
        parts = tuple(replace(part, notes=_unfold(part.notes, spans)) for part in self.parts)
        written = sorted(self.chords, key=lambda chord: chord[0])
        chords = tuple(
            (at - first + where, symbol)
            for first, last, where in spans
            for at, symbol in chords_between(written, first, last)
        )
        return replace(self, parts=parts, chords=chords, repeats=())

    def spans(self) -> list[tuple[Fraction, Fraction, Fraction]]:
        """The written stretches in the order they are heard: from, up to, and when each begins to sound."""
        written = [(Fraction(0), self.pickup, 1)] if self.pickup else []
        at = 0
        for repeat in sorted(self.repeats, key=lambda r: r.first):
            if repeat.first > at:
                written.append((self.bar_start(at), self.bar_start(repeat.first), 1))
            written.append((self.bar_start(repeat.first), self.bar_start(repeat.last + 1), repeat.times))
            at = repeat.last + 1
        if at < self.bars:
            written.append((self.bar_start(at), self.bar_start(self.bars), 1))
        spans, now = [], Fraction(0)
        for first, last, times in written:
            for _ in range(times):
                spans.append((first, last, now))
                now += last - first
        return spans


def _unfold(notes: tuple[Note, ...], spans: list[tuple[Fraction, Fraction, Fraction]]) -> tuple[Note, ...]:
    """The notes as they are heard; where a section has further verses, each pass sings its own."""
    passes: dict[Fraction, int] = {}
    heard: list[Note] = []
    for first, last, now in spans:
        run = passes[first] = passes.get(first, -1) + 1
        for note in between(notes, first, last):
            sung = note.verses[run - 1] if 0 < run <= len(note.verses) else ""
            heard.append(replace(note, start=note.start - first + now, lyric=sung or note.lyric, verses=()))
    return tuple(heard)


def between(notes: Sequence[Note], first: Fraction, last: Fraction) -> Sequence[Note]:
    """The notes that begin from ``first`` up to before ``last``, out of notes in order of their start."""
    begins = bisect_left(notes, first, key=lambda note: note.start)
    return notes[begins : bisect_left(notes, last, key=lambda note: note.start)]


def chords_between(
    chords: Sequence[tuple[Fraction, str]], first: Fraction, last: Fraction
) -> Sequence[tuple[Fraction, str]]:
    """As :func:`between`, of chord symbols in order of time."""
    begins = bisect_left(chords, first, key=lambda chord: chord[0])
    return chords[begins : bisect_left(chords, last, key=lambda chord: chord[0])]


def pitch_class(name: str) -> int:
    """The pitch class 0..11 of a tonic such as ``F#``.

    Raises ValueError for anything else.
    """
    if not name or name[0] not in _SEMITONES or name[1:] not in _MARKS:
        raise ValueError(f"{name!r} is not the name of a tonic.")
    return (_SEMITONES[name[0]] + _MARKS[name[1:]]) % 12


def signature(tonic: str, mode: Mode) -> int:
    """Sharps (positive) or flats (negative) of a key."""
    return _FIFTHS_OF[tonic[0]] + 7 * _MARKS[tonic[1:]] + _BRIGHTNESS[mode]


def simplest_tonic(pitch: int, mode: Mode) -> str:
    """The name of the tonic on this pitch class whose signature has fewest accidentals."""
    named = [name for name in TONICS if pitch_class(name) == pitch]
    return min(named, key=lambda name: (abs(signature(name, mode)), name))


def spell(pitch: int, fifths: int) -> Spelling:
    """How a MIDI pitch is written under a signature: as near on the circle of fifths as can be.

    The twelve names range from five fifths below the signature's own seven notes' first to the sixth above,
    so that in C major there are C#, Eb, F#, Ab or G#, Bb as musicians expect them.
    """
    lowest = fifths - 3  # in C major: Eb, Bb, F, C ... C#, G#
    place = lowest + (pitch * 7 - lowest) % 12
    step, alter = _STEPS[(place + 1) % 7], (place + 1) // 7
    octave = (pitch - alter - _SEMITONES[step]) // 12 - 1
    return Spelling(step, alter, octave)


def transposed_chord(symbol: str, semitones: int, tonic: str, mode: Mode) -> str:
    """A chord symbol such as ``F#m7`` moved and spelt in the key it moves to."""
    cut = 2 if symbol[1:2] in ("#", "b") else 1
    root = spell(60 + pitch_class(symbol[:cut]) + semitones, signature(tonic, mode))
    return root.step + {-1: "b", 0: "", 1: "#"}.get(root.alter, "") + symbol[cut:]


def to_json(score: Score) -> dict[str, Any]:
    """A score as plain JSON values; fractions are written ``"3/2"``."""
    return {
        "title": score.title,
        "tonic": score.tonic,
        "mode": score.mode,
        "metre": list(score.metre),
        "tempo": score.tempo,
        "pickup": str(score.pickup),
        "repeats": [[r.first, r.last, r.times] for r in score.repeats],
        "chords": [[str(at), symbol] for at, symbol in score.chords],
        "parts": [
            {
                "name": part.name,
                "program": part.program,
                "percussion": part.percussion,
                "notes": [
                    [str(n.start), str(n.length), n.pitch]
                    + ([n.lyric, *n.verses] if n.lyric or n.verses else [])
                    for n in part.notes
                ],
            }
            | ({"transposition": part.transposition} if part.transposition else {})
            for part in score.parts
        ],
    }


def from_json(value: Mapping[str, Any]) -> Score:
    """What :func:`to_json` wrote. Raises ValueError, TypeError or KeyError for anything else.

    It checks the shape only; how large a score may be is for whoever reads foreign files to say.
    """
    parts = tuple(
        Part(
            str(part["name"]),
            int(part["program"]),
            tuple(
                Note(
                    Fraction(start),
                    Fraction(length),
                    int(pitch),
                    str(lyric[0]) if lyric else "",
                    tuple(map(str, lyric[1:])),
                )
                for start, length, pitch, *lyric in part["notes"]
            ),
            bool(part.get("percussion", False)),
            int(part.get("transposition", 0)),
        )
        for part in value["parts"]
    )
    if value["mode"] not in MODES:
        raise ValueError(f"{value['mode']!r} is not a mode.")
    pitch_class(str(value["tonic"]))
    upper, lower = value["metre"]
    return Score(
        str(value["title"]),
        str(value["tonic"]),
        value["mode"],
        (int(upper), int(lower)),
        float(value["tempo"]),
        parts,
        Fraction(value.get("pickup", "0")),
        tuple(Repeat(int(a), int(b), int(times)) for a, b, times in value.get("repeats", ())),
        tuple((Fraction(at), str(symbol)) for at, symbol in value.get("chords", ())),
    )
