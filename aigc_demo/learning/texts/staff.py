"""The words of a tune as ABC letters, so that people can read what a network has written so far.

Knows how the folk model spells (``12@48``: twelve semitones above the tonic, ends at tick 48 of the bar) and
the letters of ABC over C. It shows what is there, sensible or not, and checks nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

EIGHTH = 12
"""Ticks."""
_LETTERS = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")


def letters(words: Sequence[str]) -> str:
    """Words as one line of ABC: ``[reel 4/4 major] |: C2 D E | ...``."""
    shown: list[str] = []
    header: list[str] = []
    before = 0
    for word in words:
        if word.startswith("<"):
            header.append(word.strip("<>"))
        elif "@" in word:
            name, _, end = word.partition("@")
            shown.append(_note(name, Fraction(int(end) - before, EIGHTH)))
            before = int(end)
        elif word.startswith("bar:"):
            before = 0
            if shown and shown[-1] not in ("|", "|:", "||"):
                shown.append("|")
        elif word.startswith("|:"):
            shown.append("|:")
        elif word.startswith("[|"):
            shown.append("||")
        elif word.startswith("pickup:"):
            before = 0
    said = [one for one in header if one not in ("bos", "eos")]
    return " ".join([*([f"[{' '.join(said)}]"] if said else []), *shown])


def _note(name: str, length: Fraction) -> str:
    """A note, a rest or a hold with its length in eighths; a length that cannot be is shown as it is."""
    size = "" if length == 1 else f"/{length.denominator}" if length.numerator == 1 else str(length)
    if name in ("rest", "hold"):
        return f"{'z' if name == 'rest' else '-'}{size}"
    octave, step = divmod(int(name), 12)
    letter = _LETTERS[step]
    if octave >= 1:
        letter = letter.lower() + "'" * (octave - 1)
    else:
        letter += "," * -octave
    return letter + size
