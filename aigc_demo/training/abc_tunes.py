"""A strict reader of one-voice folk tunes in ABC: from text to bars that sum, or to nothing.

Knows the dialect of the collections that we train on (fingerings, bowings, back-ticks, grace notes, endings,
bar lines in the middle of bars). It is for training only: what visitors bring is read elsewhere, and
forgivingly. A tune that is not understood wholly, or whose bars do not sum to the metre, is refused.

Every section is made of full bars: notes before a section's first bar line (its pickup) are put where they
are heard, at the end of the bar before; only the pickup of the whole tune stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from aigc_demo.tasks.music.score import Mode, pitch_class, signature

Event = tuple[int | None, Fraction, bool]
"""MIDI pitch or None for a rest, length in quarter notes, whether it is tied to the note before."""

_FIELD = re.compile(r"^([A-Za-z]):\s*(.*)$")
_TOKEN = re.compile(
    r"""(?P<skip>"[^"]*"|\{[^}]*\}|![^!\n]{1,30}!|\+[a-z.]{1,20}\+|[\s`\\~.)HLMOPSTRJKUuvhijklmnopqrstwYNW]|y\d*)
    |(?P<inline>\[[A-Za-z]:[^\]]*\])
    |(?P<bar>(?::*\|+\]?:*|:*\[\|\]?|::+)(?:\s*\[?(?P<ending>[12])(?![\d/]))?|\[(?P<alone>[12]))
    |(?P<tuplet>\((?P<p>\d)(?::(?P<q>\d?)(?::(?P<r>\d?))?)?)
    |(?P<chord>\[[^\]|:]*\])(?P<chord_length>\d*/*\d*)
    |(?P<note>(?P<accidental>\^\^?|__?|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*)(?P<length>\d*/*\d*))
    |(?P<rest>[zx])(?P<rest_length>\d*/*\d*)
    |(?P<tie>-)
    |(?P<broken>>+|<+)
    |(?P<slur>\()""",
    re.VERBOSE,
)
_ONE = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)(\d*/*\d*)")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTER = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")
_MODES: dict[str, Mode] = {
    "": "major", "maj": "major", "m": "minor", "min": "minor", "dor": "dorian", "mix": "mixolydian",
}  # fmt: skip
METRES = {"C": (4, 4), "C|": (4, 4), "4/4": (4, 4), "2/2": (4, 4), "2/4": (2, 4), "3/4": (3, 4),
          "3/8": (3, 8), "6/8": (6, 8), "9/8": (9, 8)}  # fmt: skip


class NotUnderstoodError(ValueError):
    """The tune has something that this reader does not take."""


@dataclass
class Section:
    """Full bars that belong together, and whether they are played twice."""

    bars: list[list[Event]]
    repeated: bool


@dataclass
class Tune:
    """One tune: ``headers`` are ABC's fields by letter, the first of each."""

    headers: dict[str, str]
    metre: tuple[int, int]
    tonic: int  # pitch class 0..11
    mode: Mode
    pickup: list[Event]
    sections: list[Section]

    @property
    def bars(self) -> int:
        """Bars as written."""
        return sum(len(section.bars) for section in self.sections)


@dataclass
class _Segment:
    """What stands between two section marks, as written."""

    bars: list[list[Event]] = field(default_factory=list)
    repeated: bool = False
    first_ending: int | None = None  # where the first ending begins
    second_ending: int | None = None


def tunes_in(text: str) -> Iterator[tuple[dict[str, str], str]]:
    """Headers and body of each tune in a file."""
    for block in re.split(r"(?m)^(?=X:)", text):
        headers: dict[str, str] = {}
        body: list[str] = []
        for raw in block.splitlines():
            line = re.sub(r"(?<!\\)%.*$", "", raw).strip()
            found = _FIELD.match(line)
            if found is None:
                if "K" in headers and line:
                    body.append(line)
            elif "K" in headers and found[1] in "KMLV":
                body.append("\x00")  # a change inside the tune: refused by the reader
            else:
                headers.setdefault(found[1], found[2].strip().strip('"').strip())
        if "X" in headers and body:
            yield headers, "\n".join(body)


def read_tune(headers: dict[str, str], body: str) -> Tune:
    """The tune. Raises NotUnderstoodError."""
    metre = METRES.get(headers.get("M", "").strip())
    if metre is None:
        raise NotUnderstoodError("metre")
    tonic, mode = _key(headers.get("K", ""))
    unit = Fraction(headers.get("L", "1/8").split()[0]) * 4
    segments = _segments(body, signature(tonic, mode), unit)
    pickup, sections = _full_bars(segments, Fraction(4 * metre[0], metre[1]))
    final, true_mode = _true_key(pitch_class(tonic), mode, sections)
    return Tune(headers, metre, final, true_mode, pickup, sections)


def _key(text: str) -> tuple[str, Mode]:
    found = _KEY.match(text.strip())
    if found is None:
        raise NotUnderstoodError("key")
    mode = _MODES.get(found[3].lower()[:3])
    if mode is None:
        raise NotUnderstoodError("mode")
    return found[1] + found[2], mode


def _true_key(tonic: int, mode: Mode, sections: list[Section]) -> tuple[int, Mode]:
    """Many tunes are labelled by their signature: the tonic is the final that their sections end on."""
    if mode != "major":
        return tonic, mode
    finals = set()
    for section in sections:
        pitches = [pitch for pitch, _, _ in section.bars[-1] if pitch is not None]
        finals.add(pitches[-1] % 12 if pitches else -1)
    last = [p for p, _, _ in sections[-1].bars[-1] if p is not None]
    if not last or (last[-1] - tonic) % 12 == 0:
        return tonic, mode
    found: dict[int, Mode] = {2: "dorian", 9: "minor", 7: "mixolydian"}
    distance = (last[-1] - tonic) % 12
    if distance not in found or (distance == 7 and len(finals) > 1):
        return tonic, mode
    return last[-1] % 12, found[distance]


def _length(text: str) -> Fraction:
    """``""`` 1, ``"3"`` 3, ``"/"`` 1/2, ``"//"`` 1/4, ``"3/2"``."""
    number, slash, below = text.partition("/")
    value = Fraction(int(number or 1))
    if not slash:
        return value
    halvings = below.count("/")
    digits = below.strip("/")
    divisor = int(digits) if digits else 2 ** (halvings + 1)
    if divisor == 0:
        raise NotUnderstoodError("length")
    return value / divisor


class _Bars:
    """The reader's state: the bar being filled, accidentals in force, tuplets and ties under way."""

    def __init__(self, fifths: int, unit: Fraction) -> None:
        order = "FCGDAEB"
        sharp = dict.fromkeys(order[: max(0, fifths)], 1)
        flat = dict.fromkeys(order[7 + min(0, fifths) :], -1) if fifths < 0 else {}
        self.signature = {**sharp, **flat}
        self.unit = unit
        self.accidentals: dict[tuple[str, int], int] = {}
        self.events: list[Event] = []
        self.tuplet: tuple[Fraction, int] | None = None
        self.tied = False
        self.broken: Fraction | None = None  # factor of the next note

    def pitch(self, accidental: str | None, letter: str, octave: str) -> int:
        up = (5 if letter.islower() else 4) + octave.count("'") - octave.count(",")
        name = letter.upper()
        if accidental:
            self.accidentals[(name, up)] = _ALTER[accidental]
        alter = self.accidentals.get((name, up), self.signature.get(name, 0))
        return _LETTERS[name] + alter + 12 * (up + 1)

    def add(self, pitch: int | None, length: Fraction) -> None:
        value = length * self.unit
        if self.broken is not None:
            value, self.broken = value * self.broken, None
        if self.tuplet is not None:
            factor, left = self.tuplet
            value *= factor
            self.tuplet = (factor, left - 1) if left > 1 else None
        last = self.events[-1] if self.events else None
        if self.tied and last is not None and pitch is not None and last[0] == pitch:
            self.events[-1] = (pitch, last[1] + value, last[2])
        else:
            self.events.append((pitch, value, self.tied and pitch is not None))
        self.tied = False

    def close(self) -> list[Event]:
        if self.tuplet is not None or self.broken is not None:
            raise NotUnderstoodError("a group across the bar line")
        result, self.events, self.accidentals = self.events, [], {}
        return result


def _segments(body: str, fifths: int, unit: Fraction) -> list[_Segment]:
    """The body cut at section marks."""
    state, place = _Bars(fifths, unit), 0
    cutter = _Cutter()
    while place < len(body):
        found = _TOKEN.match(body, place)
        if found is None:
            raise NotUnderstoodError(f"{body[place : place + 8]!r}")
        place = found.end()
        if found["bar"] is None:
            _take(state, found)
        else:
            cutter.line(state.close(), found["bar"].strip(), found["ending"] or found["alone"])
    return cutter.end(state.close())


class _Cutter:
    """Collects bars into segments, by the bar lines between them."""

    def __init__(self) -> None:
        self._segments: list[_Segment] = []
        self._current = _Segment()
        self._opened = False  # by a repeat sign: then a double bar line inside means nothing

    def line(self, bar: list[Event], mark: str, ending: str | None) -> None:
        """A bar, and the line after it; ``ending`` is the number of the ending that begins there."""
        if bar:
            self._current.bars.append(bar)
        closes = mark.startswith(":")
        opens = mark.startswith("::") or (mark.endswith(":") and not ending)
        self._current.repeated |= closes
        if ending == "1":
            self._current.first_ending = len(self._current.bars)
        elif ending == "2":
            self._current.second_ending = len(self._current.bars)
        double = "||" in mark or "|]" in mark or "[|" in mark
        if (closes and ending != "2") or opens or (double and not self._opened and not ending):
            if self._current.bars:
                self._segments.append(self._current)
                self._current = _Segment()
                self._opened = opens
            elif opens:
                self._opened = True

    def end(self, bar: list[Event]) -> list[_Segment]:
        """All segments, the last one closed."""
        if bar:
            self._current.bars.append(bar)
        return self._segments + ([self._current] if self._current.bars else [])


def _take(state: _Bars, found: re.Match[str]) -> None:
    """One thing that is no bar line."""
    if found["skip"] is not None or found["slur"] is not None:
        return
    if found["inline"] is not None:
        if found["inline"][1] in "KMLV":
            raise NotUnderstoodError("a change inside the tune")
    elif found["tuplet"] is not None:
        _open_tuplet(state, found)
    elif found["chord"] is not None:
        inside = [(state.pitch(n[1], n[2], n[3]), _length(n[4])) for n in _ONE.finditer(found["chord"])]
        if not inside:
            raise NotUnderstoodError("chord")
        top, length = max(inside)
        state.add(top, length * _length(found["chord_length"]))
    elif found["note"] is not None:
        state.add(
            state.pitch(found["accidental"], found["letter"], found["octave"]), _length(found["length"])
        )
    elif found["rest"] is not None:
        state.add(None, _length(found["rest_length"]))
    elif found["tie"] is not None:
        # O'Neill's transcribers write a hyphen for a slur too: only the same pitch again is a tie.
        state.tied = bool(state.events) and state.events[-1][0] is not None
    else:
        _break(state, found["broken"])


def _open_tuplet(state: _Bars, found: re.Match[str]) -> None:
    notes = int(found["p"])
    if notes != 3 or found["r"] not in (None, "", "3") or found["q"] not in (None, "", "2"):
        raise NotUnderstoodError("tuplet")
    state.tuplet = (Fraction(2, 3), 3)


def _break(state: _Bars, signs: str) -> None:
    """``a>b`` lengthens a and shortens b."""
    if not state.events:
        raise NotUnderstoodError("broken rhythm")
    short = Fraction(1, 2 ** len(signs))
    first, second = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
    pitch, value, tied = state.events[-1]
    state.events[-1] = (pitch, value * first, tied)
    state.broken = second


def _sum(bar: list[Event]) -> Fraction:
    return sum((length for _, length, _ in bar), Fraction(0))


def _full_bars(segments: list[_Segment], bar: Fraction) -> tuple[list[Event], list[Section]]:
    """The pickup of the tune, and sections of full bars. Raises NotUnderstoodError where one does not sum."""
    cleaned: list[tuple[list[Event], list[list[Event]], bool]] = []
    for segment in segments:
        bars = _one_ending(segment)
        if len(bars) == 1 and _sum(bars[0]) < bar and not segment.repeated:
            # A lone scrap between two marks: it leads into what follows.
            cleaned.append((bars[0], [], False))
            continue
        lead = bars.pop(0) if bars and _sum(bars[0]) < bar else []
        if cleaned and not cleaned[-1][1]:
            lead = cleaned.pop()[0] + lead
        cleaned.append((lead, bars, segment.repeated))
    if cleaned and not cleaned[-1][1]:
        cleaned.pop()
    sections = []
    for number, (lead, bars, repeated) in enumerate(cleaned):
        if not bars:
            raise NotUnderstoodError("an empty section")
        following = cleaned[number + 1][0] if number + 1 < len(cleaned) else []
        bars[-1] = _filled(bars[-1], bar, lead if repeated else [], following)
        for events in bars:
            if _sum(events) != bar:
                raise NotUnderstoodError("a bar does not sum")
        sections.append(Section(bars, repeated))
    if not sections:
        raise NotUnderstoodError("no bars")
    return cleaned[0][0], sections


def _one_ending(segment: _Segment) -> list[list[Event]]:
    """Of two endings the second, where it is as long as the first; else the first."""
    bars = list(segment.bars)
    first, second = segment.first_ending, segment.second_ending
    if first is not None and second is not None and second >= first:
        if len(bars) - second == second - first:
            return bars[:first] + bars[second:]
        return bars[:second]
    return bars


def _filled(last: list[Event], bar: Fraction, own: list[Event], following: list[Event]) -> list[Event]:
    """A section's last bar made full: by the pickup that is heard in it, else by holding its last note."""
    missing = bar - _sum(last)
    if missing <= 0:
        return last
    for lead in (own, following):
        if lead and _sum(lead) == missing:
            return last + [(pitch, length, False) for pitch, length, _ in lead]
    pitch, length, tied = last[-1]
    if pitch is None or missing > bar / 2:
        raise NotUnderstoodError("a last bar is short")
    return [*last[:-1], (pitch, length + missing, tied)]
