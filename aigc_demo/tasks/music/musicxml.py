"""A score as MusicXML 4.0, which engravers and notation programs read.

Knows the elements of a partwise score. What a bar looks like is :mod:`notation`'s business; reading foreign
files is :mod:`musicxml_reader`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music.notation import Bar, Piece, Voice, bars_of, beamed, beat_of, flags, tuplets
from aigc_demo.tasks.music.score import Part, Score, Spelling, chords_between, spell

SOFTWARE = "AIGC Studio"
KEY_FIELD = "studio-key"
"""The miscellaneous field that holds tonic and mode, of which MusicXML does not know the Chinese ones."""

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_TYPES = ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
_MODES = {"gong": "major", "shang": "dorian", "jue": "phrygian", "zhi": "mixolydian", "yu": "minor"}
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_CLEFS = ((60, ("G", 2, 0)), (54, ("G", 2, -1)), (0, ("F", 4, 0)))
"""By the lowest mean pitch that each is good for: treble, treble an octave lower, bass."""

_KINDS = {
    "": "major", "m": "minor", "7": "dominant", "m7": "minor-seventh", "maj7": "major-seventh",
    "dim": "diminished", "dim7": "diminished-seventh", "m7b5": "half-diminished", "aug": "augmented",
    "6": "major-sixth", "m6": "minor-sixth", "5": "power",
    "sus4": "suspended-fourth", "sus2": "suspended-second",
}  # fmt: skip
_CHORD = re.compile(r"([A-G])([#b]?)([^/]*)(?:/([A-G])([#b]?))?")
_ALTER = {"": 0, "#": 1, "b": -1}

_DRUMS = {
    35: ("F", 4, ""), 36: ("F", 4, ""), 37: ("C", 5, "x"), 38: ("C", 5, ""), 39: ("C", 5, "x"),
    40: ("C", 5, ""), 41: ("G", 4, ""), 42: ("G", 5, "x"), 43: ("A", 4, ""), 44: ("D", 4, "x"),
    45: ("B", 4, ""), 46: ("G", 5, "x"), 47: ("D", 5, ""), 48: ("E", 5, ""), 49: ("A", 5, "x"),
    50: ("E", 5, ""), 51: ("F", 5, "x"), 54: ("B", 5, "x"), 56: ("E", 5, "x"), 75: ("D", 5, "x"),
    76: ("E", 5, "x"), 77: ("D", 5, "x"),
}  # fmt: skip
"""General MIDI drum -> place on the staff and head of the note, as drum parts are commonly written."""


def write(score: Score, *, metronome: bool = True) -> bytes:
    """The score as an uncompressed MusicXML file; the same bytes for the same score.

    Without ``metronome`` it says nothing of the tempo, for an engraver that shall not draw it.
    """
    root = ET.Element("score-partwise", version="4.0")
    work = ET.SubElement(root, "work")
    _text(work, "work-title", score.title)
    who = ET.SubElement(root, "identification")
    encoding = ET.SubElement(who, "encoding")
    _text(encoding, "software", SOFTWARE)
    extra = ET.SubElement(who, "miscellaneous")
    _text(extra, "miscellaneous-field", f"{score.tonic} {score.mode}", name=KEY_FIELD)
    _part_list(root, score.parts)
    for index, part in enumerate(score.parts):
        element = ET.SubElement(root, "part", id=_id(index))
        _Writer(element, index, part, score, metronome=metronome and index == 0).write()
    ET.indent(root, space=" ")
    return (_HEAD + ET.tostring(root, encoding="unicode") + "\n").encode()


def fifths_of(score: Score) -> int:
    """The signature, by the other name of the key where one has more than seven sharps or flats."""
    fifths = score.fifths
    return fifths - 12 if fifths > 7 else fifths + 12 if fifths < -7 else fifths


def _written_fifths(fifths: int, up: int) -> int:
    """The signature that a player reads whose part is written so many semitones above what sounds."""
    written = fifths + 7 * up - 12 * _steps(up)
    return written - 12 if written > 7 else written + 12 if written < -7 else written


def _steps(semitones: int) -> int:
    """The steps of the interval of so many semitones that musicians write: a third for three or four."""
    octaves, rest = divmod(semitones, 12)
    return 7 * octaves + (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)[rest]


def _part_list(root: ET.Element, parts: Sequence[Part]) -> None:
    listed = ET.SubElement(root, "part-list")
    if len(parts) > 1:
        group = ET.SubElement(listed, "part-group", number="1", type="start")
        _text(group, "group-symbol", "bracket")
        _text(group, "group-barline", "yes")
    for index, part in enumerate(parts):
        element = ET.SubElement(listed, "score-part", id=_id(index))
        _text(element, "part-name", part.name)
        pitches = sorted({note.pitch for note in part.notes}) if part.percussion else [0]
        for pitch in pitches or [38]:
            instrument = ET.SubElement(element, "score-instrument", id=_instrument(index, part, pitch))
            _text(instrument, "instrument-name", f"{part.name} {pitch}" if part.percussion else part.name)
        for pitch in pitches or [38]:
            played = ET.SubElement(element, "midi-instrument", id=_instrument(index, part, pitch))
            if part.percussion:
                _text(played, "midi-channel", "10")
                _text(played, "midi-unpitched", str(pitch + 1))
            else:
                _text(played, "midi-program", str(part.program + 1))
    if len(parts) > 1:
        ET.SubElement(listed, "part-group", number="1", type="stop")


def _id(index: int) -> str:
    return f"P{index + 1}"


def _instrument(index: int, part: Part, pitch: int) -> str:
    return f"{_id(index)}-I{pitch}" if part.percussion else f"{_id(index)}-I1"


class _Writer:
    """Writes one part; keeps which accidentals are in force in the bar."""

    def __init__(self, element: ET.Element, index: int, part: Part, score: Score, *, metronome: bool) -> None:
        self._metronome = metronome
        self._element, self._index, self._part, self._score = element, index, part, score
        self._up = -part.transposition
        self._fifths = _written_fifths(fifths_of(score), self._up)
        self._symbols = sorted(score.chords, key=lambda chord: chord[0])
        self._bars = bars_of(part, score)
        self._divisions = lcm(*(p.length.denominator for b in self._bars for v in b.voices for p in v), 1)
        self._in_force: dict[tuple[str, int], int] = {}

    def write(self) -> None:
        """Every bar."""
        for place, bar in enumerate(self._bars):
            measure = ET.SubElement(self._element, "measure", number=str(bar.number + 1))
            if bar.number < 0:
                measure.set("implicit", "yes")
            self._bar(measure, bar, first=place == 0, last=place == len(self._bars) - 1)

    def _bar(self, measure: ET.Element, bar: Bar, *, first: bool, last: bool) -> None:
        self._in_force = {}
        self._left(measure, bar)
        if first:
            self._attributes(measure)
            if self._metronome:
                self._tempo(measure)
        for number, voice in enumerate(bar.voices, 1):
            if number > 1:
                _text(ET.SubElement(measure, "backup"), "duration", self._duration(bar.length))
            self._voice(measure, bar, voice, number)
        self._right(measure, bar, last=last)

    def _attributes(self, measure: ET.Element) -> None:
        score = self._score
        attributes = ET.SubElement(measure, "attributes")
        _text(attributes, "divisions", str(self._divisions))
        key = ET.SubElement(attributes, "key")
        _text(key, "fifths", "0" if self._part.percussion else str(self._fifths))
        if not self._part.percussion:
            _text(key, "mode", _MODES.get(score.mode, score.mode))
        time = ET.SubElement(attributes, "time")
        _text(time, "beats", str(score.metre[0]))
        _text(time, "beat-type", str(score.metre[1]))
        clef = ET.SubElement(attributes, "clef")
        if self._part.percussion:
            _text(clef, "sign", "percussion")
            return
        sign, line, octave = clef_for(self._part)
        _text(clef, "sign", sign)
        _text(clef, "line", str(line))
        if octave:
            _text(clef, "clef-octave-change", str(octave))
        if self._up:
            moved = ET.SubElement(attributes, "transpose")
            _text(moved, "diatonic", str(-_steps(self._up)))
            _text(moved, "chromatic", str(-self._up))

    def _tempo(self, measure: ET.Element) -> None:
        beat = beat_of(self._score.metre)
        direction = ET.SubElement(measure, "direction", placement="above")
        metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
        name, dots = _sign(beat)
        _text(metronome, "beat-unit", name)
        for _ in range(dots):
            ET.SubElement(metronome, "beat-unit-dot")
        _text(metronome, "per-minute", str(round(self._score.tempo / float(beat))))
        ET.SubElement(direction, "sound", tempo=f"{self._score.tempo:g}")

    def _left(self, measure: ET.Element, bar: Bar) -> None:
        if any(r.first == bar.number for r in self._score.repeats) and (bar.number > 0 or self._score.pickup):
            line = ET.SubElement(measure, "barline", location="left")
            _text(line, "bar-style", "heavy-light")
            ET.SubElement(line, "repeat", direction="forward")

    def _right(self, measure: ET.Element, bar: Bar, *, last: bool) -> None:
        repeat = next((r for r in self._score.repeats if r.last == bar.number), None)
        if repeat is None and not last:
            return
        line = ET.SubElement(measure, "barline", location="right")
        _text(line, "bar-style", "light-heavy")
        if repeat is not None:
            again = ET.SubElement(line, "repeat", direction="backward")
            if repeat.times != 2:
                again.set("times", str(repeat.times))

    # -- notes ------------------------------------------------------------------------------------

    def _voice(self, measure: ET.Element, bar: Bar, voice: Voice, number: int) -> None:
        beams = _beams(voice, self._score)
        groups = tuplets(voice)
        for index, piece in enumerate(voice):
            if number == 1 and self._index == 0:
                self._chords(measure, bar, piece)
            marks = [("start", place) for place, g in enumerate(groups) if g[0] == index]
            marks += [("stop", place) for place, g in enumerate(groups) if g[1] == index]
            for place, pitch in enumerate(piece.pitches or (None,)):
                note = ET.SubElement(measure, "note")
                if place:
                    ET.SubElement(note, "chord")
                self._what(note, pitch, piece)
                _text(note, "duration", self._duration(piece.length))
                self._ties(note, piece)
                if self._part.percussion and pitch is not None:
                    ET.SubElement(note, "instrument", id=_instrument(self._index, self._part, pitch))
                self._look(note, piece, pitch, number, len(bar.voices))
                if place == 0:
                    for level, state in enumerate(beams.get(index, ()), 1):
                        _text(note, "beam", state, number=str(level))
                self._notations(note, piece, marks if place == 0 else [])
                if place == 0:
                    self._sung(note, piece)

    @staticmethod
    def _sung(note: ET.Element, piece: Piece) -> None:
        for verse, word in enumerate((piece.lyric, *piece.verses), 1):
            if word:
                lyric = ET.SubElement(note, "lyric", number=str(verse))
                _text(lyric, "syllabic", "single")
                _text(lyric, "text", word)

    def _what(self, note: ET.Element, pitch: int | None, piece: Piece) -> None:
        if pitch is None:
            rest = ET.SubElement(note, "rest")
            if piece.whole_bar:
                rest.set("measure", "yes")
        elif self._part.percussion:
            step, octave, _ = _DRUMS.get(pitch, ("C", 5, "x"))
            unpitched = ET.SubElement(note, "unpitched")
            _text(unpitched, "display-step", step)
            _text(unpitched, "display-octave", str(octave))
        else:
            name = spell(pitch + self._up, self._fifths)
            element = ET.SubElement(note, "pitch")
            _text(element, "step", name.step)
            if name.alter:
                _text(element, "alter", str(name.alter))
            _text(element, "octave", str(name.octave))

    @staticmethod
    def _ties(note: ET.Element, piece: Piece) -> None:
        if piece.tied_from:
            ET.SubElement(note, "tie", type="stop")
        if piece.tied_to:
            ET.SubElement(note, "tie", type="start")

    def _look(self, note: ET.Element, piece: Piece, pitch: int | None, voice: int, voices: int) -> None:
        """Voice, type, dots, accidental, time modification, stem and head, in the order the format wants."""
        _text(note, "voice", str(voice))
        if not piece.whole_bar:
            name, dots = _sign(piece.sign)
            _text(note, "type", name)
            for _ in range(dots):
                ET.SubElement(note, "dot")
        if pitch is not None and not self._part.percussion:
            self._accidental(note, spell(pitch + self._up, self._fifths), tied=piece.tied_from)
        if piece.triplet:
            change = ET.SubElement(note, "time-modification")
            _text(change, "actual-notes", "3")
            _text(change, "normal-notes", "2")
        if voices > 1 and pitch is not None:
            _text(note, "stem", "up" if voice % 2 else "down")
        if self._part.percussion and pitch is not None and (head := _DRUMS.get(pitch, ("C", 5, "x"))[2]):
            _text(note, "notehead", head)

    def _accidental(self, note: ET.Element, name: Spelling, *, tied: bool) -> None:
        place = (name.step, name.octave)
        now = self._in_force.get(place, signed(name.step, self._fifths))
        if name.alter != now and not tied:
            _text(note, "accidental", _ACCIDENTALS[name.alter])
        if not tied:
            self._in_force[place] = name.alter

    @staticmethod
    def _notations(note: ET.Element, piece: Piece, marks: list[tuple[str, int]]) -> None:
        if not (piece.tied_from or piece.tied_to or marks):
            return
        notations = ET.SubElement(note, "notations")
        if piece.tied_from:
            ET.SubElement(notations, "tied", type="stop")
        if piece.tied_to:
            ET.SubElement(notations, "tied", type="start")
        for state, place in marks:
            ET.SubElement(notations, "tuplet", type=state, number=str(place % 6 + 1))

    def _chords(self, measure: ET.Element, bar: Bar, piece: Piece) -> None:
        """The chord symbols that begin while this piece sounds."""
        begin = bar.start + piece.start
        for at, symbol in chords_between(self._symbols, begin, begin + piece.length):
            found = _CHORD.fullmatch(symbol)
            if found is None:
                continue
            harmony = ET.SubElement(measure, "harmony")
            root = ET.SubElement(harmony, "root")
            _text(root, "root-step", found[1])
            if found[2]:
                _text(root, "root-alter", str(_ALTER[found[2]]))
            _text(harmony, "kind", _KINDS.get(found[3], "other"), text=found[3])
            if found[4]:
                bass = ET.SubElement(harmony, "bass")
                _text(bass, "bass-step", found[4])
                if found[5]:
                    _text(bass, "bass-alter", str(_ALTER[found[5]]))
            if at > begin:
                _text(harmony, "offset", self._duration(at - begin))

    def _duration(self, length: Fraction) -> str:
        return str(round(length * self._divisions))


def clef_for(part: Part) -> tuple[str, int, int]:
    """Sign, line and octave change of the clef that needs fewest ledger lines."""
    pitches = [note.pitch - part.transposition for note in part.notes] or [67]
    mean = sum(pitches) / len(pitches)
    return next(clef for lowest, clef in _CLEFS if mean >= lowest)


def signed(step: str, fifths: int) -> int:
    """What the signature does to a letter: 1 sharp, -1 flat, 0 nothing."""
    if fifths > 0:
        return int(step in "FCGDAEB"[:fifths])
    return -int(step in "BEADGCF"[:-fifths]) if fifths else 0


def _sign(length: Fraction) -> tuple[str, int]:
    """The type of a sign and how many dots it has."""
    for index, name in enumerate(_TYPES):
        plain = Fraction(4, 2**index)
        if length == plain:
            return name, 0
        if length == plain * Fraction(3, 2):
            return name, 1
    return _TYPES[-1], 0


def _beams(voice: Voice, score: Score) -> dict[int, list[str]]:
    """For each beamed piece the state of its beams, the eighth's first."""
    states: dict[int, list[str]] = {}
    for run in beamed(voice, score):
        most = max(flags(voice[index]) for index in run)
        for level in range(1, most + 1):
            for at, index in enumerate(run):
                if flags(voice[index]) < level:
                    continue
                before = at > 0 and flags(voice[run[at - 1]]) >= level
                after = at + 1 < len(run) and flags(voice[run[at + 1]]) >= level
                states.setdefault(index, []).append(_beam(before, after, at == 0))
    return states


def _beam(before: bool, after: bool, first: bool) -> str:
    if before:
        return "continue" if after else "end"
    return "begin" if after else "forward hook" if first else "backward hook"


def _text(parent: ET.Element, tag: str, text: str, /, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = "".join(char for char in text if char >= " ")
    return element
