"""The words of our music models as a musician would read them, and in which bar each stands.

Knows both vocabularies. A folk word says where a note ends, so that its length depends on what was before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Protocol

from aigc_demo.tasks.music import chorale_tokens, tokens
from aigc_demo.tasks.music.tune import TICKS, bar_ticks

_DEGREES = ("1", "♭2", "2", "♭3", "3", "4", "♯4", "5", "♭6", "6", "♭7", "7")
_SIGNS = {tokens.REST: "𝄽", tokens.HOLD: "⌒"}
WHOLE = 4 * TICKS


class Words(Protocol):
    """How one vocabulary is read."""

    def word(self, token: int) -> str:
        """The word of an id."""
        ...

    def after(self, before: Sequence[int]) -> Callable[[int], bytes]:
        """How a word is read after new ones."""
        ...

    def rule(self, before: Sequence[int]) -> str:
        """The name of the rule that holds there."""
        ...


def bars_of(words: Words, ids: Sequence[int]) -> list[int]:
    """The bar, from 0, that each word stands in; -1 before the first."""
    found, bar = [], -1
    for token in ids:
        bar += words.word(token).startswith("bar:")
        found.append(bar)
    return found


class FolkWords:
    """The words of :mod:`tokens`: degrees of the scale, lengths as parts of a whole note.

    Args:
        prompt: answers what stood before, the metre among it, once that is known.
    """

    def __init__(self, prompt: Callable[[], Sequence[int]] = tuple) -> None:
        self._prompt = prompt

    def word(self, token: int) -> str:
        """The word of an id."""
        return tokens.WORDS[token]

    def after(self, before: Sequence[int]) -> Callable[[int], bytes]:
        """How a word is read after these."""
        begun = self._begun(before)

        def spell(token: int) -> bytes:
            word = self.word(token)
            if "@" in word:
                name, end = word.split("@")
                ticks = int(end) - begun
                length = f"·{Fraction(ticks, WHOLE)}" if ticks > 0 else f"→{end}"
                return (_SIGNS.get(name) or degree(int(name))).encode() + length.encode()
            return _SHOWN.get(word.partition(":")[0], word).encode() + word.partition(":")[2].encode()

        return spell

    def _begun(self, before: Sequence[int]) -> int:
        """Where in its bar the next word begins, in ticks."""
        for token in reversed([*self._prompt(), *before]):
            word = self.word(token)
            if "@" in word:
                return int(word.partition("@")[2])
            if word.startswith("bar:"):
                return 0
            if word.startswith("pickup:"):
                return self._full() - int(word[7:])
        return 0

    def _full(self) -> int:
        """Ticks in a bar."""
        names = (self.word(token)[1:-1] for token in self._prompt())
        return next((ticks_in(name) for name in names if name in tokens.METRES), 4 * TICKS)

    def rule(self, before: Sequence[int]) -> str:
        """A note must fit its bar; everything else is form."""
        last = self.word(before[-1]) if before else ""
        return "metre" if last.startswith(("bar:", "pickup:")) or "@" in last else "form"


_SHOWN = {"bar": "│", "left": "↔", "pickup": "↑", tokens.PLAIN[:1]: "‖"}


def degree(pitch: int) -> str:
    """A pitch above the tonic as a degree of the major scale; apostrophes are octaves above, commas below."""
    octave, within = divmod(pitch, 12)
    return _DEGREES[within] + ("'" * octave if octave > 0 else "," * -octave)


def ticks_in(metre: str) -> int:
    """Ticks in a bar of ``"6/8"``."""
    return bar_ticks(tokens.metre_of(metre))


class ChoraleWords:
    """The words of :mod:`chorale_tokens`: places, and voices with pitches above the tonic."""

    def word(self, token: int) -> str:
        """The word of an id."""
        return chorale_tokens.WORDS[token]

    def after(self, before: Sequence[int]) -> Callable[[int], bytes]:
        """How a word is read, wherever."""
        return lambda token: _chorale_word(self.word(token)).encode()

    def rule(self, before: Sequence[int]) -> str:
        """Ranges, crossings and parallels, as far as they hold."""
        return "voices"


def _chorale_word(word: str) -> str:
    if word.startswith("bar:"):
        return f"│{word[4:]}"
    if word.startswith("@"):
        return f"{Fraction(int(word[1:]), TICKS) + 1}."
    if word[:1] in chorale_tokens.LETTERS and word[1:].lstrip("-").isdigit():
        return f"{word[0]} {degree(int(word[1:]))}"
    return word
