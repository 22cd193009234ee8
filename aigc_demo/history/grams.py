"""From searchable text to the entries of a database server's index, whatever the server's locale.

Knows how SQLite's ordinary full-text index parts words, and does it likewise here: PostgreSQL's own parser
and its trigrams leave Chinese out in a database whose LC_CTYPE is C, so it is handed entries that are ready.
Words are their own entries; Chinese characters that stand in a row are entries by twos. Knows nothing of SQL
but the signs of a tsquery.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

CJK = (
    "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
EACH_CJK = re.compile(f"([{CJK}])")

_WORD = re.compile(r"(?:[^\W_]|[\ue000-\uf8ff])+")
"""Letters, digits and private signs, as FTS5's unicode61 takes them."""
_LONGEST = 200
"""Characters of one entry; PostgreSQL takes 2,046 bytes."""
_MOST_BYTES = 900_000
"""Of the entries of one job together; PostgreSQL takes 1,048,575."""


class Wanted(NamedTuple):
    """What one term asks of the index: a tsquery, and a pattern for the words in a row (None: needless)."""

    match: str
    pattern: str | None


def words_of(folded: str) -> list[str]:
    """The words of folded text in their order, without accents; each CJK character is one."""
    return _WORD.findall(_bare(folded))


def in_a_row(folded: str) -> str:
    """The words with one space before and after each, to be looked through by a pattern."""
    return f" {' '.join(words_of(folded))} "


def entries(folded: str) -> list[str]:
    """What a text is indexed by, each entry once, in the order of the text."""
    words = words_of(folded)
    found = dict.fromkeys(_entry(word, after) for word, after in pairwise([*words, ""]))
    taken, size = [], 0
    for entry in found:
        size += len(entry.encode()) + 1
        if size > _MOST_BYTES:
            break
        taken.append(entry)
    return taken


def wanted(term: str) -> Wanted | None:
    """What the folded ``term`` asks; None where it holds no word at all.

    Its last word may go on, unless it is one whole CJK character.
    """
    words = words_of(term)
    if not words:
        return None
    match = [_quoted(_entry(word, after)) + _open(words, at) for at, (word, after) in _asked(words)]
    last = " " if is_cjk(words[-1]) else ""
    exact = len(match) == 1 and len(words) <= 2 and len(words[0]) <= _LONGEST
    return Wanted(" & ".join(match), None if exact else f"% {' '.join(words)}{last}%")


def owner_entry(token: str) -> str:
    """The entry that stands for an owner: no word begins so."""
    return f"@{token}"


def is_cjk(word: str) -> bool:
    """Whether the word is one character that is written without spaces around it."""
    return len(word) == 1 and EACH_CJK.match(word) is not None


def all_of(matches: Iterable[str]) -> str:
    """One tsquery out of several."""
    return " & ".join(matches)


def quoted(entry: str) -> str:
    """An entry as a tsquery names it."""
    return _quoted(entry)


def _asked(words: Sequence[str]) -> list[tuple[int, tuple[str, str]]]:
    """The pairs that give entries of a query: the last of several CJK characters is within the one before."""
    pairs = list(enumerate(pairwise([*words, ""])))
    return [
        (at, pair)
        for at, pair in pairs
        if not (at and pair[1] == "" and is_cjk(pair[0]) and is_cjk(words[at - 1]))
    ]


def _open(words: Sequence[str], at: int) -> str:
    """``:*`` where the entry may go on: at the end, and for a CJK character that stands alone."""
    word = words[at]
    cut = len(word) > _LONGEST
    if at == len(words) - 1 or cut:
        return ":*"
    return ":*" if is_cjk(word) and not is_cjk(words[at + 1]) else ""


def _entry(word: str, after: str) -> str:
    return word + after if is_cjk(word) and is_cjk(after) else word[:_LONGEST]


def _quoted(entry: str) -> str:
    return "'" + entry.replace("\\", "\\\\").replace("'", "''") + "'"


def _bare(folded: str) -> str:
    """Without the accents that the index on SQLite leaves out as well (é is e); CJK keeps its own signs."""
    if folded.isascii():
        return folded
    return "".join(char if EACH_CJK.match(char) else _bare_char(char) for char in folded)


def _bare_char(char: str) -> str:
    parts = unicodedata.normalize("NFD", char)
    return "".join(part for part in parts if not "\u0300" <= part <= "\u036f")
