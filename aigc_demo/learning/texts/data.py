"""Texts to learn from, as rows of token ids, with rows held back to judge by.

Knows the two sets that come along and how a visitor's own lines are read. A token is a character, or a word
of the folk model (a note with the place in the bar where it ends). Token 0 ends a row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from aigc_demo.learning.texts import staff
from aigc_demo.settings import ASSETS
from aigc_demo.types import UserError

Row = tuple[int, ...]

END = "\n"
HELD_BACK = 10
"""Every so-manieth row is held back."""
JUDGED = 6000
"""Tokens of those held back that checks look at, at most."""
FEWEST_LINES, FEWEST_CHARACTERS = 20, 200
MOST_BYTES = 1_000_000
MOST_TOKENS = 4000
LONGEST_LINE = 2000
TANG_LICENCE = "public domain (Tang poems; collected by chinese-poetry, MIT)"
TUNES_LICENCE = "public domain (printed books of 1883 and 1903; typed by volunteers, found in music21)"


@dataclass(frozen=True)
class TextSet:
    """Rows to learn from and rows held back.

    ``tokens`` are their spelling by id; ``music`` says that they are words of a tune.
    """

    id: str
    tokens: tuple[str, ...]
    rows: tuple[Row, ...]
    held: tuple[Row, ...]
    licence: str
    music: bool = False

    def shown(self, ids: Sequence[int]) -> str:
        """Tokens as people read them; a tune as ABC letters."""
        said = [self.tokens[one] for one in ids]
        return staff.letters(said) if self.music else "".join(said)


THEMES = {"frontier": "塞胡戎戍笳虏烽", "farewell": "别送饯赠离"}
"""Characters that tell what a poem is about."""
THEME_MOST = 200


@cache
def tang_lines() -> tuple[str, ...]:
    """Some nine thousand Tang poems of two thousand characters, one a line."""
    return tuple((ASSETS / "data" / "tang" / "poems.txt").read_text("utf-8").splitlines())


@cache
def tang() -> TextSet:
    """All of them."""
    return _of_lines("tang", tang_lines(), TANG_LICENCE)


def theme_lines(theme: str) -> tuple[str, ...]:
    """Those that are about one thing, two hundred at most."""
    about = THEMES[theme]
    return tuple(line for line in tang_lines() if any(char in line for char in about))[:THEME_MOST]


@cache
def theme(name: str) -> TextSet:
    """The same as a set to learn from."""
    return _of_lines(name, theme_lines(name), TANG_LICENCE)


@cache
def tunes() -> TextSet:
    """Twelve hundred tunes of Ryan's and O'Neill's books, in the words of the folk model."""
    folder = ASSETS / "data" / "tunes"
    words = json.loads((folder / "words.json").read_text("utf-8"))
    with np.load(folder / "tunes.npz") as file:
        rows = np.split(file["ids"].astype(int), np.cumsum(file["lengths"])[:-1])
    # The word that ends a tune is made token 0, as in every set.
    end = words.index("<eos>")
    order = [end, *(place for place in range(len(words)) if place != end)]
    number = {old: new for new, old in enumerate(order)}
    spelt = tuple(words[old] for old in order)
    return _split(
        "tunes", spelt, [tuple(number[int(one)] for one in row) for row in rows], TUNES_LICENCE, music=True
    )


def own(text: str) -> TextSet:
    """A visitor's lines. Raises UserError where they are too few or too much of something."""
    lines = own_lines(text)
    if len(set("".join(lines))) > MOST_TOKENS:
        raise _refused("many_characters", most=MOST_TOKENS)
    return _of_lines("mine", lines, "yours")


def own_lines(text: str) -> list[str]:
    """The lines that say something. Raises UserError for none, too few, or one that never ends."""
    lines = [line for line in (" ".join(part.split()) for part in text.splitlines()) if line]
    if not lines:
        raise _refused("no_lines")
    if len(lines) < FEWEST_LINES:
        raise _refused("few_lines", count=len(lines), fewest=FEWEST_LINES)
    if sum(map(len, lines)) < FEWEST_CHARACTERS:
        raise _refused("short_lines", fewest=FEWEST_CHARACTERS)
    if max(map(len, lines)) > LONGEST_LINE:
        raise _refused("long_line", most=LONGEST_LINE)
    return lines


def spelt_by(known: TextSet, tokens: Sequence[str]) -> TextSet:
    """The texts that can be spelt by another model's tokens, so that this model may go on with them.

    Raises UserError where these are too few.
    """
    number = {token: place for place, token in enumerate(tokens)}
    places = [number.get(token) for token in known.tokens]

    def respelt(rows: Sequence[Row]) -> tuple[Row, ...]:
        spelt = ([places[one] for one in row] for row in rows)
        return tuple(tuple(one for one in row if one is not None) for row in spelt if None not in row)

    rows, held = respelt(known.rows), respelt(known.held)
    if len(rows) + len(held) < FEWEST_LINES or not held:
        raise _refused("other_characters", count=len(rows) + len(held), fewest=FEWEST_LINES)
    return replace(known, tokens=tuple(tokens), rows=rows, held=held)


def file_text(path: Path) -> str:
    """The text in a file of a visitor's: UTF-8, UTF-16 with its mark, or GB 18030. Raises UserError."""
    if path.stat().st_size > MOST_BYTES:
        raise _refused("large_file", "file", most=MOST_BYTES // 1_000_000)
    data = path.read_bytes()
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _refused("no_text", "file")


def _refused(key: str, field: str = "text", **values: Any) -> UserError:
    return UserError(
        "bad_lines", f"train_text.error.{key}", status=422, field=field, task="train_text", **values
    )


def _of_lines(name: str, lines: Sequence[str], licence: str) -> TextSet:
    tokens = (END, *sorted(set("".join(lines))))
    number = {token: place for place, token in enumerate(tokens)}
    return _split(name, tokens, [(*(number[char] for char in line), 0) for line in lines], licence)


def _split(
    name: str, tokens: tuple[str, ...], rows: Sequence[Row], licence: str, *, music: bool = False
) -> TextSet:
    """With every tenth row held back, as many of them as checks look at."""
    held: list[Row] = []
    for row in rows[HELD_BACK - 1 :: HELD_BACK]:
        if held and sum(map(len, held)) + len(row) > JUDGED:
            break
        held.append(row)
    kept = tuple(row for place, row in enumerate(rows) if place % HELD_BACK != HELD_BACK - 1)
    return TextSet(name, tokens, kept, tuple(held), licence, music)
