"""The values that MusicXML's elements carry: numbers, chord symbols, metronome marks.

Knows how each is written. Knows nothing of parts or bars.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music.limits import MAX_TEMPO, refused
from aigc_demo.tasks.music.score import spell

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_WHOLE = re.compile(r"\s*+[+-]?\d{1,7}(?:\.0{0,6})?\s*+")
_NUMBER = re.compile(r"\s*+[+-]?\d{1,7}(?:\.\d{0,9})?\s*+")
_MARK = re.compile(r"\d{1,4}(?:\.\d{1,4})?")
_ALTERS = {-1: "b", 0: "", 1: "#"}
_KINDS = {
    "major": "", "minor": "m", "dominant": "7", "minor-seventh": "m7", "major-seventh": "maj7",
    "diminished": "dim", "diminished-seventh": "dim7", "half-diminished": "m7b5", "augmented": "aug",
    "major-sixth": "6", "minor-sixth": "m6", "suspended-fourth": "sus4", "suspended-second": "sus2",
    "power": "5",
}  # fmt: skip
_BEATS = {
    "breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125,
}  # fmt: skip


def whole(text: str | None, otherwise: int) -> int:
    """A whole number of at most seven digits. Raises UserError for other text."""
    if text is None:
        return otherwise
    if len(text) < 8 and text.isdecimal() and text.isascii():
        return int(text)
    if _WHOLE.fullmatch(text) is None:
        raise refused("file_damaged")
    return int(float(text))


def number(text: str | None) -> float:
    """A number with at most seven digits before the point. Raises UserError for other text."""
    if text is None or _NUMBER.fullmatch(text) is None:
        raise refused("file_damaged")
    return float(text)


def metronome(direction: ET.Element) -> float:
    """Quarter notes a minute of a direction's metronome mark; 0 where it has none that says a number."""
    mark = direction.find("direction-type/metronome")
    if mark is None:
        return 0.0
    units = [child for child in mark if child.tag in ("beat-unit", "beat-unit-dot")]
    said = _MARK.search((mark.findtext("per-minute") or "")[:40])
    beat = _BEATS.get((units[0].text or "").strip(), 0.0) if units else 0.0
    if said is None or not beat or sum(unit.tag == "beat-unit" for unit in units) > 1:
        return 0.0
    beat *= 2 - 0.5 ** sum(unit.tag == "beat-unit-dot" for unit in units)
    tempo = beat * float(said[0])
    return tempo if 0 < tempo <= MAX_TEMPO else 0.0


def fifths_moved(chromatic: int, diatonic: int) -> int:
    """Sharps that a key gains where it sounds so many semitones and steps above what is written."""
    return 7 * chromatic - 12 * diatonic


def symbol(harmony: ET.Element, moved: int) -> str:
    """A chord symbol such as ``F#m7/C#``, as it sounds; nothing where it has no root of ours."""
    root = _name(harmony, "root", moved)
    if not root:
        return ""
    kind = (harmony.findtext("kind") or "").strip()
    bass = _name(harmony, "bass", moved)
    return root + _KINDS.get(kind, "") + (f"/{bass}" if bass else "")


def _name(harmony: ET.Element, what: str, moved: int) -> str:
    step = (harmony.findtext(f"{what}/{what}-step") or "").strip()
    alter = whole(harmony.findtext(f"{what}/{what}-alter"), 0)
    if step not in SEMITONES or alter not in _ALTERS:
        return ""
    if moved:
        sounding = spell(60 + SEMITONES[step] + alter + moved, 0)
        step, alter = sounding.step, sounding.alter
    return step + _ALTERS.get(alter, "")
