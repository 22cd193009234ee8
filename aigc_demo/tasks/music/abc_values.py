"""The values that ABC's fields and letters carry: metres, lengths, tempos, tuplets, keys.

Knows how each is written. Knows nothing of lines or voices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from aigc_demo.tasks.music.musicxml import signed
from aigc_demo.tasks.music.score import TONICS, Mode, signature

_TUPLET_IN = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_METRE = re.compile(r"\(?\s*+(\d{1,2}(?:\s*+\+\s*+\d{1,2}){0,6})\s*+\)?\s*+/\s*+(\d{1,2})")
_FRACTION = re.compile(r"(\d{1,3})/(\d{1,3})|1\b")
_TEMPO = re.compile(r"((?:\d{1,3}/\d{1,3}\s*+){1,6})=\s*+(\d{1,5}(?:\.\d{1,6})?)")
_BARE_TEMPO = re.compile(r"(?:^|(?:^|[\"\s])[A-Ga-g](\d{0,2}(?:/\d{0,2})?)\s*+=)\s*+(\d{1,5})\s*+(?:$|\")")
_KEY = re.compile(r"([A-G])([#b]?)\s*+([A-Za-z]*+)(.*)", re.DOTALL)
_MARKED = re.compile(r"(?<!\S)(\^\^?|__?|=)([a-gA-G])(?!\S)")
_SHIFT = re.compile(r"(?<!\S)transpose=\s*+([+-]?\d{1,2})")
_OCTAVE = re.compile(r"(?<!\S)octave=\s*+([+-]?\d)")
_EIGHT = re.compile(r"(?:clef=|(?<!\S))(?:treble|bass|alto|tenor|G2?|F4?|C[1-4]?)([+-])8")

ALTERS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_MODE_OF: dict[str, tuple[Mode, int]] = {
    "": ("major", 0), "maj": ("major", 0), "ion": ("major", 0), "m": ("minor", 0), "min": ("minor", 0),
    "aeo": ("minor", 0), "dor": ("dorian", 0), "mix": ("mixolydian", 0),
    "lyd": ("major", 1), "phr": ("minor", -1), "loc": ("minor", -2),
}  # fmt: skip
"""The mode of ours that is nearest, and the sharps beyond its signature."""


@dataclass(frozen=True)
class Key:
    """A key: what it does to each letter, and the nearest of ours; ``near`` names a mode that ours is not."""

    tonic: str = "C"
    mode: Mode = "major"
    alters: Mapping[str, int] = field(default_factory=dict)
    near: str = ""


PIPES = Key("A", "mixolydian", {"F": 1, "C": 1})
"""Highland pipes, ``Hp`` and ``HP``: F and C are sharp."""


def key(value: str) -> Key | None:
    """The key of a ``K:`` field; None where it names none (only a clef, say)."""
    value = value.strip()
    if value[:2].lower() == "hp":
        return PIPES
    if value[:4].lower() == "none" or not value:
        return Key()
    if (found := _KEY.match(value)) is None or value.startswith("Clef"):
        return None
    word = found[3][:3].lower() if found[3] not in ("m", "M") else {"m": "m", "M": ""}[found[3]]
    rest = found[4] if word in _MODE_OF or word == "exp" else found[3] + found[4]
    mode, extra = _MODE_OF.get(word, ("major", 0))
    tonic = found[1] + found[2]
    fifths = max(-7, min(7, signature(tonic, mode) + extra))
    alters = {} if word == "exp" or " exp" in value else {s: signed(s, fifths) for s in "FCGDAEB"}
    alters |= {letter.upper(): ALTERS[mark] for mark, letter in _MARKED.findall(rest)}
    ours = tonic if tonic in TONICS else _OTHER_NAMES.get(tonic, "C")
    near = f"{tonic} {found[3]}" if extra else ""
    return Key(ours, mode, {step: alter for step, alter in alters.items() if alter}, near)


_OTHER_NAMES = {"G#": "Ab", "D#": "Eb", "A#": "Bb", "E#": "F", "B#": "C", "Cb": "B", "Fb": "E"}


def moved(value: str) -> int:
    """Semitones by which a ``K:`` or ``V:`` field moves what is written."""
    shift, octave, eight = _SHIFT.search(value), _OCTAVE.search(value), _EIGHT.search(value)
    return (
        (int(shift[1]) if shift else 0)
        + 12 * (int(octave[1]) if octave else 0)
        + (int(f"{eight[1]}12") if eight else 0)
    )


def metre(value: str) -> tuple[int, int] | None:
    """The metre of an ``M:`` field; None where it names none."""
    if value.startswith("C"):
        return (2, 2) if value.startswith("C|") else (4, 4)
    if (found := _METRE.match(value)) is None:
        return None
    upper, lower = sum(map(int, found[1].split("+"))), int(found[2])
    return (upper, lower) if 1 <= upper <= 32 and lower in (1, 2, 4, 8, 16, 32) else None


def fraction(value: str, otherwise: str) -> Fraction:
    """A fraction such as ``1/8``."""
    found = _FRACTION.match(value)
    if found is None:
        return Fraction(otherwise)
    upper, lower = int(found[1] or 1), int(found[2] or 1)
    return Fraction(upper, lower) if upper and lower else Fraction(otherwise)


def tempo(value: str, unit: Fraction) -> float:
    """Quarter notes a minute; several lengths are one beat, a bare number or letter counts units."""
    found = _TEMPO.search(value)
    if found is not None:
        beats = [tuple(map(int, part.split("/"))) for part in found[1].split()]
        if all(lower for _, lower in beats):
            beat = sum((Fraction(4 * upper, lower) for upper, lower in beats), Fraction(0))
            return float(beat) * float(found[2])
    bare = _BARE_TEMPO.search(value)
    return float(unit * multiple(bare[1] or "")) * int(bare[2]) if bare else 120.0


def tuplet(text: str, metre: tuple[int, int]) -> tuple[int, Fraction]:
    """How many notes come, and what their lengths are multiplied by."""
    number, _, rest = text.partition(":")
    into, _, notes = rest.partition(":")
    p = int(number)
    compound = metre[0] % 3 == 0 and metre[1] >= 8
    q = int(into) if into else _TUPLET_IN.get(p, 3 if compound else 2)
    return (int(notes) if notes else p) or p, Fraction(q or 1, p)


def multiple(text: str) -> Fraction:
    """``3/2``, ``/``, ``//`` or nothing as a number."""
    over, *under = text.split("/")
    value = Fraction(int(over) if over else 1)
    for part in under:
        value /= int(part) if part and int(part) else 2
    return value


def endings(text: str) -> frozenset[int]:
    """The passes of an ending: ``1``, ``1,3`` or ``1-3``."""
    found: set[int] = set()
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        if first.isdecimal():
            begin = int(first[:2])
            found |= set(range(begin, min(int(last[:2]) if last.isdecimal() else begin, begin + 16) + 1))
    return frozenset(number for number in found if 1 <= number <= 16)
