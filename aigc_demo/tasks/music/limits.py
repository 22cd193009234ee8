"""How large a foreign piece of music may be, and the sentences that say so. Knows no file format."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from aigc_demo.types import UserError

MAX_BYTES = 4_000_000
"""Of a score; how much music is in it is bounded by its notes."""
MAX_SOUND_BYTES = 10_000_000
MAX_SOUND_SECONDS = 30.0
MAX_TRACKS = 64
MAX_EVENTS = 50_000
MAX_SECONDS = 300.0
MAX_CHUNKS = 1_000
"""Tracks of a MIDI file, those without notes counted."""
MIN_TEMPO, MAX_TEMPO = 20.0, 400.0
MAX_COMMON = 10**12
"""Parts of a quarter note that the times of one file may have in common."""
MAX_VERSES = 20
MAX_LYRIC, MAX_NAME = 60, 80
"""Letters of one syllable, and of a title or a part's name; what is longer is cut."""


def refused(key: str, *, status: int = 422, field: str = "start", **values: Any) -> UserError:
    """The sentence ``music.error.<key>`` as an error about the file that was given."""
    return UserError("bad_music", f"music.error.{key}", status=status, field=field, **values)


def checked_tempo(tempo: float) -> float:
    """A tempo in quarter notes a minute. Raises UserError where it cannot be played."""
    if not MIN_TEMPO <= tempo <= MAX_TEMPO:
        raise refused("file_tempo", low=int(MIN_TEMPO), high=int(MAX_TEMPO))
    return tempo


def check_length(seconds: float) -> None:
    """Raise UserError for a piece that is too long."""
    if not seconds <= MAX_SECONDS:
        raise too_long()


def too_long() -> UserError:
    """The sentence for a piece that is too long."""
    return refused("file_too_long", minutes=int(MAX_SECONDS // 60))


class Exact:
    """Keeps the times of one file exact as long as they have a common part of a quarter note.

    Times with nothing in common would make each sum longer than the last; those are rounded.
    """

    def __init__(self) -> None:
        self._common = 1

    def __call__(self, time: Fraction) -> Fraction:
        """The time itself, or the nearest one that goes with those before."""
        if self._common % time.denominator == 0:
            return time
        common = lcm(self._common, time.denominator)
        if common <= MAX_COMMON:
            self._common = common
            return time
        return Fraction(round(time * self._common), self._common)


def check_notes(count: int) -> None:
    """Raise UserError for too many notes or other events."""
    if count > MAX_EVENTS:
        raise refused("file_too_many_notes", limit=MAX_EVENTS)


def plain(text: str, most: int = MAX_NAME) -> str:
    """Text from a file as one short line without control and direction-changing characters."""
    kept = "".join(
        char if char.isprintable() and char not in _DIRECTIONS else " " for char in text[: most * 4]
    )
    return " ".join(kept.split())[:most]


_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
