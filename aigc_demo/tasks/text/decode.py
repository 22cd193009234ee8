"""Token ids in, token ids out: choosing the next token, and the loop that asks a model for more.

Knows probabilities, and models by the small :class:`Decoder` protocol, so that a batched, compiled or
quantised one can take its place. Knows nothing of text, chats or events.

Chance comes from a generator of its own for each run: the same seed gives the same tokens, whatever
else runs beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from aigc_demo.tasks.text import llama

PREFILL_CHUNK = 256
"""Prompt tokens read at once; between two chunks a run can be stopped."""

NUCLEUS_GUESS = 1024
"""Tokens looked at first when only ``top_p`` limits the choice: sorting all of a large vocabulary
takes longer than a small model's step, and nearly always these hold enough probability.
"""


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    ``temperature`` 0 takes the likeliest. ``top_k`` 0 and ``top_p`` 1 do not limit the choice.
    ``repetition_penalty`` divides the score of what was said before (Keskar et al. 2019, CTRL).
    """

    temperature: float = 0.7
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int = 0


class Sampler:
    """Chooses tokens for one run; remembers what was said, and its own chance."""

    def __init__(self, how: Sampling, prompt: Iterable[int]) -> None:
        self._how = how
        self._chance = torch.Generator().manual_seed(how.seed)
        self._said = set(prompt)
        self._said_ids = torch.tensor(sorted(self._said), dtype=torch.long)

    def __call__(self, logits: Tensor) -> int:
        """The next token from the model's scores, a vector as long as the vocabulary."""
        scores = self._penalised(logits.float().cpu())
        token = int(scores.argmax()) if self._how.temperature == 0 else self._drawn(scores)
        if token not in self._said:
            self._said.add(token)
            self._said_ids = torch.cat([self._said_ids, torch.tensor([token])])
        return token

    def _penalised(self, scores: Tensor) -> Tensor:
        penalty = self._how.repetition_penalty
        if penalty == 1.0:
            return scores
        said = scores[self._said_ids]
        return scores.index_copy(0, self._said_ids, torch.where(said > 0, said / penalty, said * penalty))

    def _drawn(self, scores: Tensor) -> int:
        scores = scores / self._how.temperature
        if self._how.top_k:
            best, tokens = scores.topk(min(self._how.top_k, len(scores)))
            probabilities = best.softmax(0)
        elif self._how.top_p < 1.0:
            probabilities, tokens = self._likeliest(scores.softmax(0))
        else:
            probabilities, tokens = scores.softmax(0), None
        if tokens is not None and self._how.top_p < 1.0:
            before = probabilities.cumsum(0) - probabilities  # mass of the likelier ones
            probabilities = probabilities.masked_fill(before >= self._how.top_p, 0.0)
        choice = int(torch.multinomial(probabilities, 1, generator=self._chance))
        return choice if tokens is None else int(tokens[choice])

    def _likeliest(self, probabilities: Tensor) -> tuple[Tensor, Tensor]:
        """Enough of the likeliest tokens to hold ``top_p`` of the probability, in falling order."""
        best, tokens = probabilities.topk(min(NUCLEUS_GUESS, len(probabilities)))
        if float(best.sum()) >= self._how.top_p:
            return best, tokens
        return probabilities.sort(descending=True)


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


def decoder(model: Any) -> Decoder:
    """The fastest decoder we have for a causal language model of transformers' kind."""
    return llama.LlamaDecoder(model) if llama.fits(model) else _AnyDecoder(model)


class _AnyDecoder:
    """Any causal language model, wherever its parts are, by its own ``forward``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def start(self, length: int) -> _AnySequence:
        return _AnySequence(self._model)


class _AnySequence:
    def __init__(self, model: Any) -> None:
        from transformers import DynamicCache

        device = model.get_input_embeddings().weight.device
        self._device = torch.device("cpu") if device.type == "meta" else device  # meta: it is on disk
        self._model = model
        self._cache = DynamicCache(config=model.config)

    def read(self, tokens: list[int]) -> Tensor:
        ids = torch.tensor([tokens], device=self._device)  # (1, T)
        out = self._model(ids, past_key_values=self._cache, logits_to_keep=1)
        scores: Tensor = out.logits[0, -1]
        return scores


@torch.inference_mode()
def generate(
    model: Decoder, prompt: list[int], how: Sampling, limit: int, stop: Collection[int]
) -> Iterator[int | None]:
    """Continue a prompt.

    Args:
        model: what reads tokens and gives scores.
        prompt: at least one token.
        how: how each next token is chosen.
        limit: at most so many new tokens.
        stop: tokens that end the text; the one met is yielded too.

    Yields:
        None after each part of the prompt that was read, then the new tokens one by one. Leaving the
        iteration stops the model.
    """
    sampler = Sampler(how, prompt)
    sequence = model.start(len(prompt) + limit)
    for start in range(0, len(prompt), PREFILL_CHUNK):
        scores = sequence.read(prompt[start : start + PREFILL_CHUNK])
        yield None
    for made in range(1, limit + 1):
        token = sampler(scores)
        yield token
        if token in stop or made == limit:
            return
        scores = sequence.read([token])
