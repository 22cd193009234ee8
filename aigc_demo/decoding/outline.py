"""Outlines: the fixed parts of a text stand as they are written, a model fills the gaps between them.

Knows bytes and token ids. Knows nothing of models, nor of what the gaps are about.

An outline is compiled into an automaton over UTF-8 bytes; walking every token through it, a byte at a time
for all of them at once, tells which may come next (Willard and Louf 2023, Efficient Guided Generation). Masks
are kept by state, so that each is worked out once.

Its notation: ``{name:4-30}`` is a gap of 4 to 30 tokens, ``{name}`` another one like it, ``{a|b}`` a choice.
A gap is on one line and ends where what stands behind it begins. Gaps of one name never say the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aigc_demo.decoding.sampling import Mask

DEAD, START = 0, 1
SOFT = 0.6
"""From this share of a gap's room on, it ends with its sentence."""
_NOTATION = re.compile(r"\{(?:(\w+):(\d+)-(\d+)|(\w+)|([^{}:]*\|[^{}:]*))\}")
_SENTENCE = (b".", b"!", b"?")
_BEGINS = b"$0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ASCII = range(0x20, 0x7F)
_TAIL = range(0x80, 0xC0)

States = npt.NDArray[np.int16]


class Spelling:
    """What every token of a vocabulary says, in bytes, ready to be walked through an automaton.

    Args:
        spelled: the bytes by token; nothing for tokens that steer the model.
    """

    def __init__(self, spelled: Sequence[bytes]) -> None:
        self.spelled = tuple(spelled)
        self._lengths = np.array([len(one) for one in self.spelled])
        width = max(1, int(self._lengths.max(initial=1)))
        self._bytes = np.zeros((width, len(self.spelled)), np.uint8)
        for token, one in enumerate(self.spelled):
            self._bytes[: len(one), token] = np.frombuffer(one, np.uint8)

    def walk(self, table: States, state: int) -> States:
        """Where each token leads from a state, dead where it may not stand: (vocabulary,)."""
        result = np.where(self._lengths > 0, table[state, self._bytes[0]], np.int16(DEAD))
        alive = np.flatnonzero(result)
        for column in range(1, len(self._bytes)):
            alive = alive[self._lengths[alive] > column]
            if not len(alive):
                break
            result[alive] = table[result[alive], self._bytes[column, alive]]
            alive = alive[result[alive] != DEAD]
        return result


@dataclass(frozen=True)
class Gap:
    """What a model fills: its name, and how many tokens it has at least and at most."""

    name: str
    least: int
    most: int


@dataclass(frozen=True)
class Masks:
    """The tokens that may come at a state; in a gap, those that stay within it and those that leave it."""

    allowed: Mask
    staying: Mask
    leaving: Mask


class Outline:
    """A compiled outline, for any number of runs.

    Args:
        text: in the notation above.
        spelling: of the model's vocabulary.
        scores: how many scores the model gives; those beyond the vocabulary are never allowed.
        ends: tokens that end a text.

    Raises:
        ValueError: two gaps follow one another, a name has no length, or choices begin one another.
    """

    def __init__(self, text: str, spelling: Spelling, scores: int, ends: Collection[int]) -> None:
        self.spelling, self._scores = spelling, scores
        automaton = _Automaton(text)
        self.table, self.gap_of, self.last = automaton.table(), automaton.gap_of, automaton.end
        self.gaps = automaton.gaps
        self.tokens = automaton.fixed + sum(gap.most + 4 for gap in self.gaps)
        """A text within the outline has no more tokens: each fixed byte counts as one."""
        self._ends = np.zeros(scores, bool)
        self._ends[list(ends)] = True
        self._masks: dict[int, Masks] = {}

    def masks(self, state: int) -> Masks:
        """What may come at a state."""
        if state not in self._masks:
            self._masks[state] = self._worked_out(state)
        return self._masks[state]

    def advance(self, state: int, said: bytes) -> int:
        """The state after some bytes."""
        for byte in said:
            state = int(self.table[state, byte])
        return state

    def _worked_out(self, state: int) -> Masks:
        reached = np.zeros(self._scores, np.int16)
        walked = self.spelling.walk(self.table, state)[: self._scores]
        reached[: len(walked)] = walked
        inside = np.array(self.gap_of, np.int16)[reached]
        allowed = reached != DEAD
        staying = allowed & (inside == self.gap_of[state]) if self.gap_of[state] >= 0 else allowed
        leaving = allowed & ~staying
        if state == self.last:
            allowed, leaving = allowed | self._ends, leaving | self._ends
        return Masks(allowed, staying, leaving)


class Filling:
    """An outline while it is filled, for one run: a :class:`aigc_demo.decoding.sampling.Constraint`.

    Args:
        outline: what is filled.
        begun: a text that there is of it already.
    """

    def __init__(self, outline: Outline, begun: str = "") -> None:
        self._outline = outline
        self._read = 0
        self._state, self._gap, self._tokens, self._said = START, -1, 0, bytearray()
        self._before: set[tuple[str, str]] = set()
        self._take(begun.encode())

    @property
    def fits(self) -> bool:
        """Whether what there is stands within the outline."""
        return self._state != DEAD

    def allowed(self, result: Sequence[int]) -> Mask | None:
        """See :class:`aigc_demo.decoding.sampling.Constraint`."""
        spelled = self._outline.spelling.spelled
        for token in result[self._read :]:
            self._take(spelled[token] if token < len(spelled) else b"")
            self._tokens += 1
        self._read = len(result)
        if not self.fits:
            return None
        masks = self._outline.masks(self._state)
        if self._gap < 0:
            return masks.allowed
        gap = self._outline.gaps[self._gap]
        if (self._tokens < gap.least or self._is_repeated) and masks.staying.any():
            return masks.staying
        soft = self._tokens >= SOFT * gap.most and bytes(self._said).rstrip().endswith(_SENTENCE)
        if (self._tokens >= gap.most or soft) and masks.leaving.any():
            return masks.leaving
        return masks.allowed

    @property
    def _is_repeated(self) -> bool:
        return (self._outline.gaps[self._gap].name, _plain(self._said)) in self._before

    def _take(self, said: bytes) -> None:
        for byte in said:
            self._state = int(self._outline.table[self._state, byte])
            gap = self._outline.gap_of[self._state]
            if gap != self._gap:
                if self._gap >= 0:
                    self._before.add((self._outline.gaps[self._gap].name, _plain(self._said)))
                self._gap, self._tokens, self._said = gap, 0, bytearray()
            self._said.append(byte)


def _plain(said: bytes | bytearray) -> str:
    """Words alone, small: what tells whether two gaps say the same."""
    return " ".join(re.findall(r"\w+", said.decode("utf-8", "replace").casefold()))


class _Automaton:
    """States and transitions of an outline, put together from left to right."""

    def __init__(self, text: str) -> None:
        self.gap_of = [-1, -1]  # the dead state and the start
        self.gaps: list[Gap] = []
        self.fixed = 0
        self.end = START
        self._edges: list[dict[int, int]] = [{}, {}]
        self._known: dict[str, Gap] = {}
        at = 0
        for found in _NOTATION.finditer(text):
            self._fixed(text[at : found.start()])
            self._part(found)
            at = found.end()
        self._fixed(text[at:])

    def table(self) -> States:
        """(states, 256): where each byte leads."""
        table = np.zeros((len(self._edges), 256), np.int16)
        for state, edges in enumerate(self._edges):
            table[state, list(edges)] = list(edges.values())
        return table

    def _part(self, found: re.Match[str]) -> None:
        name, least, most, again, options = found.groups()
        if options is not None:
            self._choice(options.split("|"))
            return
        gap = self._known.get(again) if again else Gap(name, int(least), int(most))
        if gap is None or self.gap_of[self.end] >= 0:
            raise ValueError(f"The gap {found[0]} has no length, or follows another gap.")
        self._known[gap.name] = gap
        self._open(gap)

    def _state(self, gap: int = -1) -> int:
        self.gap_of.append(gap)
        self._edges.append({})
        return len(self._edges) - 1

    def _fixed(self, text: str) -> None:
        if text:
            self._choice([text])

    def _choice(self, options: Sequence[str]) -> None:
        """One of some texts; all end in the same state."""
        spelled = sorted({option.encode() for option in options})
        if not all(spelled) or any(two.startswith(one) for one, two in pairwise(spelled)):
            raise ValueError(f"The choices {options} begin one another.")
        self.fixed += max(map(len, spelled))
        join = self._state()
        for option in spelled:
            state = self.end
            for byte in option[:-1]:
                following = self._edges[state].get(byte, DEAD)
                if following == DEAD or self._is_inside(state, following):
                    following = self._edges[state][byte] = self._state()
                state = following
            self._edges[state][option[-1]] = join
        self.end = join

    def _is_inside(self, state: int, following: int) -> bool:
        """Whether an edge goes on within a gap, so that what stands behind the gap may take its place."""
        return self.gap_of[state] >= 0 and self.gap_of[following] == self.gap_of[state]

    def _open(self, gap: Gap) -> None:
        """Whole characters of UTF-8, the first one a letter or a digit; no line ends."""
        number = len(self.gaps)
        self.gaps.append(gap)
        inside, one, two, three = (self._state(number) for _ in range(4))
        self._edges[one] = dict.fromkeys(_TAIL, inside)
        self._edges[two] = dict.fromkeys(_TAIL, one)
        self._edges[three] = dict.fromkeys(_TAIL, two)
        special = {0xE0: (range(0xA0, 0xC0), one), 0xED: (range(0x80, 0xA0), one)}
        special |= {0xF0: (range(0x90, 0xC0), two), 0xF4: (range(0x80, 0x90), two)}
        longer = dict.fromkeys(range(0xC2, 0xE0), one) | dict.fromkeys(range(0xE1, 0xF0), two)
        longer |= dict.fromkeys(range(0xF1, 0xF4), three)
        for byte, (tail, following) in special.items():
            longer[byte] = self._state(number)
            self._edges[longer[byte]] = dict.fromkeys(tail, following)
        self._edges[inside] = dict.fromkeys(_ASCII, inside) | longer
        self._edges[self.end] |= dict.fromkeys(_BEGINS, inside) | longer
        self.end = inside
