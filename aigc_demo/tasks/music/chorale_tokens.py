"""The words of the chorale model: four voices as token ids, and token ids as four voices.

Time is cut wherever any voice begins a note. Each cut says soprano, alto, tenor and bass in turn: a pitch
above the tonic, ``hold`` where the voice goes on, ``rest``. How long it lasts is said before it, where that
changes; ``fermata`` before it marks the end of a line. A bar line counts the bars that are left:

    <bos> <4/4> <minor> <bars:12>  7 3 0 -12  bar:12  =24 12 7 3 0  =12 10 hold hold 2 ... <eos>

What stands before the first bar line is the pickup. Knows no models and no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aigc_demo.tasks.music.score import Mode, Note
from aigc_demo.tasks.music.tune import TICKS

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
METRES = ("4/4", "3/4")
MODES: tuple[Mode, ...] = ("major", "minor", "dorian", "mixolydian")
MIN_BARS, MAX_BARS = 4, 48
LENGTHS = (6, 12, 18, 24, 36, 48, 72, 96)
LOWEST, HIGHEST = -33, 24
DEFAULT_LENGTH = 24

PAD, BOS, EOS, FERMATA, HOLD, REST = "<pad>", "<bos>", "<eos>", "fermata", "hold", "rest"
WORDS: tuple[str, ...] = (
    PAD, BOS, EOS,
    *(f"<{name}>" for name in (*METRES, *MODES)),
    *(f"<bars:{n}>" for n in range(MIN_BARS, MAX_BARS + 1)),
    *(f"bar:{n}" for n in range(1, MAX_BARS + 1)),
    *(f"={ticks}" for ticks in LENGTHS),
    FERMATA, HOLD, REST,
    *(f"{pitch}" for pitch in range(LOWEST, HIGHEST + 1)),
)  # fmt: skip
"""Every token in the order of its id."""

ID = {word: number for number, word in enumerate(WORDS)}
PITCHES = range(ID[f"{LOWEST}"], ID[f"{HIGHEST}"] + 1)
"""Ids of pitches."""


class NotSayableError(ValueError):
    """The chorale has a length, a pitch or a size that no token says."""


@dataclass(frozen=True)
class Cut:
    """A stretch in which no voice begins a note after its start.

    ``voices`` are four of: a pitch above the tonic, ``HOLD``, ``REST``.
    """

    ticks: int
    voices: tuple[int | str, ...]
    fermata: bool = False


@dataclass(frozen=True)
class Chorale:
    """Four voices. ``bars`` are cuts that fill them; only the last may be unfinished."""

    metre: tuple[int, int]
    mode: Mode
    bars: tuple[tuple[Cut, ...], ...]
    pickup: tuple[Cut, ...] = ()


def header_ids(metre: str, mode: Mode, bars: int) -> list[int]:
    """The ids before a chorale; ``bars`` 0 leaves its length open."""
    words = [BOS, f"<{metre}>", f"<{mode}>"] + ([f"<bars:{bars}>"] if bars else [])
    try:
        return [ID[word] for word in words]
    except KeyError as error:
        raise NotSayableError(str(error)) from None


def encode(chorale: Chorale) -> list[int]:
    """The ids of a finished chorale, without a header. Raises NotSayableError."""
    words: list[str] = []
    length = DEFAULT_LENGTH
    for left, bar in zip(range(len(chorale.bars), -1, -1), (chorale.pickup, *chorale.bars), strict=True):
        if bar is not chorale.pickup or left < len(chorale.bars):
            words.append(f"bar:{left + 1}")
        for cut in bar:
            for part in _split(cut):
                if part.ticks != length:
                    length = part.ticks
                    words.append(f"={length}")
                words += [FERMATA] if part.fermata else []
                words += [str(voice) for voice in part.voices]
    try:
        return [ID[word] for word in (*words, EOS)]
    except KeyError as error:
        raise NotSayableError(str(error)) from None


def _split(cut: Cut) -> list[Cut]:
    """A cut of a length that has no sign as several, of which the later ones hold."""
    parts: list[Cut] = []
    left = cut.ticks
    for length in reversed(LENGTHS):
        while left >= length:
            voices = tuple(v if not parts or v == REST else HOLD for v in cut.voices)
            parts.append(Cut(length, voices, cut.fermata and not parts))
            left -= length
    if left or not parts:
        raise NotSayableError(f"a length of {cut.ticks} ticks")
    return parts


class Reader:
    """Reads ids one by one; they must follow the rules of :mod:`chorale_rules`."""

    def __init__(self, metre: tuple[int, int], mode: Mode) -> None:
        self._metre, self._mode = metre, mode
        self._bars: list[list[Cut]] = [[]]
        self._length, self._fermata = DEFAULT_LENGTH, False
        self._voices: list[int | str] = []

    @property
    def full(self) -> int:
        """How many bars are complete."""
        bar = 4 * TICKS * self._metre[0] // self._metre[1]
        return sum(1 for cuts in self._bars[1:] if sum(cut.ticks for cut in cuts) >= bar)

    def add(self, token: int) -> None:
        """One more id."""
        word = WORDS[token]
        if word.startswith("bar:"):
            self._bars.append([])
        elif word.startswith("="):
            self._length = int(word[1:])
        elif word == FERMATA:
            self._fermata = True
        elif word not in (PAD, BOS, EOS) and not word.startswith("<"):
            self._voices.append(word if word in (HOLD, REST) else int(word))
            if len(self._voices) == len(VOICES):
                self._bars[-1].append(Cut(self._length, tuple(self._voices), self._fermata))
                self._voices, self._fermata = [], False

    def chorale(self) -> Chorale:
        """What has been read so far, down to the last whole cut."""
        return Chorale(self._metre, self._mode, tuple(map(tuple, self._bars[1:])), tuple(self._bars[0]))


def decode(ids: Iterable[int], metre: tuple[int, int], mode: Mode) -> Chorale:
    """The chorale that ids without a header say."""
    reader = Reader(metre, mode)
    for token in ids:
        reader.add(token)
    return reader.chorale()


def voice_notes(chorale: Chorale, tonic: int) -> tuple[tuple[Note, ...], ...]:
    """The notes of the four voices over the MIDI pitch ``tonic``."""
    voices: list[list[Note]] = [[] for _ in VOICES]
    now = Fraction(0)
    for bar in (chorale.pickup, *chorale.bars):
        for cut in bar:
            length = Fraction(cut.ticks, TICKS)
            for notes, said in zip(voices, cut.voices, strict=True):
                if isinstance(said, int):
                    notes.append(Note(now, length, tonic + said))
                elif said == HOLD and notes and notes[-1].end == now:
                    notes[-1] = replace(notes[-1], length=notes[-1].length + length)
            now += length
    return tuple(map(tuple, voices))


def notes_in(ids: Sequence[int]) -> int:
    """How many notes ids say."""
    return sum(1 for token in ids if token in PITCHES)
