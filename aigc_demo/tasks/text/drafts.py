"""Several drafts of one text, written side by side, each with a seed of its own.

Knows decoders and a chat's reader. Drafts of one request are in the same batch: whoever asks for the next
token computes it for all. Knows nothing of which is best.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aigc_demo import decoding
from aigc_demo.decoding.loops import looped
from aigc_demo.tasks.text.chat import Chat, Reader
from aigc_demo.types import MAX_SEED

LAST = 0.2
"""The share of the room in which a text ends with its sentence."""
_SENTENCE = re.compile(r"(?<!\d)[.!?。！？][\"'”’)]*$")

Reason = Literal["", "stop", "length", "loop"]
"""Why a text ends: the model ended it, it is as long as allowed, it began to say the same for ever."""


@dataclass(frozen=True)
class Written:
    """A draft that has ended."""

    seed: int
    text: str
    tokens: int
    reason: Reason


class Writing:
    """One draft that is being written.

    Args:
        chat: whose tokens they are.
        decoder: what goes on with token ids.
        prompt: the ids of the request.
        how: how tokens are chosen, with the draft's own seed.
        limit: new tokens at most.
        ends: tokens that end it.
        rules: what may be said at all; its gaps are short, so that no loop is looked for.
    """

    def __init__(
        self,
        chat: Chat,
        decoder: decoding.Decoder,
        prompt: list[int],
        how: decoding.Sampling,
        limit: int,
        ends: Collection[int],
        rules: decoding.Constraint | None = None,
    ) -> None:
        self._chat, self._how, self._limit, self._ends = chat, how, limit, ends
        self._ruled = rules is not None
        self._reader: Reader = chat.reader()
        self._source: Iterator[int | None] = decoding.generate(decoder, prompt, how, limit, ends, rules)
        self._ids: list[int] = []
        self.began = time.perf_counter()
        self.reason: Reason = ""

    @property
    def text(self) -> str:
        """What is written so far."""
        return self._reader.text

    @property
    def tokens(self) -> int:
        """How many tokens were written, the one that ends it among them."""
        return len(self._ids)

    def advance(self) -> bool:
        """Take the next step; whether a token came of it."""
        token = next(self._source, None)
        if token is None:
            if not self._ids:
                self.began = time.perf_counter()  # a part of the prompt was read
            return False
        self._ids.append(token)
        if token in self._ends:
            self.reason = "stop"
            return True
        self._reader.add(token)
        if not self._ruled and (again := looped(self._ids)):
            self._cut(again)
        elif len(self._ids) >= self._limit or self._may_end:
            self.reason = "length"
        return True

    @property
    def _may_end(self) -> bool:
        """Whether a sentence ends here with so little room left that the next one might not."""
        near = len(self._ids) >= self._limit * (1 - LAST)
        return near and not self._ruled and bool(_SENTENCE.search(self.text[-8:]))

    def written(self) -> Written:
        """The draft, once it has ended."""
        return Written(self._how.seed, self.text, self.tokens, self.reason)

    def close(self) -> None:
        """Leave the batch."""
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

    def _cut(self, again: int) -> None:
        """End here, without what only repeats what stands before it."""
        self.reason = "loop"
        reader = self._chat.reader()
        for token in self._ids[:-again]:
            reader.add(token)
        self._reader = reader


def seeds(first: int, count: int) -> list[int]:
    """The seeds of ``count`` drafts: the request's own, then those after it."""
    return [(first + number) % (MAX_SEED + 1) for number in range(count)]


def writings(
    chat: Chat,
    decoder: decoding.Decoder,
    prompt: list[int],
    how: decoding.Sampling,
    count: int,
    limit: int,
    ends: Collection[int],
    rules: Callable[[], decoding.Constraint | None] = lambda: None,
) -> Sequence[Writing]:
    """So many drafts, begun; without chance all would be alike, and one is enough."""
    count = count if how.temperature else 1
    return [
        Writing(chat, decoder, list(prompt), replace(how, seed=seed), limit, ends, rules())
        for seed in seeds(how.seed, count)
    ]
