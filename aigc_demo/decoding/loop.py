"""Token ids in, token ids out: the loop that asks a model for more.

Knows models by the small :class:`Decoder` protocol, so that a batched, compiled or quantised one can
take another's place. Knows nothing of text, chats or events.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

import torch
from torch import Tensor

from aigc_demo.decoding.sampling import Constraint, Sampler, Sampling

PREFILL_CHUNK = 256
"""Prompt tokens read at once; between two chunks a run can be stopped."""


class Sequence(Protocol):
    """One growing text in a model: what it has read, and its scores for what comes next."""

    def read(self, tokens: list[int]) -> Tensor:
        """Take more tokens (at least one); the scores, a vector as long as the vocabulary."""
        ...


class Decoder(Protocol):
    """A model that sequences can be started on. A batched or quantised one has the same shape."""

    def start(self, length: int) -> Sequence:
        """A new sequence that will hold at most ``length`` tokens."""
        ...


@torch.inference_mode()
def generate(
    decoder: Decoder,
    prompt: list[int],
    how: Sampling,
    limit: int,
    stop: Collection[int],
    constraint: Constraint | None = None,
) -> Iterator[int | None]:
    """Continue a prompt.

    Args:
        decoder: what reads tokens and gives scores.
        prompt: at least one token.
        how: how each next token is chosen.
        limit: at most so many new tokens.
        stop: tokens that end the text; the one met is yielded too.
        constraint: what may be said at all; an object of this run alone.

    Yields:
        None after each part of the prompt that was read, then the new tokens one by one. Leaving the
        iteration stops the model.
    """
    sampler = Sampler(how, prompt, constraint)
    sequence = decoder.start(len(prompt) + limit)
    for start in range(0, len(prompt), PREFILL_CHUNK):
        scores = sequence.read(prompt[start : start + PREFILL_CHUNK])
        yield None
    for made in range(1, limit + 1):
        token = sampler(scores)
        yield token
        if token in stop or made == limit:
            return
        scores = sequence.read([token])
