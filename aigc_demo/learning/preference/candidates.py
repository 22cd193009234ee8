"""What can be rated: poems, tunes and pictures that our models made to one order each; a visitor's poems.

Knows the file that ``aigc_demo/training/lesson_reward.py`` wrote, and how one thing of it is named: ``#0`` is
the first. Two thirds are there to be rated; the others are not, so that what was learnt chooses among things
that nobody has rated. Knows nothing of what is learnt of them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aigc_demo.settings import ASSETS

Kind = Literal["poems", "tunes", "pictures"]

DATA = ASSETS / "ui" / "learn" / "data"
TABLE, SHEET = DATA / "reward.json", DATA / "reward.webp"
COUNT = 48
RATED = 32
"""The first so many are there to be rated."""
SIDE = 64
"""Pixels of a picture on the sheet."""

Poem = str
"""Its lines, one below the other."""
Tune = list[list[float]]
"""Notes as start, length (in quarter notes) and pitch."""
Picture = NDArray[np.float64]
"""(side, side, 3), each colour from 0 to 1."""
Thing = Poem | Tune | Picture


@cache
def pool(kind: Kind) -> tuple[Any, ...]:
    """Everything of one kind, in the order of its names."""
    if kind == "pictures":
        with Image.open(SHEET) as sheet:
            pixels = np.asarray(sheet.convert("RGB"), dtype=np.float64) / 255
        rows, columns = pixels.shape[0] // SIDE, pixels.shape[1] // SIDE
        cells = pixels.reshape(rows, SIDE, columns, SIDE, 3).swapaxes(1, 2)
        return tuple(cells.reshape(-1, SIDE, SIDE, 3)[:COUNT])
    return tuple(json.loads(TABLE.read_text("utf-8"))[kind])


def named(kind: Kind, name: str) -> Thing:
    """The thing of a name, or a poem that is given in full.

    Raises:
        LookupError: there is nothing of that name, or something other than a poem is given in full.
    """
    if name.startswith("#"):
        number = name[1:]
        if not (number.isascii() and number.isdigit() and len(number) < 4):
            raise LookupError(name)
        things = pool(kind)
        if int(number) >= len(things):
            raise LookupError(name)
        thing: Thing = things[int(number)]
        return thing
    if kind != "poems":
        raise LookupError(name)
    return name


def fresh(kind: Kind) -> tuple[str, ...]:
    """Names of those that are not there to be rated."""
    return tuple(f"#{number}" for number in range(RATED, len(pool(kind))))
