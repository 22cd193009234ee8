"""Foreign MusicXML files as scores, plain or packed (.mxl), within fixed limits.

Knows the elements of a partwise score that carry notes. A file that declares entities or attributes of its
own is refused before it is parsed: that is how a small file becomes a large one.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field, replace
from fractions import Fraction
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.musicxml import KEY_FIELD
from aigc_demo.tasks.music.quantise import straightened
from aigc_demo.tasks.music.score import MODES, TONICS, Mode, Note, Part, Repeat, Score, signature

MAX_UNPACKED = 2_000_000
"""Bytes of the score inside a packed file."""
MAX_MEMBERS = 50
MAX_DEPTH = 50

_DECLARES = re.compile(r"<!(?:ENTITY|ATTLIST|ELEMENT|NOTATION|\[(?!CDATA\[))")
_DECLARATION = re.compile(r"\s*+<\?xml[^>]{0,200}\?>")
_WHOLE = re.compile(r"\s*+[+-]?\d{1,7}(?:\.0{0,6})?\s*+")
_NUMBER = re.compile(r"\s*+[+-]?\d{1,7}(?:\.\d{0,9})?\s*+")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_OUR_MODE: dict[str, Mode] = {
    "minor": "minor", "aeolian": "minor", "dorian": "dorian", "mixolydian": "mixolydian",
}  # fmt: skip
_ALTERS = {-1: "b", 0: "", 1: "#"}
_KINDS = {
    "major": "", "minor": "m", "dominant": "7", "minor-seventh": "m7", "major-seventh": "maj7",
    "diminished": "dim", "diminished-seventh": "dim7", "half-diminished": "m7b5", "augmented": "aug",
    "major-sixth": "6", "minor-sixth": "m6", "suspended-fourth": "sus4", "suspended-second": "sus2",
    "power": "5",
}  # fmt: skip


@dataclass
class _Reading:
    """What holds for the whole piece, as the first part says it."""

    metre: tuple[int, int] = (4, 4)
    fifths: int = 0
    mode: Mode = "major"
    tempo: float = 0.0
    pickup: Fraction = Fraction(0)
    repeats: list[Repeat] = field(default_factory=list)
    chords: list[tuple[Fraction, str]] = field(default_factory=list)
    notes: int = 0


@dataclass
class _Line:
    """One part while it is read. ``now`` is where the next note goes, in quarter notes."""

    divisions: int = 1
    now: Fraction = Fraction(0)
    begin: Fraction = Fraction(0)
    furthest: Fraction = Fraction(0)
    last: Fraction = Fraction(0)
    notes: list[Note] = field(default_factory=list)
    tied: dict[int, int] = field(default_factory=dict)


def read(data: bytes) -> Score:
    """The score of a MusicXML file. Raises UserError with a sentence of its own."""
    root = _parsed(_unpacked(data))
    if root.tag != "score-partwise":
        raise refused("file_not_partwise" if root.tag == "score-timewise" else "file_damaged")
    reading = _Reading()
    names = _part_list(root)
    parts = []
    for index, element in enumerate(root.iterfind("part")):
        if index >= limits.MAX_TRACKS:
            raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
        known = names.get(element.get("id", ""), _Player(f"Part {index + 1}"))
        parts.append(_part(element, known, reading, first=index == 0))
    parts = [part for part in parts if part.notes]
    if not parts:
        raise refused("file_no_notes")
    tonic, mode = _key(root, reading)
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    score = Score(
        limits.plain(title), tonic, mode, reading.metre, reading.tempo or 120.0, tuple(parts),
        reading.pickup, tuple(reading.repeats), tuple(reading.chords),
    )  # fmt: skip
    limits.check_length(score.seconds)
    return straightened(score)


def _unpacked(data: bytes) -> bytes:
    """The score inside a packed file, read no further than the limit; other data as they are."""
    if not data.startswith(b"PK"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(names) > MAX_MEMBERS:
                raise refused("file_damaged")
            wanted = [
                n
                for n in names
                if not n.startswith("META-INF/") and n.lower().endswith((".xml", ".musicxml"))
            ]
            if not wanted:
                raise refused("file_damaged")
            with archive.open(wanted[0]) as member:
                inside = member.read(MAX_UNPACKED + 1)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise refused("file_damaged") from error
    except Exception as error:  # the decompressors raise errors of their own
        if type(error).__module__ in ("zlib", "lzma"):
            raise refused("file_damaged") from error
        raise
    if len(inside) > MAX_UNPACKED:
        raise refused("file_too_large", limit_kb=MAX_UNPACKED // 1000)
    return inside


def _parsed(data: bytes) -> ET.Element:
    """The tree, of a document that declares nothing and is not nested deeper than music is."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if _DECLARES.search(text):
        raise refused("file_declares")
    try:
        # the declaration's encoding no longer holds: it is text by now
        declared = _DECLARATION.match(text)
        root = ET.fromstring(text[declared.end() :] if declared else text)  # noqa: S314 - it declares nothing
    except ET.ParseError as error:
        raise refused("file_damaged") from error
    level, depth = [root], 0
    while level:
        level = [child for element in level for child in element]
        depth += 1
        if depth > MAX_DEPTH:
            raise refused("file_damaged")
    return root


@dataclass(frozen=True)
class _Player:
    """A part as the list names it; ``drums`` maps an instrument's id to a General MIDI drum."""

    name: str
    program: int = 0
    drums: dict[str, int] = field(default_factory=dict)
    percussion: bool = False


def _part_list(root: ET.Element) -> dict[str, _Player]:
    players = {}
    for number, element in enumerate(root.iterfind("part-list/score-part"), 1):
        name = limits.plain(element.findtext("part-name") or "") or f"Part {number}"
        played = element.findall("midi-instrument")
        drums = {
            m.get("id", ""): min(127, max(0, _whole(m.findtext("midi-unpitched"), 1) - 1))
            for m in played
            if m.find("midi-unpitched") is not None
        }
        tenth = any((m.findtext("midi-channel") or "").strip() == "10" for m in played)
        program = _whole(played[0].findtext("midi-program"), 1) - 1 if played else 0
        players[element.get("id", "")] = _Player(name, min(127, max(0, program)), drums, tenth)
    return players


def _part(element: ET.Element, player: _Player, reading: _Reading, *, first: bool) -> Part:
    line = _Line()
    open_at: int | None = 0
    for number, measure in enumerate(element.iterfind("measure")):
        line.begin = line.now = line.furthest
        for child in measure:
            _child(child, line, reading, player, first=first)
        length = line.furthest - line.begin
        bar = Fraction(4 * reading.metre[0], reading.metre[1])
        if (
            number == 0
            and first
            and length < bar
            and (measure.get("implicit") == "yes" or measure.get("number") == "0")
        ):
            reading.pickup = length
        if first:
            open_at = _repeats(measure, number - (1 if reading.pickup else 0), open_at, reading)
    limits.check_length(float(line.furthest) * 60 / limits.MAX_TEMPO)
    notes = tuple(sorted(line.notes, key=lambda note: (note.start, note.pitch)))
    return Part(player.name, player.program, notes, player.percussion or bool(player.drums))


def _child(child: ET.Element, line: _Line, reading: _Reading, player: _Player, *, first: bool) -> None:
    if child.tag == "note":
        reading.notes += 1
        limits.check_notes(reading.notes)
        _note(child, line, player)
    elif child.tag in ("backup", "forward"):
        step = _length(child, line)
        line.now = max(line.begin, line.now - step) if child.tag == "backup" else line.now + step
        line.furthest = max(line.furthest, line.now)
    elif child.tag == "attributes":
        _attributes(child, line, reading, first=first)
    elif child.tag in ("direction", "sound"):
        sound = child if child.tag == "sound" else child.find("sound")
        if sound is not None and sound.get("tempo") and not reading.tempo:
            reading.tempo = limits.checked_tempo(_number(sound.get("tempo")))
    elif child.tag == "harmony" and first:
        offset = limits.rounded(Fraction(_whole(child.findtext("offset"), 0), line.divisions))
        symbol = _symbol(child)
        if symbol:
            reading.chords.append((line.now + offset, symbol))


def _attributes(child: ET.Element, line: _Line, reading: _Reading, *, first: bool) -> None:
    if child.find("divisions") is not None:
        line.divisions = _whole(child.findtext("divisions"), 1)
        if not 1 <= line.divisions <= 100_000:
            raise refused("file_damaged")
    if not first or line.notes:
        return
    if child.find("key") is not None:
        reading.fifths = max(-7, min(7, _whole(child.findtext("key/fifths"), 0)))
        reading.mode = _OUR_MODE.get((child.findtext("key/mode") or "").strip().lower(), "major")
    upper, lower = _whole(child.findtext("time/beats"), 0), _whole(child.findtext("time/beat-type"), 0)
    if 1 <= upper <= 32 and lower in (1, 2, 4, 8, 16, 32):
        reading.metre = (upper, lower)


def _note(child: ET.Element, line: _Line, player: _Player) -> None:
    if child.find("grace") is not None or child.find("cue") is not None:
        return
    length = _length(child, line)
    start = line.last if child.find("chord") is not None else line.now
    if child.find("chord") is None:
        line.last = line.now
        line.now += length
        line.furthest = max(line.furthest, line.now)
    pitch = _pitch(child, player)
    if pitch is None or length <= 0:
        return
    ties = {tie.get("type") for tie in child.iterfind("tie")}
    before = line.tied.get(pitch)
    if "stop" in ties and before is not None and line.notes[before].end == start:
        line.notes[before] = replace(line.notes[before], length=line.notes[before].length + length)
        index = before
    else:
        index = len(line.notes)
        line.notes.append(Note(start, length, pitch, _lyric(child)))
    line.tied.pop(pitch, None)
    if "start" in ties:
        line.tied[pitch] = index


def _pitch(child: ET.Element, player: _Player) -> int | None:
    """The MIDI pitch, a drum for what has none; None for a rest."""
    if (pitch := child.find("pitch")) is not None:
        step = (pitch.findtext("step") or "").strip()
        if step not in _SEMITONES:
            raise refused("file_damaged")
        alter = round(_number(pitch.findtext("alter") or "0"))
        octave = _whole(pitch.findtext("octave"), 4)
        return max(0, min(127, 12 * (octave + 1) + _SEMITONES[step] + alter))
    if child.find("unpitched") is not None:
        instrument = child.find("instrument")
        return player.drums.get(instrument.get("id", "") if instrument is not None else "", 38)
    return None


def _lyric(child: ET.Element) -> str:
    return limits.plain(child.findtext("lyric/text") or "", limits.MAX_LYRIC)


def _repeats(measure: ET.Element, bar: int, open_at: int | None, reading: _Reading) -> int | None:
    """Where an open repeat began, after this bar; None while endings make it more than a repeat."""
    for line in measure.iterfind("barline"):
        if line.find("ending") is not None:
            open_at = None
        repeat = line.find("repeat")
        if repeat is None:
            continue
        if repeat.get("direction") == "forward":
            open_at = max(0, bar)
        elif open_at is not None and bar >= open_at:
            times = _whole(repeat.get("times"), 2)
            if 2 <= times <= 4:
                reading.repeats.append(Repeat(open_at, bar, times))
            open_at = bar + 1
    return open_at


def _symbol(harmony: ET.Element) -> str:
    root, alter = (
        (harmony.findtext("root/root-step") or "").strip(),
        _whole(harmony.findtext("root/root-alter"), 0),
    )
    if root not in _SEMITONES or alter not in _ALTERS:
        return ""
    kind = (harmony.findtext("kind") or "").strip()
    symbol = root + _ALTERS[alter] + _KINDS.get(kind, "")
    bass, moved = (
        (harmony.findtext("bass/bass-step") or "").strip(),
        _whole(harmony.findtext("bass/bass-alter"), 0),
    )
    return f"{symbol}/{bass}{_ALTERS[moved]}" if bass in _SEMITONES and moved in _ALTERS else symbol


def _key(root: ET.Element, reading: _Reading) -> tuple[str, Mode]:
    for extra in root.iterfind("identification/miscellaneous/miscellaneous-field"):
        words = (extra.text or "").split()
        if extra.get("name") == KEY_FIELD and len(words) == 2 and words[0] in TONICS and words[1] in MODES:
            return words[0], words[1]
    same = [t for t in TONICS if (signature(t, reading.mode) - reading.fifths) % 12 == 0]
    return min(same, key=lambda t: abs(signature(t, reading.mode) - reading.fifths)), reading.mode


def _length(child: ET.Element, line: _Line) -> Fraction:
    return limits.rounded(Fraction(_whole(child.findtext("duration"), 0), line.divisions))


def _whole(text: str | None, otherwise: int) -> int:
    """A whole number of at most seven digits. Raises UserError for other text."""
    if text is None:
        return otherwise
    if _WHOLE.fullmatch(text) is None:
        raise refused("file_damaged")
    return int(float(text))


def _number(text: str | None) -> float:
    if text is None or _NUMBER.fullmatch(text) is None:
        raise refused("file_damaged")
    return float(text)
