"""Choosing the next token from a model's scores.

Knows probabilities and token ids. Knows nothing of models, texts or other runs.

Chance comes from a generator of its own for each run: the same seed gives the same tokens, whatever
else runs beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

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


class Constraint(Protocol):
    """Rules about what may be said, for one run; asked once before each token."""

    def allowed(self, made: Sequence[int]) -> Tensor | None:
        """Which tokens may come next, True for yes: (vocabulary,) bool; None where all may.

        Args:
            made: the new tokens so far, without the prompt.
        """
        ...


class Sampler:
    """Chooses tokens for one run; remembers what was said, and its own chance.

    Args:
        how: how to choose.
        prompt: what was said before.
        constraint: what may be said at all; it comes before temperature, ``top_k`` and ``top_p``.
    """

    def __init__(self, how: Sampling, prompt: Iterable[int], constraint: Constraint | None = None) -> None:
        self._how = how
        self._constraint = constraint
        self._made: list[int] = []
        self._chance = torch.Generator().manual_seed(how.seed)
        self._said = set(prompt)
        self._said_ids = torch.tensor(sorted(self._said), dtype=torch.long)

    def __call__(self, logits: Tensor) -> int:
        """The next token from the model's scores, a vector as long as the vocabulary.

        Raises:
            ValueError: the constraint leaves no token.
        """
        scores = self._permitted(self._penalised(logits.float().cpu()))
        token = int(scores.argmax()) if self._how.temperature == 0 else self._drawn(scores)
        self._made.append(token)
        if token not in self._said:
            self._said.add(token)
            self._said_ids = torch.cat([self._said_ids, torch.tensor([token])])
        return token

    def _permitted(self, scores: Tensor) -> Tensor:
        """Nothing is left of what may not be said."""
        allowed = self._constraint.allowed(self._made) if self._constraint is not None else None
        if allowed is None:
            return scores
        if not bool(allowed.any()):
            raise ValueError(f"The constraint leaves no token after {len(self._made)} new ones.")
        return scores.masked_fill(~allowed, -torch.inf)

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
