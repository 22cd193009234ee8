"""Token ids in, token ids out: choosing the next token, and the loop that asks a model for more.

Knows probabilities and the key-value cache. Knows nothing of text, chats or events, so that a batched,
compiled or quantised loop can take its place behind :func:`generate`.

Chance comes from a generator of its own for each run: the same seed gives the same tokens, whatever
else runs beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

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

    def __init__(self, how: Sampling, prompt: Sequence[int]) -> None:
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


@torch.inference_mode()
def generate(
    model: Any, prompt: Sequence[int], how: Sampling, limit: int, stop: Collection[int]
) -> Iterator[int | None]:
    """Continue a prompt.

    Args:
        model: a causal language model of transformers' kind.
        prompt: at least one token.
        how: how each next token is chosen.
        limit: at most so many new tokens.
        stop: tokens that end the text; the one met is yielded too.

    Yields:
        None after each part of the prompt that was read, then the new tokens one by one. Leaving the
        iteration stops the model.
    """
    from transformers import DynamicCache

    device = model.get_input_embeddings().weight.device
    if device.type == "meta":  # parts of the model are on disk
        device = torch.device("cpu")
    sampler = Sampler(how, prompt)
    cache = DynamicCache(config=model.config)
    ids = torch.tensor([list(prompt)], device=device)  # (1, prompt)
    for start in range(0, len(prompt), PREFILL_CHUNK):
        out = model(ids[:, start : start + PREFILL_CHUNK], past_key_values=cache, logits_to_keep=1)
        yield None
    for _ in range(limit):
        token = sampler(out.logits[0, -1])
        yield token
        if token in stop:
            return
        out = model(torch.tensor([[token]], device=device), past_key_values=cache, logits_to_keep=1)
