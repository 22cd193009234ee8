"""What all trainings of language models have in common: a step, bits, the state.

Knows a network that gives scores for tokens, and an optimiser. Batches, checks and files are the business of
whoever derives from it (see :class:`aigc_demo.learning.run.Learner`).
"""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.texts import nets
from aigc_demo.types import Output

NONE = -100
"""A target that is not asked for."""
Batch = tuple[Tensor, Tensor]
"""Token ids and what comes next after each, both (batch, tokens)."""


class TextLearner(ABC):
    """A language model that learns.

    Args:
        net: gives scores (batch, tokens, vocabulary) and a memory.
        learning: the parameters that change.
        seed: of everything that is left to chance, with the number of a step.
    """

    warm_up = 50
    """Steps over which the learning rate rises from nothing."""

    def __init__(self, net: nn.Module, learning: Iterable[nn.Parameter], seed: int) -> None:
        self.net, self.seed = net, seed
        self.learning = nn.ParameterList(learning)
        self._adam = Adam([self.learning], 1e-3, betas=(0.9, 0.98))
        self._rate = 1e-3
        names = {id(parameter): name for name, parameter in net.named_parameters()}
        self._names = [names[id(parameter)] for parameter in self.learning]

    @abstractmethod
    def batch(self, number: int) -> Batch:
        """What step ``number`` learns from."""

    @abstractmethod
    def validate(self) -> Mapping[str, float]:
        """Measures on what was held back."""

    @abstractmethod
    def samples(self) -> Output:
        """What it writes now."""

    @property
    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """What is trained, so that only the same is gone on with."""

    @property
    def epoch(self) -> int | None:
        """Steps in which everything is seen once, where it is seen in turn."""
        return None

    @property
    def about(self) -> Mapping[str, Any]:
        """What the card tells of the data."""
        return {}

    @abstractmethod
    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """The model and what shows it."""

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Guess every next token of a batch, and go down the surprise."""
        self.net.train()
        nets.reseed(self.net, self.seed_for(f"dropout {number}"))
        self._adam.rate = self._rate * min(1.0, number / self.warm_up)
        ids, wanted = self.batch(number)
        scores, _ = self.net(ids)
        loss = F.cross_entropy(scores.flatten(0, 1), wanted.flatten(), ignore_index=NONE)
        self._adam.descend(loss)
        return {"train": loss.detach() / math.log(2)}

    @torch.no_grad()
    def bits(self, batches: Sequence[Batch]) -> float:
        """Mean surprise of a token in bits: the loss to the base of two."""
        self.net.eval()
        total = tokens = 0.0
        for ids, wanted in batches:
            scores, _ = self.net(ids)
            loss = F.cross_entropy(scores.flatten(0, 1), wanted.flatten(), ignore_index=NONE, reduction="sum")
            total += float(loss)
            tokens += int((wanted != NONE).sum())
        return total / max(1.0, tokens) / math.log(2)

    def set_learning_rate(self, rate: float) -> None:
        """From the next step on."""
        self._rate = rate

    def weights(self) -> dict[str, Tensor]:
        """What changes, by name. Not copied."""
        return {name: parameter.detach() for name, parameter in zip(self._names, self.learning, strict=True)}

    def state(self) -> dict[str, Tensor]:
        """What changes, and what the optimiser remembers."""
        weights = {f"net.{name}": tensor for name, tensor in self.weights().items()}
        return weights | self._adam.state("adam")

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take up a state of the same kind of run."""
        with torch.no_grad():
            for name, tensor in self.weights().items():
                tensor.copy_(state[f"net.{name}"])
        self._adam.load("adam", state)

    def seed_for(self, what: str) -> int:
        """A seed that follows from the run's and from what it is for."""
        return seed_from(self.seed, what)


def seed_from(seed: int, what: str) -> int:
    """A seed that follows from another and from what it is for."""
    digest = hashlib.sha256(f"{seed} {what}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def padded(rows: Sequence[Sequence[int]], pad: int, given: Sequence[int] | None = None) -> Batch:
    """Rows of different lengths as one batch; of each the first ``given`` targets are not asked for."""
    length = max(map(len, rows)) - 1
    ids = torch.full((len(rows), length), pad)
    wanted = torch.full((len(rows), length), NONE)
    for place, row in enumerate(rows):
        ids[place, : len(row) - 1] = torch.tensor(row[:-1])
        first = max(0, (given[place] if given is not None else 0) - 1)
        wanted[place, first : len(row) - 1] = torch.tensor(row[1 + first :])
    return ids, wanted
