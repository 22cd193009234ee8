"""The values that ABC's fields and letters carry: metres, lengths, tempos, tuplets.

Knows how each is written. Knows nothing of lines or voices.
"""

from __future__ import annotations

import re
from fractions import Fraction

_TUPLET_IN = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_METRE = re.compile(r"(\d{1,2})/(\d{1,2})")
_FRACTION = re.compile(r"(\d{1,3})/(\d{1,3})|1\b")
_TEMPO = re.compile(r"(\d{1,3})/(\d{1,3})\s*+=\s*+(\d{1,5}(?:\.\d{1,6})?)")
_BARE_TEMPO = re.compile(r"(?:^|=)\s*+(\d{1,5})\s*+$")


def metre(value: str) -> tuple[int, int]:
    """The metre of an ``M:`` field; 4/4 where it names none."""
    if value.startswith("C|"):
        return (2, 2)
    found = _METRE.match(value)
    upper, lower = (int(found[1]), int(found[2])) if found else (4, 4)
    return (upper, lower) if 1 <= upper <= 32 and lower in (1, 2, 4, 8, 16, 32) else (4, 4)


def fraction(value: str, otherwise: str) -> Fraction:
    """A fraction such as ``1/8``."""
    found = _FRACTION.match(value)
    if found is None:
        return Fraction(otherwise)
    upper, lower = int(found[1] or 1), int(found[2] or 1)
    return Fraction(upper, lower) if upper and lower else Fraction(otherwise)


def tempo(value: str, unit: Fraction) -> float:
    """Quarter notes a minute; a bare number counts units."""
    found = _TEMPO.search(value)
    if found is not None and int(found[2]):
        return float(Fraction(4 * int(found[1]), int(found[2]))) * float(found[3])
    bare = _BARE_TEMPO.search(value)
    return float(unit) * int(bare[1]) if bare else 120.0


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
