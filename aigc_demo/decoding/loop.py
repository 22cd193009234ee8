"""Token ids in, token ids out: what every decoder offers.

Knows the small :class:`Decoder` protocol, so that a shared, compiled or quantised one can take another's
place. Knows nothing of text, chats or events.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from aigc_demo.decoding.sampling import Constraint, Sampler, Sampling


class Decoder(Protocol):
    """A model that goes on with prompts. Several threads may run one at the same time."""

    def run(
        self, prompt: list[int], sampler: Sampler, limit: int, stop: Collection[int]
    ) -> Iterator[int | None]:
        """Continue a prompt as :func:`generate` does, with a sampler that belongs to this run."""
        ...


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
        limit: at most so many new tokens, at least one.
        stop: tokens that end the text; the one met is yielded too.
        constraint: what may be said at all; an object of this run alone.

    Yields:
        None after each part of the prompt that was read, then the new tokens one by one. Leaving the
        iteration stops the model.
    """
    yield from decoder.run(prompt, Sampler(how, prompt, constraint), limit, stop)
