"""Reading a text that is there already: the scores behind each token, and where attention looked meanwhile.

Knows decoders. Knows nothing of what tokens mean. Both come from the network that wrote the text: they are
the numbers that it was written from, bit for bit where its rows do not touch. Attention can be watched in the
compiled step alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from aigc_demo.decoding.batched_model import BatchedModel, Floats, Part
from aigc_demo.decoding.continuous_batcher import ContinuousBatcher
from aigc_demo.decoding.loop import Decoder
from aigc_demo.decoding.native import NativeModel
from aigc_demo.decoding.sampling import Sampler

AT_ONCE = 32
"""Tokens that are read in one step; between two of them whoever reads may be stopped."""
MOST_ATTENTION = 6_000_000
"""Numbers of attention that are kept, over all layers and heads."""


@dataclass(frozen=True)
class Read:
    """What was behind a text.

    ``scores`` (tokens, vocabulary): those from which each token was chosen. ``attention`` (layers, heads,
    rows, positions) of the first tokens: where each head looked when it was chosen; a row sums to one and is
    zero from the token itself on. None where it cannot be watched.
    """

    scores: Floats
    attention: Floats | None


def read(decoder: Decoder, prompt: Sequence[int], text: Sequence[int], check: Callable[[int], None]) -> Read:
    """Read prompt and text, at least a token of each.

    Args:
        decoder: what wrote it.
        prompt: what stood before.
        text: the tokens.
        check: told how many tokens were read; may raise to stop.
    """
    if not isinstance(decoder, ContinuousBatcher):
        return Read(_by_dictation(decoder, prompt, text, check), None)
    network, whole = decoder.network, [*prompt, *text[:-1]]
    cache = network.cache(1, len(whole))
    first = len(prompt) - 1  # the position that the text's first token was chosen at
    for start in range(0, first, AT_ONCE):
        check(start)
        network.step(cache, [Part(0, start, whole[start : min(first, start + AT_ONCE)], scored=False)])
    scores: list[Floats] = []
    seen = _room(network, len(text), len(whole))
    for start in range(first, len(whole), AT_ONCE):
        check(start)
        part, row = Part(0, start, whole[start : start + AT_ONCE]), start - first
        if seen is not None and isinstance(network, NativeModel) and row < seen.shape[2]:
            some, looks = network.watched(cache, part)
            kept = looks[:, :, : seen.shape[2] - row]
            seen[:, :, row : row + kept.shape[2], : part.end] = kept
        else:
            some = network.every(cache, part)
        scores.append(some)
    return Read(np.concatenate(scores), seen)


def can_watch(decoder: Decoder) -> bool:
    """Whether attention can be watched: where the compiled step runs."""
    return isinstance(decoder, ContinuousBatcher) and isinstance(decoder.network, NativeModel)


def _room(network: BatchedModel, rows: int, columns: int) -> Floats | None:
    """Where attention is put, for as many rows as there is room for; None where none is watched."""
    if not isinstance(network, NativeModel):
        return None
    heads = network.config.layers, network.config.heads
    rows = min(rows, MOST_ATTENTION // (heads[0] * heads[1] * columns))
    return np.zeros((*heads, rows, columns), np.float32) if rows else None


class _Dictated:
    """In a sampler's place: it says a text that is there already, and keeps the scores that it is shown."""

    def __init__(self, text: Sequence[int], check: Callable[[int], None]) -> None:
        self._text, self._check = text, check
        self.scores: list[Floats] = []

    def __call__(self, logits: Floats) -> int:
        """The text's next token."""
        self._check(len(self.scores))
        self.scores.append(np.array(logits, np.float32))
        return self._text[len(self.scores) - 1]


def _by_dictation(
    decoder: Decoder, prompt: Sequence[int], text: Sequence[int], check: Callable[[int], None]
) -> Floats:
    """Token by token, by any decoder."""
    dictated = _Dictated(text, check)
    for _ in decoder.run(list(prompt), cast(Sampler, dictated), len(text), ()):
        pass
    return np.stack(dictated.scores)
