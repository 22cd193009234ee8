"""A text as items of a scene's lexicon: at each place the longest words that are known.

Knows letters and the lexicon. Knows no order of words; reads each letter once for each length of a known
word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aigc_demo.tasks.image.scene.lexicon import Entry, Lexicon

LONGEST = 2000
"""Characters that are read; no request has more."""
_PIECE = re.compile(r"[a-z]++(?:['’-][a-z]++)*+|[0-9]++|[\u3400-\u9fff]++|[^\sa-z0-9]", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """Words as they are written, and what they can mean: nothing where they are not known."""

    words: str
    entries: tuple[Entry, ...] = ()

    def value(self, kind: str) -> str:
        """What they mean as words of this kind; empty where they are none."""
        return next((entry.value for entry in self.entries if entry.kind == kind), "")

    def is_a(self, *kinds: str) -> bool:
        """Whether they can be words of one of these kinds."""
        return any(entry.kind in kinds for entry in self.entries)


def items(text: str, lexicon: Lexicon) -> list[Item]:
    """The items of a text in its order; unknown Chinese characters that follow one another are one."""
    pieces = [found[0] for found in _PIECE.finditer(text[:LONGEST])]
    return list(_items(pieces, lexicon))


def _items(pieces: list[str], lexicon: Lexicon) -> Iterator[Item]:
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        if "\u3400" <= piece[0] <= "\u9fff":
            yield from _han(piece, lexicon)
            at += 1
            continue
        most = min(lexicon.longest_latin, len(pieces) - at) if piece[0].isalpha() else 1
        for count in range(most, 0, -1):
            words = " ".join(pieces[at : at + count])
            if entries := lexicon.of(words.lower().replace("’", "'")):
                yield Item(words, entries)
                at += count
                break
        else:
            if piece[0].isalnum() or ord(piece[0]) > 0x2000:
                yield Item(piece)
            at += 1


def _han(run: str, lexicon: Lexicon) -> Iterator[Item]:
    at = since = 0
    while at < len(run):
        for count in range(min(lexicon.longest_han, len(run) - at), 0, -1):
            if entries := lexicon.entries.get(run[at : at + count]):
                if since < at:
                    yield Item(run[since:at])
                yield Item(run[at : at + count], entries)
                at += count
                since = at
                break
        else:
            at += 1
    if since < len(run):
        yield Item(run[since:])
