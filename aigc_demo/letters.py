"""One form of each letter: what looks and means alike is spelt alike (Unicode's NFKC).

Knows that the normal form puts a letter's marks in order one by one, so that ten thousand of them take a
second, and that no language writes more than a few. Knows nothing of what a text is for.
"""

from __future__ import annotations

import re
import unicodedata

MOST_MARKS = 30
"""So many marks of one letter are kept (UAX #15, stream-safe text); further ones fall away."""

_MAYBE_MARKS = re.compile(rf"[^\w\s!-~]{{{MOST_MARKS + 1},}}+")
"""Every mark is among such characters; whether one is a mark, only a look at each tells."""
_WIDE_MARKS = str.maketrans("\uff9e\uff9f", "\u3099\u309a")
"""Marks of half-width katakana, which are letters until they are put into the normal form."""


def one_form(text: str) -> str:
    """``text`` in the normal form NFKC, in time that grows with its length."""
    return unicodedata.normalize("NFKC", _MAYBE_MARKS.sub(_shortened, text.translate(_WIDE_MARKS)))


def _shortened(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in found[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)
