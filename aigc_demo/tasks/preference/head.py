"""A head that learns what somebody prefers: one number for each thing, from pairs that were rated.

The model is Bradley and Terry's (1952): the better one of a pair wins with the probability that the
difference of both scores gives, which is also the loss of reward models for language models (Christiano et
al. 2017). Knows features and pairs; knows nothing of how things are shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor

from aigc_demo.learning import sheet
from aigc_demo.learning.preference.candidates import Kind, Thing, fresh, pool
from aigc_demo.learning.preference.features import measured, names_of
from aigc_demo.learning.texts.learner import seed_from
from aigc_demo.types import Output

HELD_BACK = 5
"""Every so-manieth pair is held back, where there are so many."""
PENALTY = 0.05
"""On the square of the weights: with few pairs many heads fit, and the smallest claims least."""


@dataclass(frozen=True)
class Rating:
    """Of two things the better one first."""

    better: Thing
    worse: Thing


class HeadLearner:
    """A head that prefers nothing yet.

    Args:
        kind: of the things.
        ratings: pairs, in the order in which they were rated.
        batch_size: pairs in a step.
        seed: everything random follows from it and the number of a step.
        undo: forget, when an earlier state is taken up, what it had learnt.
    """

    def __init__(
        self, kind: Kind, ratings: Sequence[Rating], batch_size: int, seed: int, *, undo: bool = False
    ) -> None:
        self.kind, self.batch_size, self.seed, self._undo = kind, batch_size, seed, undo
        self.names = names_of(kind)
        everything = measured(kind, pool(kind))
        self._mean = everything.mean(0)
        self._spread = np.maximum(everything.std(0), 1e-6)
        self._pool = self._seen(pool(kind))
        pairs = self._pairs(ratings)
        held = torch.arange(len(pairs)) % HELD_BACK == HELD_BACK - 1
        self._learnt, self._held = pairs[~held], pairs[held]
        self.weights = torch.zeros(len(self.names), requires_grad=True)
        self._rate = 0.1

    @property
    def identity(self) -> dict[str, Any]:
        """What is trained, so that only the same is gone on with."""
        return {"kind": "head", "data": self.kind, "features": list(self.names)}

    @property
    def about(self) -> Mapping[str, Any]:
        """What the card tells of the ratings."""
        return {"pairs": len(self._learnt), "held_back": len(self._held), "data_licence": "yours (ratings)"}

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Raise the score of the better ones over that of the worse ones, and keep the weights small."""
        if not len(self._learnt):
            return {"pairs": torch.tensor(1.0)}
        pairs = self._learnt[self._picked(number)]
        loss = F.softplus(-(pairs @ self.weights)).mean() + PENALTY * self.weights.square().sum()
        (slope,) = torch.autograd.grad(loss, self.weights)
        with torch.no_grad():
            self.weights -= self._rate * slope
        return {"pairs": loss.detach() / math.log(2)}

    @torch.no_grad()
    def validate(self) -> Mapping[str, float]:
        """Surprise in bits at pairs held back, and on how many head and visitor agree; with few, at all."""
        pairs = self._held if len(self._held) else self._learnt
        if not len(pairs):
            return {"validation": 1.0}
        leads = pairs @ self.weights
        return {
            "validation": float(F.softplus(-leads).mean()) / math.log(2),
            "agreement": float((leads > 0).float().mean()),
        }

    def samples(self) -> Output:
        """Of what nobody has rated, the best first."""
        ranked = sorted(fresh(self.kind), key=self._score, reverse=True)
        if self.kind == "pictures":
            pictures = np.stack([pool("pictures")[int(name[1:])] for name in ranked])
            image = sheet.grid((pictures * 255).round().astype(np.uint8), columns=4)
            meta = {"width": image.width, "height": image.height}
            return Output("image", "samples.png", "image/png", data=sheet.png(image, level=1), meta=meta)
        lines = [
            f"{place}. {self._score(name):+.2f}  {self._told(name)}" for place, name in enumerate(ranked, 1)
        ]
        return Output("text", "samples.txt", "text/plain; charset=utf-8", text="\n".join(lines))

    def set_learning_rate(self, rate: float) -> None:
        """From the next step on."""
        self._rate = rate

    def state(self) -> dict[str, Any]:
        """The weights: gradient descent remembers nothing else."""
        return {"weights": self.weights.detach()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up such a state, or, to undo it, only its place."""
        with torch.no_grad():
            self.weights.copy_(torch.zeros_like(self.weights) if self._undo else state["weights"])

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """The ranking, the model with its configuration inside, that beside it, and every score."""
        found = {name: round(value, 4) for name, value in measures["measures"].items()}
        told = {"for": "", "steps": measures["steps"], "ended": measures["ended"], **found}
        config = json.dumps(self.identity)
        tensors = {
            "weights": self.weights.detach().contiguous(),
            "mean": torch.tensor(self._mean, dtype=torch.float32),
            "spread": torch.tensor(self._spread, dtype=torch.float32),
        }
        ranking = json.dumps(self.ranking()).encode()
        return (
            self.samples(),
            Output("model", "model.safetensors", "application/vnd.safetensors",
                   data=save(tensors, {"config": config}), meta=told),
            Output("file", "config.json", "application/json", data=config.encode()),
            Output("file", "ranking.json", "application/json", data=ranking),
        )  # fmt: skip

    def ranking(self) -> dict[str, Any]:
        """What the head believes: its weights by name, and the score of everything that comes along."""
        weights = self.weights.detach()
        return {
            "data": self.kind,
            "pairs": len(self._learnt) + len(self._held),
            "weights": {name: round(one, 4) for name, one in zip(self.names, weights.tolist(), strict=True)},
            "scores": [round(one, 4) for one in (self._pool @ weights).tolist()],
            "fresh": list(fresh(self.kind)),
        }

    # -- inside -------------------------------------------------------------------------------------

    def _seen(self, things: Sequence[Thing]) -> Tensor:
        """Features in units of their spread over all that comes along, (things, features)."""
        scaled = (measured(self.kind, things) - self._mean) / self._spread
        return torch.tensor(scaled.clip(-4, 4), dtype=torch.float32)

    def _pairs(self, ratings: Sequence[Rating]) -> Tensor:
        """How far the better one lies from the worse one, (pairs, features)."""
        if not ratings:
            return torch.zeros(0, len(self.names))
        return self._seen([one.better for one in ratings]) - self._seen([one.worse for one in ratings])

    def _picked(self, number: int) -> Tensor:
        """Which pairs a step looks at: all, or as many as a batch holds."""
        count = len(self._learnt)
        if count <= self.batch_size:
            return torch.arange(count)
        rng = torch.Generator().manual_seed(seed_from(self.seed, f"batch {number}"))
        return torch.randperm(count, generator=rng)[: self.batch_size]

    def _score(self, name: str) -> float:
        return float(self._pool[int(name[1:])] @ self.weights.detach())

    def _told(self, name: str) -> str:
        thing = pool(self.kind)[int(name[1:])]
        return f"{name} {' '.join(thing.split())}" if self.kind == "poems" else name
