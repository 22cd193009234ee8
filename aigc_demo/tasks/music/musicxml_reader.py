"""Foreign MusicXML scores: notes of all parts as they sound, bars under one another.

Knows the elements of a partwise score that carry notes and that say in which order bars are played. How the
file is packed is :mod:`musicxml_file`'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter
from typing import Literal
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music import limits, musicxml_file
from aigc_demo.tasks.music.abc_values import endings
from aigc_demo.tasks.music.assembly import Frame, Line, Opened, Sign, assembled
from aigc_demo.tasks.music.left_out import Notes
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.musicxml import KEY_FIELD
from aigc_demo.tasks.music.musicxml_player import Player, part_list
from aigc_demo.tasks.music.musicxml_values import (
    SEMITONES,
    fifths_moved,
    metronome,
    number,
    symbol,
    whole,
)
from aigc_demo.tasks.music.roadmap import Measure
from aigc_demo.tasks.music.score import MODES, TONICS, Mode, signature

_OUR_MODE: dict[str, Mode] = {
    "minor": "minor", "aeolian": "minor", "dorian": "dorian", "mixolydian": "mixolydian",
}  # fmt: skip
_NEAR: dict[str, Mode] = {"phrygian": "minor", "locrian": "minor", "lydian": "major"}
_BACK = re.compile(r"(D\. ?C\.?|DC|Da Capo)(?![a-z])|(?:D\. ?S\.?|DS|Dal Segno)(?![a-z])", re.IGNORECASE)


_SAID = attrgetter("tag", "text")
Ticks = int | Fraction


@dataclass
class _Reading:
    """What holds for the whole piece, as the first part says it. ``full`` is how long a full bar is now."""

    left: Notes = field(default_factory=Notes)
    exact: limits.Exact = field(default_factory=limits.Exact)
    metre: tuple[int, int] | None = None
    fifths: int | None = None
    mode: Mode = "major"
    tempo: float = 0.0
    notes: int = 0
    full: Fraction = Fraction(4)
    measures: list[Measure] = field(default_factory=list)
    times: dict[tuple[Ticks, int], Fraction] = field(default_factory=dict)
    lengths: dict[str | None, Ticks] = field(default_factory=dict)
    pitches: dict[tuple[tuple[str, str | None], ...], int] = field(default_factory=dict)

    def time(self, ticks: Ticks, divisions: int) -> Fraction:
        """So many parts of a quarter note in quarter notes; the same ones come again and again."""
        found = self.times.get((ticks, divisions))
        if found is None:
            time = Fraction(ticks, divisions) if isinstance(ticks, int) else ticks / divisions
            found = self.times[ticks, divisions] = self.exact(time)
        return found

    def length(self, duration: ET.Element | None) -> Ticks:
        """A length in parts of a quarter note; old programs write ``1.5`` of them."""
        said = duration.text if duration is not None else None
        found = self.lengths.get(said)
        if found is None:
            decimal = said is not None and "." in said
            found = Fraction(number(said)).limit_denominator(1000) if decimal else whole(said, 0)
            self.lengths[said] = found
        return found


@dataclass
class _Line:
    """One part while it is read. ``now`` is counted from the beginning of the bar, in ``divisions``.

    ``ticks`` is that beginning in the same, where it is a whole number of them.
    """

    line: Line
    player: Player
    divisions: int = 1
    moved: int = 0
    diatonic: int = 0
    begin: Fraction = Fraction(0)
    ticks: int | None = None
    now: Ticks = 0
    furthest: Ticks = 0
    last: Ticks = 0
    bar: int = 0
    unpitched: int = 0

    def at(self, begin: Fraction) -> None:
        """Where the bar begins, in quarter notes from the beginning of the piece."""
        whole_ticks, rest = divmod(begin.numerator * self.divisions, begin.denominator)
        self.begin, self.ticks = begin, None if rest else whole_ticks


def read(data: bytes) -> Opened:
    """The score of a MusicXML file. Raises UserError with a sentence of its own."""
    root = musicxml_file.tree(data)
    reading = _Reading()
    players = part_list(root)
    elements = list(root.iterfind("part"))
    if len(elements) > limits.MAX_TRACKS:
        raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
    parts = [
        _Line(Line(), players.get(element.get("id", ""), Player(f"Part {number}")))
        for number, element in enumerate(elements, 1)
    ]
    _read_bars([element.findall("measure") for element in elements], parts, reading)
    for part in parts:
        drums = part.player.percussion or bool(part.player.drums) or part.unpitched == len(part.line.signs)
        part.line.name, part.line.program = part.player.name, part.player.program
        part.line.percussion, part.line.transposition = drums, 0 if drums else part.moved
        part.line.measures = reading.measures
    metre = reading.metre or (4, 4)
    measures = reading.measures
    full = Fraction(4 * metre[0], metre[1])
    pickup = measures[0].length if len(measures) > 1 and measures[0].length < full else Fraction(0)
    tonic, mode = _key(root, reading)
    title = limits.plain(root.findtext("work/work-title") or root.findtext("movement-title") or "")
    frame = Frame(title, tonic, mode, metre, reading.tempo or 120.0, pickup)
    return Opened(assembled(frame, [part.line for part in parts]), reading.left.terms())


def _read_bars(columns: list[list[ET.Element]], parts: list[_Line], reading: _Reading) -> None:
    """Bar by bar, all parts of a bar before the next one begins: it is as long as its longest part."""
    begin, ended = Fraction(0), False
    for index in range(max(map(len, columns), default=0)):
        length = Fraction(0)
        bar = Measure(begin)
        for first, (column, part) in enumerate(zip(columns, parts, strict=True)):
            if index < len(column):
                part.at(begin)
                part.bar = index + 1
                part.now = part.furthest = part.last = 0
                for child in column[index]:
                    if child.tag == "note":
                        _note(child, part, reading)
                    else:
                        _child(child, part, reading, bar, lead=first == 0)
                length = max(length, reading.time(part.furthest, part.divisions))
        bar.length = length or reading.full
        limits.check_length(float(bar.end) * 60 / limits.MAX_TEMPO)
        if columns and index < len(columns[0]):
            ended = _road_signs(columns[0][index], bar, reading.measures, ended)
        reading.measures.append(bar)
        begin = bar.end


def _child(child: ET.Element, part: _Line, reading: _Reading, bar: Measure, *, lead: bool) -> None:
    tag = child.tag
    if tag in ("backup", "forward"):
        step = reading.length(child.find("duration"))
        part.now = max(0, part.now - step) if tag == "backup" else part.now + step
        part.furthest = max(part.furthest, part.now)
    elif tag == "attributes":
        _attributes(child, part, reading, lead=lead)
    elif tag in ("direction", "sound"):
        _direction(child, part, reading, bar, lead=lead)
    elif tag == "harmony" and lead:
        at = reading.time(part.now + whole(child.findtext("offset"), 0), part.divisions)
        if name := symbol(child, part.moved):
            part.line.chords.append((max(Fraction(0), part.begin + at), name))


def _attributes(child: ET.Element, part: _Line, reading: _Reading, *, lead: bool) -> None:
    if child.find("divisions") is not None:
        divisions = whole(child.findtext("divisions"), 1)
        if not 1 <= divisions <= 1_000_000:
            raise refused("file_damaged")
        if divisions != part.divisions and part.furthest:  # within a bar, which is rare
            places = (part.now, part.last, part.furthest)
            exact = [reading.time(ticks, part.divisions) * divisions for ticks in places]
            part.now, part.last, part.furthest = exact
        part.divisions = divisions
        part.at(part.begin)
    transpose = child.find("transpose")
    if transpose is not None:
        octaves = whole(transpose.findtext("octave-change"), 0)
        chromatic = round(number(transpose.findtext("chromatic") or "0"))
        part.moved = max(-60, min(60, chromatic + 12 * octaves))
        diatonic = transpose.findtext("diatonic")
        part.diatonic = whole(diatonic, 0) if diatonic else round(chromatic * 7 / 12)
        part.diatonic += 7 * octaves
    key = child.find("key")
    if key is not None and not part.player.percussion:
        fifths = max(-7, min(7, whole(key.findtext("fifths"), 0)))
        fifths += fifths_moved(part.moved, part.diatonic)
        mode = (key.findtext("mode") or "").strip().lower()
        if reading.fifths is None:
            reading.fifths = fifths
            reading.mode = _OUR_MODE.get(mode, _NEAR.get(mode, "major"))
            if mode in _NEAR:
                reading.left.add("mode", key=mode)
        elif lead and part.line.signs and fifths != reading.fifths:
            reading.left.add("key", bar=part.bar)
    time = child.find("time")
    if time is not None and lead:
        _metre(time, part, reading)


def _metre(time: ET.Element, part: _Line, reading: _Reading) -> None:
    """The metre: ``3+2`` over 8 is five eighths, and several fractions are added."""
    if time.find("senza-misura") is not None:
        reading.left.add("free_metre")
        return
    pairs = list(zip(time.findall("beats"), time.findall("beat-type"), strict=False))
    total, lower = Fraction(0), 0
    for beats, kind in pairs:
        under = whole(kind.text, 0)
        over = sum(whole(piece, 0) for piece in (beats.text or "").split("+"))
        if under not in (1, 2, 4, 8, 16, 32, 64, 128) or not 1 <= over <= 64:
            return
        total, lower = total + Fraction(over, under), max(lower, under)
    upper = int(total * lower)
    if not lower or not 1 <= upper <= 32 or lower > 32:
        return
    reading.full = 4 * total
    if reading.metre is None:
        reading.metre = (upper, lower)
    elif reading.metre != (upper, lower):
        reading.left.later_metre((upper, lower), part.bar)


def _direction(child: ET.Element, part: _Line, reading: _Reading, bar: Measure, *, lead: bool) -> None:
    sound = child if child.tag == "sound" else child.find("sound")
    tempo = tempo_of(child)
    if tempo:
        if part.begin + part.now == 0:
            reading.tempo = reading.tempo or limits.checked_tempo(tempo)
        elif tempo != (reading.tempo or 120.0):
            reading.left.later_tempo(tempo, part.bar)
    if lead:
        _jumps(child, sound, bar)


def _jumps(child: ET.Element, sound: ET.Element | None, bar: Measure) -> None:
    """Where a direction sends the player, by its sound or by its signs and words."""
    if sound is not None:
        bar.back = "start" if sound.get("dacapo") == "yes" else "segno" if sound.get("dalsegno") else bar.back
        bar.fine = bar.fine or bool(sound.get("fine"))
        bar.to_coda = bar.to_coda or bool(sound.get("tocoda"))
        bar.segno = bar.segno or bool(sound.get("segno"))
        bar.coda = bar.coda or bool(sound.get("coda"))
    for kind in child.iterfind("direction-type"):
        bar.segno = bar.segno or kind.find("segno") is not None
        words = (kind.findtext("words") or "").strip()[:40]
        to_coda = words.lower().startswith(("to coda", "al coda"))
        bar.to_coda = bar.to_coda or to_coda
        bar.coda = bar.coda or (kind.find("coda") is not None and sound is None and not to_coda)
        if words.lower() == "fine":
            bar.fine = True
        else:
            bar.back = bar.back or sent_back(words)


def sent_back(words: str) -> Literal["", "start", "segno"]:
    """Where the words of a direction send the player."""
    if (found := _BACK.match(words)) is None:
        return ""
    return "start" if found[1] else "segno"


def tempo_of(direction: ET.Element) -> float:
    """Quarter notes a minute of a direction, by its sound or its metronome mark; 0 where it says none."""
    sound = direction if direction.tag == "sound" else direction.find("sound")
    said = sound.get("tempo") if sound is not None else None
    return number(said) if said else metronome(direction)


def _road_signs(measure: ET.Element, bar: Measure, before: list[Measure], open_: bool) -> bool:
    """Repeats and endings of a bar's lines; whether an ending goes on after it."""
    if open_:
        bar.endings = before[-1].endings
    for line in measure.iterfind("barline"):
        ending = line.find("ending")
        if ending is not None:
            numbers = endings((ending.get("number") or "").replace(" ", "").rstrip(".,"))
            if ending.get("type") == "start":
                bar.endings, open_ = numbers or bar.endings, bool(numbers)
            else:
                open_ = False
        repeat = line.find("repeat")
        if repeat is not None and repeat.get("direction") == "forward":
            bar.opens = True
        elif repeat is not None:
            bar.times = max(2, min(16, whole(repeat.get("times"), 2)))
    return open_


def _note(child: ET.Element, part: _Line, reading: _Reading) -> None:
    """One note: its elements are looked at once, for there are thousands of them."""
    reading.notes += 1
    limits.check_notes(reading.notes)
    found = {element.tag: element for element in child}
    if "grace" in found:
        reading.left.add("grace")
        return
    if "cue" in found:
        return
    length = reading.length(found.get("duration"))
    if "chord" in found:
        start = part.last
    else:
        start = part.last = part.now
        part.now += length
    part.furthest = max(part.furthest, start + length)
    pitch = _pitch(found, part, reading)
    if pitch is None or length <= 0:
        return
    ties: set[str | None] = set()
    if "tie" in found:
        ties = {tie.get("type") for tie in child.iterfind("tie")}
    elif "notations" in found:
        ties = {tied.get("type") for tied in found["notations"].iterfind("tied")}
    at = (
        part.begin + reading.time(start, part.divisions)
        if part.ticks is None
        else reading.time(part.ticks + start, part.divisions)
    )
    lasts = reading.time(length, part.divisions)
    verses = _verses(child.findall("lyric")) if "lyric" in found else ()
    part.line.signs.append(Sign(at, lasts, pitch, verses, "start" in ties, "stop" in ties))


def _pitch(found: dict[str, ET.Element], part: _Line, reading: _Reading) -> int | None:
    """The MIDI pitch as it sounds, a drum for what has none; None for a rest."""
    if "pitch" in found:
        said = tuple(map(_SAID, found["pitch"]))
        written = reading.pitches.get(said)
        if written is None:
            written = reading.pitches[said] = _written({tag: text or "" for tag, text in said}, reading)
        return max(0, min(127, written + (0 if part.player.percussion else part.moved)))
    if "unpitched" in found:
        instrument = found.get("instrument")
        part.unpitched += 1
        return part.player.drums.get(instrument.get("id", "") if instrument is not None else "", 38)
    return None


def _written(said: dict[str, str], reading: _Reading) -> int:
    """A pitch as it is written, in MIDI."""
    step = said.get("step", "").strip()
    if step not in SEMITONES:
        raise refused("file_damaged")
    alter = number(said["alter"]) if said.get("alter") else 0.0
    if alter % 1:
        reading.left.add("quarter_tones")
    return 12 * (whole(said.get("octave"), 4) + 1) + SEMITONES[step] + round(alter)


def _verses(lyrics: list[ET.Element]) -> tuple[str, ...]:
    """The syllables of all verses, in the order of their numbers; missing ones are empty."""
    found: dict[int, str] = {}
    for place, lyric in enumerate(lyrics, 1):
        said = (lyric.get("number") or "").strip()
        verse = int(said) if said.isdecimal() and 1 <= int(said[:3]) <= 20 else place
        text = " ".join(text.text or "" for text in lyric.iterfind("text"))
        found.setdefault(min(verse, 20), limits.plain(text, limits.MAX_LYRIC))
    if not any(found.values()):
        return ()
    return tuple(found.get(verse, "") for verse in range(1, max(found) + 1))


def _key(root: ET.Element, reading: _Reading) -> tuple[str, Mode]:
    for extra in root.iterfind("identification/miscellaneous/miscellaneous-field"):
        words = (extra.text or "").split()
        if extra.get("name") == KEY_FIELD and len(words) == 2 and words[0] in TONICS and words[1] in MODES:
            return words[0], words[1]
    fifths = reading.fifths or 0
    same = [t for t in TONICS if (signature(t, reading.mode) - fifths) % 12 == 0]
    return min(same, key=lambda t: abs(signature(t, reading.mode) - fifths)), reading.mode
