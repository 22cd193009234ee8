"""The words of the folk model: a tune as token ids, and token ids as a tune.

A note is one word: its pitch above the tonic, so that a tune in every key is the same tokens, and the place
in the bar where it ends, in ticks. Nobody has to add up lengths: a bar is full when a word ends where the bar
does. A rest, and a note that is held over a bar line, say their end likewise. Before each section stand the
sections and the bars that are left, before each bar the bars that its section has left:

    <bos> <ryan> <reel> <4/4> <major> <bars:16> <sections:2>
    pickup:12 7@96  |:2 left:16 bar:8 12@12 11@24 12@36 ... bar:7 ... bar:1 ...  |:1 left:8 bar:8 ... <eos>

Three notes may share the time of two, from an eighth on: then their ends are no whole thirty-seconds. Knows
no models and no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aigc_demo.tasks.music.score import Mode
from aigc_demo.tasks.music.tune import Bar, Event, Section, Tune, bar_ticks

COLLECTIONS = ("oneill", "ryan", "aird", "northumbrian", "han")
STYLES = ("reel", "jig", "slip_jig", "hornpipe", "strathspey", "march", "air")
"""The kinds of tune that the collections name often enough to be learnt."""
METRES = ("2/4", "3/4", "4/4", "3/8", "6/8", "9/8")
MODES: tuple[Mode, ...] = ("major", "minor", "dorian", "mixolydian")
MIN_BARS, MAX_BARS, MAX_SECTIONS = 4, 64, 8
GRID = 3
"""Notes end on whole thirty-second notes, in ticks, but for those of a triplet."""
BEAT = 12
"""Triplets begin on an eighth."""
THIRDS = (4, 8, 16)
"""Ticks of one note of a triplet."""
LONGEST = 108
"""Ticks in the longest bar, of nine eighths."""
ENDS = tuple(tick for tick in range(1, LONGEST + 1) if tick % GRID == 0 or tick % THIRDS[0] == 0)
"""Places in a bar where something may end."""
PICKUPS = range(6, LONGEST, 6)
"""Ticks that may stand before the first bar."""

LOWEST, HIGHEST = -12, 24
PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
PLAIN, REPEATED = "[|", "|:"
REST, HOLD = "rest", "hold"

WORDS: tuple[str, ...] = (
    PAD, BOS, EOS,
    *(f"<{name}>" for name in (*COLLECTIONS, *STYLES, *METRES, *MODES)),
    *(f"<bars:{n}>" for n in range(MIN_BARS, MAX_BARS + 1)),
    *(f"<sections:{n}>" for n in range(1, MAX_SECTIONS + 1)),
    *(f"pickup:{ticks}" for ticks in PICKUPS),
    *(f"{sign}{n}" for sign in (PLAIN, REPEATED) for n in range(1, MAX_SECTIONS + 1)),
    *(f"{what}:{n}" for what in ("left", "bar") for n in range(1, MAX_BARS + 1)),
    *(f"{name}@{end}" for name in (REST, HOLD, *range(LOWEST, HIGHEST + 1)) for end in ENDS),
)  # fmt: skip
"""Every token in the order of its id."""

ID = {word: number for number, word in enumerate(WORDS)}
PITCHES = range(ID[f"{LOWEST}@{ENDS[0]}"], ID[f"{HIGHEST}@{ENDS[-1]}"] + 1)
"""Ids of notes that begin."""


def pitch_of(token: int) -> int:
    """Semitones above the tonic of a token of ``PITCHES``."""
    return LOWEST + (token - PITCHES.start) // len(ENDS)


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

    More sections than there are signs for are counted as the most that can be said. Raises NotSayableError.
    """
    words: list[str] = []
    if tune.pickup:
        ticks = sum(event.ticks for event in tune.pickup)
        words += [f"pickup:{ticks}", *_said(tune.pickup, bar_ticks(tune.metre) - ticks)]
    for number, section in enumerate(tune.sections):
        sign = REPEATED if section.repeated else PLAIN
        words += [f"{sign}{min(len(sizes) - number, MAX_SECTIONS)}", f"left:{sum(sizes[number:])}"]
        for gone, bar in enumerate(section.bars):
            words += [f"bar:{sizes[number] - gone}", *_said(bar, 0)]
    try:
        return [ID[word] for word in words]
    except KeyError as error:
        raise NotSayableError(str(error)) from None


def _said(bar: Bar, place: int) -> list[str]:
    """The words of one bar, or of a pickup that begins at ``place``."""
    words: list[str] = []
    for number, event in enumerate(bar):
        if event.ticks % GRID and place % GRID == 0:
            _check_triplet(bar[number : number + 3], place)
        place += event.ticks
        name = REST if event.pitch is None else HOLD if event.held else str(event.pitch)
        words.append(f"{name}@{place}")
    return words


def _check_triplet(group: Bar, place: int) -> None:
    """Three notes of one length, from an eighth on."""
    fits = len(group) == 3 and place % BEAT == 0 and group[0].ticks in THIRDS
    if not fits or any(e.ticks != group[0].ticks or e.pitch is None or e.held for e in group):
        raise NotSayableError("a triplet that is not three notes")


class Reader:
    """Reads ids one by one into a tune; the ids must follow the rules of :mod:`constraint`.

    ``full`` counts the bars that are closed.
    """

    def __init__(self, metre: tuple[int, int], mode: Mode) -> None:
        self._metre, self._mode, self._bar = metre, mode, bar_ticks(metre)
        self._pickup: list[Event] = []
        self._sections: list[tuple[list[list[Event]], bool]] = []
        self._into = self._pickup
        self._place = 0
        self._last: int | None = None

    @property
    def full(self) -> int:
        """How many bars are complete."""
        bars = [bar for section, _ in self._sections for bar in section]
        return sum(1 for bar in bars if sum(event.ticks for event in bar) >= self._bar)

    def add(self, token: int) -> None:
        """One more id."""
        word = WORDS[token]
        if "@" in word:
            self._event(*word.split("@"))
        elif word.startswith("pickup:"):
            self._place = self._bar - int(word[7:])
        elif word.startswith((PLAIN, REPEATED)):
            self._sections.append(([], word.startswith(REPEATED)))
        elif word.startswith("bar:"):
            self._into, self._place = [], 0
            self._sections[-1][0].append(self._into)

    def _event(self, name: str, end: str) -> None:
        ticks, self._place = int(end) - self._place, int(end)
        held = name == HOLD
        if not held:
            self._last = None if name == REST else int(name)
        self._into.append(Event(self._last, ticks, held and self._last is not None))

    def tune(self) -> Tune:
        """What has been read so far; sections without bars are left out."""
        sections = tuple(
            Section(tuple(tuple(bar) for bar in bars), repeated) for bars, repeated in self._sections if bars
        )
        return Tune(self._metre, self._mode, sections, tuple(self._pickup))


def decode(ids: Iterable[int], metre: tuple[int, int], mode: Mode) -> Tune:
    """The tune that ids without a header say."""
    reader = Reader(metre, mode)
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
