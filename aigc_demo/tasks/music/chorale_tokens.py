"""The words of the chorale model: four voices as token ids, and token ids as four voices.

Only what moves is said. ``@48`` is a place in the bar, in ticks from its start; the voices that begin a
note there follow, highest first, each with a pitch above the tonic or ``rest``; the others hold. The start of
a bar needs no place, and lengths need no words: they follow from what comes next. ``fermata`` before the
voices marks the end of a line. A bar line counts the bars that are left; no bar can be too short or too long:

    <bos> <4/4> <minor> <tonic:67> <bars:12>  @72 S7 A3 T0 B-12  bar:12 S12 @24 S10 B-14 @36 T2 ... <eos>

What stands before the first bar line is the pickup, at its place in a bar that begins with silence. Knows no
models and no torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aigc_demo.tasks.music.score import Mode, Note
from aigc_demo.tasks.music.tune import TICKS, bar_ticks

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
LETTERS = "SATB"
METRES = ("4/4", "3/4")
MODES: tuple[Mode, ...] = ("major", "minor", "dorian", "mixolydian")
MAX_BARS = 48
TONICS = range(60, 72)
"""The MIDI pitches that a chorale's pitches are counted from, one for each pitch class."""

GRID = TICKS // 4
"""The shortest note, in ticks."""

RANGES = ((59, 81), (52, 76), (47, 70), (36, 64))
"""Lowest and highest MIDI pitch of soprano, alto, tenor and bass, a little beyond Bach's usual."""

SAYABLE = ((48, 93), *RANGES[1:])
"""What there are words for: a given melody may go beyond what a soprano sings."""

PAD, BOS, EOS, FERMATA, HOLD, REST = "<pad>", "<bos>", "<eos>", "fermata", "hold", "rest"
WORDS: tuple[str, ...] = (
    PAD, BOS, EOS,
    *(f"<{name}>" for name in (*METRES, *MODES)),
    *(f"<tonic:{pitch}>" for pitch in TONICS),
    *(f"<bars:{n}>" for n in range(1, MAX_BARS + 1)),
    *(f"bar:{n}" for n in range(1, MAX_BARS + 1)),
    *(f"@{place}" for place in range(GRID, 4 * TICKS, GRID)),
    FERMATA,
    *(
        f"{letter}{said}"
        for letter, (low, high) in zip(LETTERS, SAYABLE, strict=True)
        for said in (REST, *range(low - TONICS[-1], high - TONICS[0] + 1))
    ),
)  # fmt: skip
"""Every token in the order of its id."""

ID = {word: number for number, word in enumerate(WORDS)}
PITCHES = {ID[word]: int(word[1:]) for word in WORDS if word[0] in LETTERS and word[1:] != REST}
"""Ids that begin a note, and its pitch above the tonic."""


class NotSayableError(ValueError):
    """The chorale has a place, a pitch or a size that no token says."""


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


def header_ids(metre: str, mode: Mode, tonic: int, bars: int) -> list[int]:
    """The ids before a chorale whose pitches are counted from the MIDI pitch ``tonic``."""
    return _ids([BOS, f"<{metre}>", f"<{mode}>", f"<tonic:{tonic}>", f"<bars:{bars}>"])


def encode(chorale: Chorale) -> list[int]:
    """The ids of a finished chorale, without a header. Raises NotSayableError."""
    words: list[str] = []
    before: tuple[int | str, ...] = ()
    upbeat = sum(cut.ticks for cut in chorale.pickup)
    if upbeat >= bar_ticks(chorale.metre):
        raise NotSayableError("a pickup as long as a bar")
    for left, bar in zip(range(len(chorale.bars), -1, -1), (chorale.pickup, *chorale.bars), strict=True):
        first = left == len(chorale.bars)
        place = bar_ticks(chorale.metre) - upbeat if first else 0
        words += [] if first else [f"bar:{left + 1}"]
        for cut in bar:
            voices = _begun(cut, before)
            words += [f"@{place}"] if voices and place else []
            words += [FERMATA] if voices and cut.fermata else []
            words += voices
            before, place = cut.voices, place + cut.ticks
    return _ids([*words, EOS])


def _begun(cut: Cut, before: tuple[int | str, ...]) -> list[str]:
    """The words of the voices that begin a note or a rest."""
    return [
        f"{LETTERS[voice]}{said}"
        for voice, said in enumerate(cut.voices)
        if said != HOLD and not (said == REST and before and before[voice] == REST)
    ]


def _ids(words: Iterable[str]) -> list[int]:
    try:
        return [ID[word] for word in words]
    except KeyError as error:
        raise NotSayableError(str(error)) from None


class Reader:
    """Reads ids one by one; they must follow the rules of :mod:`chorale_rules`."""

    def __init__(self, metre: tuple[int, int], mode: Mode) -> None:
        self._metre, self._mode, self._bar = metre, mode, bar_ticks(metre)
        self._bars: list[list[Cut]] = [[]]
        self._open: Cut | None = None
        self._resting = [True] * len(VOICES)

    @property
    def full(self) -> int:
        """How many bars are complete."""
        return sum(1 for cuts in self._bars[1:] if sum(cut.ticks for cut in cuts) >= self._bar)

    def add(self, token: int) -> None:
        """One more id."""
        word = WORDS[token]
        if word.startswith("bar:"):
            self._close()
            self._bars.append([])
            self._begin(0)
        elif word.startswith("@"):
            self._close(int(word[1:]))
            self._begin(int(word[1:]))
        elif word == EOS:
            self._close()
        elif self._open and word == FERMATA:
            self._open = replace(self._open, fermata=True)
        elif self._open and word[0] in LETTERS:
            voices = list(self._open.voices)
            voices[LETTERS.index(word[0])] = REST if word[1:] == REST else int(word[1:])
            self._open = replace(self._open, voices=tuple(voices))

    def _begin(self, place: int) -> None:
        """A cut that lasts to the end of the bar, if nothing comes between."""
        self._open = Cut(self._bar - place, tuple(REST if r else HOLD for r in self._resting))

    def _close(self, place: int | None = None) -> None:
        """What was open ended at ``place``, or with its bar."""
        if self._open is None:
            return
        cut = self._open if place is None else replace(self._open, ticks=self._open.ticks + place - self._bar)
        if cut.ticks > 0:
            self._bars[-1].append(cut)
        self._resting = [said == REST for said in cut.voices]
        self._open = None

    def chorale(self) -> Chorale:
        """What has been read and has ended."""
        return Chorale(self._metre, self._mode, tuple(map(tuple, self._bars[1:])), tuple(self._bars[0]))


def decode(ids: Iterable[int], metre: tuple[int, int], mode: Mode) -> Chorale:
    """The chorale that ids without a header say, their end included."""
    reader = Reader(metre, mode)
    for token in ids:
        reader.add(token)
    return reader.chorale()


_CHORD = "f?(?=[SATB])S?A?T?B?"
_FORM = re.compile(f"(@f?SATB(@{_CHORD})*b({_CHORD})?|bf?SATB)(@{_CHORD}|b({_CHORD})?)*\\$")
"""A chorale with one letter for each token: places, fermatas, voices, bar lines, the end."""


def is_whole(ids: Sequence[int], metre: tuple[int, int], bars: int | None = None) -> bool:
    """Whether ids, the end included, say four voices in bars of the right length.

    Where ``bars`` says how many, their count must be kept from the first to the last.
    """
    words = [WORDS[token] for token in ids]
    shape = "".join("$" if word == EOS else word[0] for word in words)
    counted = [int(word[4:]) for word in words if word.startswith("bar:")]
    if not _FORM.fullmatch(shape) or (bars is not None and counted != list(range(bars, 0, -1))):
        return False
    place, end = 0, bar_ticks(metre)
    for word in words:
        if word.startswith("bar:"):
            place = 0
        elif word.startswith("@"):
            if not place < int(word[1:]) < end:
                return False
            place = int(word[1:])
    return True


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
