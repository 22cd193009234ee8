"""The words of the folk model: a tune as token ids, and token ids as a tune.

Pitches are relative to the tonic, so a tune in every key is the same tokens. A length is said only where it
changes. A bar line counts the bars that are left in its section, so that the model knows where in a phrase it
is:

    <bos> <ryan> <reel> <4/4> <major> <bars:16> <sections:2>
    pickup  7 |: bar:8  12 11 12 7 ... bar:7 ... bar:1 ... |: bar:8 ... <eos>

A triplet sign is followed by exactly three pitches and leaves the length as it was. ``hold`` lengthens the
note before, across a bar line or to a length that has no sign. Knows no models and no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aigc_demo.tasks.music.score import Mode
from aigc_demo.tasks.music.tune import TICKS, Bar, Event, Section, Tune

COLLECTIONS = ("oneill", "ryan", "aird", "northumbrian", "han")
STYLES = ("reel", "jig", "slip_jig", "hornpipe", "strathspey", "march", "air")
"""The kinds of tune that the collections name often enough to be learnt."""
METRES = ("2/4", "3/4", "4/4", "3/8", "6/8", "9/8")
MODES: tuple[Mode, ...] = ("major", "minor", "dorian", "mixolydian")
MIN_BARS, MAX_BARS, MAX_SECTIONS = 4, 64, 8
LENGTHS = (3, 6, 9, 12, 18, 24, 36, 48, 60, 72, 96, 108)
"""Lengths that have a sign, in ticks: from a thirty-second note to a bar of nine eighths."""
TRIPLETS = (12, 24, 48)
"""Ticks that three notes share."""

LOWEST, HIGHEST = -12, 24
DEFAULT_LENGTH = 12
"""The length in force before any is said: an eighth."""

PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
PICKUP, PLAIN, REPEATED = "pickup", "[|", "|:"
REST, HOLD = "rest", "hold"

WORDS: tuple[str, ...] = (
    PAD, BOS, EOS,
    *(f"<{name}>" for name in (*COLLECTIONS, *STYLES, *METRES, *MODES)),
    *(f"<bars:{n}>" for n in range(MIN_BARS, MAX_BARS + 1)),
    *(f"<sections:{n}>" for n in range(1, MAX_SECTIONS + 1)),
    PICKUP, PLAIN, REPEATED,
    *(f"bar:{n}" for n in range(1, MAX_BARS + 1)),
    *(f"={ticks}" for ticks in LENGTHS),
    *(f"3:{ticks}" for ticks in TRIPLETS),
    REST, HOLD,
    *(f"{pitch}" for pitch in range(LOWEST, HIGHEST + 1)),
)  # fmt: skip
"""Every token in the order of its id."""

ID = {word: number for number, word in enumerate(WORDS)}
PITCHES = range(ID[f"{LOWEST}"], ID[f"{HIGHEST}"] + 1)
"""Ids of pitches."""


class NotSayableError(ValueError):
    """The tune has a length, a pitch or a size that no token says."""


@dataclass(frozen=True)
class Header:
    """What a tune is asked to be; None and 0 leave it open."""

    metre: str
    mode: Mode
    style: str | None = None
    collection: str | None = None
    bars: int = 0
    sections: int = 0


def header_ids(header: Header) -> list[int]:
    """The ids that stand before a tune."""
    words = [BOS]
    words += [f"<{name}>" for name in (header.collection, header.style) if name]
    words += [f"<{header.metre}>", f"<{header.mode}>"]
    words += [f"<bars:{header.bars}>"] if header.bars else []
    words += [f"<sections:{header.sections}>"] if header.sections else []
    try:
        return [ID[word] for word in words]
    except KeyError as error:
        raise NotSayableError(str(error)) from None


def encode(tune: Tune) -> list[int]:
    """The ids of a finished tune, without a header. Raises NotSayableError."""
    sizes = [len(section.bars) for section in tune.sections]
    return [*encode_beginning(tune, sizes), ID[EOS]]


def encode_beginning(tune: Tune, sizes: Sequence[int]) -> list[int]:
    """The ids of a tune that goes on: its sections will have ``sizes`` bars, of which it has the first.

    Raises NotSayableError.
    """
    writer = _Writer()
    if tune.pickup:
        writer.word(PICKUP)
        writer.bar(tune.pickup)
    for section, size in zip(tune.sections, sizes, strict=False):
        writer.word(REPEATED if section.repeated else PLAIN)
        for number, bar in enumerate(section.bars):
            writer.word(f"bar:{size - number}")
            writer.bar(bar)
    return writer.ids


class _Writer:
    """Says events one by one and remembers the length in force."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._length = DEFAULT_LENGTH

    def word(self, word: str) -> None:
        """One token."""
        if word not in ID:
            raise NotSayableError(word)
        self.ids.append(ID[word])

    def bar(self, bar: Bar) -> None:
        """The events of one bar."""
        place = 0
        while place < len(bar):
            group = bar[place : place + 3]
            ticks = group[0].ticks
            if 3 * ticks in TRIPLETS and ticks not in LENGTHS:
                if len(group) < 3 or any(e.ticks != ticks or e.pitch is None or e.held for e in group):
                    raise NotSayableError("a triplet that is not three notes")
                self.word(f"3:{3 * ticks}")
                for event in group:
                    self.word(str(event.pitch))
                place += 3
            else:
                self._event(group[0])
                place += 1

    def _event(self, event: Event) -> None:
        name = REST if event.pitch is None else HOLD if event.held else str(event.pitch)
        for number, ticks in enumerate(_sayable(event.ticks)):
            if ticks != self._length:
                self.word(f"={ticks}")
                self._length = ticks
            self.word(name if number == 0 or event.pitch is None else HOLD)


def _sayable(ticks: int) -> list[int]:
    """A length as the fewest that have signs, longest first."""
    parts = []
    for length in reversed(LENGTHS):
        while ticks >= length:
            parts.append(length)
            ticks -= length
    if ticks or not parts:
        raise NotSayableError(f"a length of {ticks} ticks")
    return parts


class Reader:
    """Reads ids one by one into a tune; the ids must follow the rules of :mod:`constraint`.

    ``full`` counts the bars that are closed.
    """

    def __init__(self, metre: tuple[int, int], mode: Mode, bar: int) -> None:
        self._metre, self._mode, self._bar = metre, mode, bar
        self._pickup: list[Event] = []
        self._sections: list[tuple[list[list[Event]], bool]] = []
        self._into = self._pickup
        self._length, self._triplet = DEFAULT_LENGTH, (0, 0)
        self._last: int | None = None

    @property
    def full(self) -> int:
        """How many bars are complete."""
        bars = [bar for section, _ in self._sections for bar in section]
        return sum(1 for bar in bars if sum(event.ticks for event in bar) >= self._bar)

    def add(self, token: int) -> None:
        """One more id."""
        word = WORDS[token]
        if word in (PLAIN, REPEATED):
            self._sections.append(([], word == REPEATED))
        elif word.startswith("bar:"):
            self._into = []
            self._sections[-1][0].append(self._into)
        elif word.startswith("="):
            self._length = int(word[1:])
        elif word.startswith("3:"):
            self._triplet = (3, int(word[2:]) // 3)
        elif word not in (PICKUP, EOS, BOS, PAD) and not word.startswith("<"):
            self._event(word)

    def _event(self, word: str) -> None:
        left, ticks = self._triplet
        if left:
            self._triplet = (left - 1, ticks)
        else:
            ticks = self._length
        held = word == HOLD
        if not held:
            self._last = None if word == REST else int(word)
        self._into.append(Event(self._last, ticks, held and self._last is not None))

    def tune(self) -> Tune:
        """What has been read so far; sections without bars are left out."""
        sections = tuple(
            Section(tuple(tuple(bar) for bar in bars), repeated) for bars, repeated in self._sections if bars
        )
        return Tune(self._metre, self._mode, sections, tuple(self._pickup))


def decode(ids: Iterable[int], metre: tuple[int, int], mode: Mode) -> Tune:
    """The tune that ids without a header say."""
    reader = Reader(metre, mode, 4 * TICKS * metre[0] // metre[1])
    for token in ids:
        reader.add(token)
    return reader.tune()


def metre_of(name: str) -> tuple[int, int]:
    """``"6/8"`` -> (6, 8)."""
    upper, lower = name.split("/")
    return int(upper), int(lower)


def notes_in(ids: Sequence[int]) -> int:
    """How many notes ids say: the unit in which the model's surprise is counted."""
    return sum(1 for token in ids if token in PITCHES)
