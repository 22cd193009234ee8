"""The chorales that ChoraleGPT learns from, as token ids, split so that no melody is on two sides.

Bach's four-part chorales come with music21's corpus (many typed by Margaret Greentree, used by permission
there). The music is in the public domain; the files themselves are not shipped, the weights are.

Reads the little of MusicXML that these files use. Knows neither networks nor training.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from aigc_demo.tasks.music.chorale_tokens import (
    HOLD,
    MAX_BARS,
    METRES,
    REST,
    TONICS,
    Chorale,
    Cut,
    NotSayableError,
    decode,
    encode,
)
from aigc_demo.tasks.music.score import Mode
from aigc_demo.tasks.music.tokens import metre_of
from aigc_demo.tasks.music.tune import TICKS
from aigc_demo.training.folk_data import corpus_folder

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TEST, VALIDATION = 0.08, 0.06
MIN_BARS = 4


class NotTakenError(ValueError):
    """The file is no chorale that we learn from."""


@dataclass(frozen=True)
class Example:
    """One chorale, counted from the MIDI pitch ``tonic``.

    ``ids`` have no header; ``side`` is train, validation or test.
    """

    title: str
    metre: str
    mode: Mode
    tonic: int
    bars: int
    ids: list[int]
    side: str

    @property
    def chorale(self) -> Chorale:
        """It as a value."""
        return decode(self.ids, metre_of(self.metre), self.mode)


@dataclass
class _Voice:
    """Notes of one part: start, end, MIDI pitch, fermata; times in quarter notes."""

    notes: list[tuple[Fraction, Fraction, int, bool]] = field(default_factory=list)


@dataclass
class _Sheet:
    voices: list[_Voice]
    metre: str
    fifths: int
    pickup: Fraction
    end: Fraction


def load(folder: Path) -> list[Example]:
    """All chorales, kept in ``folder`` once they were read."""
    kept = folder / "chorales.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([list(vars(e).values()) for e in make(corpus_folder() / "bach")]))
    return [Example(*row) for row in json.loads(kept.read_text())]


def make(folder: Path) -> list[Example]:
    """Read and encode every chorale that can be, and split."""
    found = []
    for path in sorted(folder.glob("*.mxl")):
        try:
            chorale, tonic, soprano = read(path)
            ids = encode(chorale)
        except (NotTakenError, NotSayableError):
            continue
        if MIN_BARS <= len(chorale.bars) <= MAX_BARS:
            found.append((path.stem, chorale, tonic, soprano, ids))
    sides = _sides([(name, soprano) for name, _, _, soprano, _ in found])
    return [
        Example(name, f"{c.metre[0]}/{c.metre[1]}", c.mode, tonic, len(c.bars), ids, side)
        for (name, c, tonic, _, ids), side in zip(found, sides, strict=True)
    ]


def read(path: Path) -> tuple[Chorale, int, list[int]]:
    """A chorale, the MIDI pitch that it is counted from, and the pitches of its melody.

    Raises NotTakenError, NotSayableError.
    """
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith((".xml", ".musicxml")) and "META-INF" not in n]
        root = ElementTree.fromstring(archive.read(names[0]))  # noqa: S314 - music21's own files
    sheet = _sheet(root)
    degree, mode = _key(sheet)
    tonic = TONICS[degree]
    soprano = [pitch for _, _, pitch, _ in sheet.voices[0].notes]
    return _cut_up(sheet, tonic, mode), tonic, soprano


def _sheet(root: ElementTree.Element) -> _Sheet:
    parts = root.findall("part")
    if len(parts) != 4:
        raise NotTakenError("not four parts")
    each = [[_measure_length(m, _divisions(part)) for m in part.findall("measure")] for part in parts]
    if len({len(measures) for measures in each}) != 1:
        raise NotTakenError("parts of different length")
    lengths = [max(column) for column in zip(*each, strict=True)]
    voices = [_voice(part, lengths, _divisions(part)) for part in parts]
    attributes = parts[0].find("measure/attributes")
    times = {(t.findtext("beats"), t.findtext("beat-type")) for t in root.iter("time")}
    if attributes is None or len(times) != 1:
        raise NotTakenError("the metre changes")
    beats, beat = times.pop()
    metre = {"4/4": "4/4", "2/2": "4/4", "3/4": "3/4"}.get(f"{beats}/{beat}", "")
    if metre not in METRES:
        raise NotTakenError("metre")
    bar = Fraction(4 * int(beats or 4), int(beat or 4))
    pickup = lengths[0] if lengths[0] < bar else Fraction(0)
    return _Sheet(
        voices, metre, int(attributes.findtext("key/fifths") or 0), pickup, sum(lengths, Fraction(0))
    )


def _divisions(part: ElementTree.Element) -> int:
    found = {int(d.text or 1) for d in part.iter("divisions")}
    if len(found) != 1:
        raise NotTakenError("divisions change")
    return found.pop()


def _measure_length(measure: ElementTree.Element, divisions: int) -> Fraction:
    """In quarter notes."""
    now = longest = Fraction(0)
    for thing in measure:
        length = Fraction(int(thing.findtext("duration") or 0), divisions)
        if thing.tag == "backup":
            now -= length
        elif thing.find("chord") is None and thing.find("grace") is None:
            now += length
        longest = max(longest, now)
    return longest


def _voice(part: ElementTree.Element, lengths: list[Fraction], divisions: int) -> _Voice:
    voice = _Voice()
    start = Fraction(0)
    for measure, whole in zip(part.findall("measure"), lengths, strict=True):
        now = start
        for thing in measure:
            length = Fraction(int(thing.findtext("duration") or 0), divisions)
            if thing.tag == "backup":
                raise NotTakenError("two voices in a part")
            if thing.tag == "forward":
                now += length
            if thing.tag != "note" or thing.find("grace") is not None:
                continue
            if thing.find("chord") is not None:
                raise NotTakenError("a chord in a voice")
            _add(voice, thing, now, length)
            now += length
        start += whole
    return voice


def _add(voice: _Voice, note: ElementTree.Element, now: Fraction, length: Fraction) -> None:
    step = note.findtext("pitch/step")
    if step is None:
        return
    pitch = _LETTERS[step] + int(float(note.findtext("pitch/alter") or 0))
    pitch += 12 * (int(note.findtext("pitch/octave") or 4) + 1)
    fermata = note.find("notations/fermata") is not None
    tied = any(tie.get("type") == "stop" for tie in note.findall("tie"))
    if tied and voice.notes and voice.notes[-1][1] == now and voice.notes[-1][2] == pitch:
        first, _, _, before = voice.notes[-1]
        voice.notes[-1] = (first, now + length, pitch, before or fermata)
    else:
        voice.notes.append((now, now + length, pitch, fermata))


def _key(sheet: _Sheet) -> tuple[int, Mode]:
    """The tonic is the root of the last chord; the signature tells the mode."""
    if not all(voice.notes for voice in sheet.voices):
        raise NotTakenError("an empty voice")
    major = sheet.fifths * 7 % 12
    last = sheet.voices[3].notes[-1][2] % 12
    found: dict[int, Mode] = {0: "major", 9: "minor", 2: "dorian", 7: "mixolydian"}
    if (last - major) % 12 in found:
        return last, found[(last - major) % 12]
    return (major + 9) % 12, "minor"  # phrygian, or an end on the dominant of the minor


def _cut_up(sheet: _Sheet, tonic: int, mode: Mode) -> Chorale:
    """The sheet in cuts; bars are counted anew from the pickup, whatever repeats did to them."""
    upper, lower = (int(n) for n in sheet.metre.split("/"))
    bar = Fraction(4 * upper, lower)
    times = {start for voice in sheet.voices for start, _, _, _ in voice.notes}
    times |= {end for voice in sheet.voices for _, end, _, _ in voice.notes}
    count = -((sheet.pickup - sheet.end) // bar)
    lines = [sheet.pickup + number * bar for number in range(int(count) + 1)]
    end = lines[-1]
    edges = sorted({t for t in times if t < end} | set(lines) | {Fraction(0)})
    bars: list[list[Cut]] = [[] for _ in range(int(count) + 1)]
    for start, stop in pairwise(edges):
        number = 0 if start < sheet.pickup else int((start - sheet.pickup) // bar) + 1
        cut = _cut(sheet, start, stop, tonic, start == edges[-2])
        if bars[number] and set(cut.voices) == {HOLD}:
            before = bars[number].pop()
            cut = replace(before, ticks=before.ticks + cut.ticks)
        bars[number].append(cut)
    if count < 1:
        raise NotTakenError("no bars")
    return Chorale((upper, lower), mode, tuple(map(tuple, bars[1:])), tuple(bars[0]))


def _cut(sheet: _Sheet, start: Fraction, stop: Fraction, tonic: int, last: bool) -> Cut:
    said: list[int | str] = []
    fermata = False
    for voice in sheet.voices:
        sounding = [n for n in voice.notes if n[0] <= start < n[1]]
        if not sounding:
            # A last bar that the pickup takes from is filled by holding.
            said.append(HOLD if last and voice.notes[-1][1] == start else REST)
            continue
        first, _, pitch, _ = sounding[-1]
        said.append(pitch - tonic if first == start else HOLD)
    for first, _, _, marked in sheet.voices[0].notes:
        fermata |= marked and first == start
    ticks = (stop - start) * TICKS
    if ticks.denominator != 1:
        raise NotSayableError("a length off the grid")
    return Cut(int(ticks), tuple(said), fermata)


def _sides(chorales: list[tuple[str, list[int]]]) -> list[str]:
    """Settings of one melody go together: those whose first eight intervals agree."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, (_, soprano) in enumerate(chorales):
        groups[" ".join(str(b - a) for a, b in pairwise(soprano[:9]))].append(number)
    sides = [""] * len(chorales)
    for incipit, members in groups.items():
        draw = int.from_bytes(hashlib.sha256(incipit.encode()).digest()[:4]) / 2**32
        side = "test" if draw < TEST else "validation" if draw < TEST + VALIDATION else "train"
        for member in members:
            sides[member] = side
    return sides
