"""What the four ways of learning to draw have in common: batches made ahead, samples, checks and files.

Knows pictures and networks. How one step is taken is the business of :mod:`gan`, :mod:`vae` and :mod:`flow`.
"""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from aigc_demo.learning import sheet
from aigc_demo.learning.optimisers import Adam, Average
from aigc_demo.learning.pictures import judge, model
from aigc_demo.learning.pictures.data import PictureSet, to_bytes
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.learning.weights import seeded
from aigc_demo.types import Output

AHEAD = 50
"""Steps whose batches and noise are made in one go."""
SHOWN = 64
CHECKED = 500
"""Pictures that a check draws."""


@dataclass(frozen=True)
class Recipe:
    """How steps are taken."""

    batch_size: int
    seed: int


class PictureLearner(ABC):
    """A network that learns to draw; see :class:`aigc_demo.learning.run.Learner`.

    Args:
        data: what it learns from.
        config: the network that draws.
        recipe: how steps are taken; everything random follows from its seed and the number of a step.
    """

    average_decay = 0.995

    def __init__(self, data: PictureSet, config: PictureConfig, recipe: Recipe) -> None:
        self.data, self.config, self.recipe = data, config, recipe
        self.net = model.network(config)
        # The paper on DCGAN draws the first weights from a normal distribution.
        seeded(self.net, self._rng("weights"), 0.02 if config.method == "dcgan" else None)
        self._drawing = model.network(config).eval()
        self._average = Average(self.net, self.average_decay)
        self._ahead: tuple[int, list[tuple[Tensor, ...]]] = (-1, [])
        fixed = self._rng("fixed")
        self._noise = torch.randn(CHECKED, model.noise_size(config), generator=fixed)
        self._shown_labels = self._labels_in_turn(SHOWN)
        picked = torch.randint(len(data.labels), (CHECKED,), generator=fixed)
        self._checked_labels = data.labels[picked]
        self._real = judge.features(data.id, data.held_pictures)
        # Not a number where of no label two pictures are held back: then nothing can be said.
        self._real_variety = (
            judge.variety(data.id, data.held_pictures, data.held_labels) if data.exclusive else math.nan
        )

    # -- what a method brings -----------------------------------------------------------------------

    @abstractmethod
    def step(self, number: int) -> Mapping[str, Tensor]:
        """Take a step."""

    @abstractmethod
    def set_learning_rate(self, rate: float) -> None:
        """Of every optimiser."""

    @abstractmethod
    def networks(self) -> Mapping[str, nn.Module]:
        """All that learns, by name."""

    @abstractmethod
    def optimisers(self) -> Mapping[str, Adam]:
        """By name."""

    def make_batches(self, rng: torch.Generator, count: int) -> list[tuple[Tensor, ...]]:
        """What ``count`` steps in a row need: pictures and labels, and whatever the method adds."""
        picked = torch.randint(len(self.data.labels), (count, self.recipe.batch_size), generator=rng)
        return list(zip(self.data.pictures[picked], self.data.labels[picked], strict=True))

    # -- what they share ----------------------------------------------------------------------------

    def batch(self, number: int) -> tuple[Tensor, ...]:
        """What step ``number`` learns from; fifty steps' are made at once."""
        block, place = divmod(number - 1, AHEAD)
        if self._ahead[0] != block:
            self._ahead = block, self.make_batches(self._rng(f"batches {block}"), AHEAD)
        return self._ahead[1][place]

    def samples(self) -> Output:
        """The grid of 64 noises that stay the same, as a small picture."""
        image = self._grid()
        meta = {"width": image.width, "height": image.height}
        return Output("image", "samples.png", "image/png", data=sheet.png(image, level=1), meta=meta)

    def validate(self) -> Mapping[str, float]:
        """How far drawn pictures are from those held back, which part is recognised, how varied they are."""
        drawn = self._draw(self._noise, self._checked_labels)
        distance = judge.frechet(judge.features(self.data.id, drawn), self._real)
        found = {"validation": distance, "frechet": distance}
        if self.data.id == "digits":
            found["recognised"] = judge.recognised(drawn, self._checked_labels)
        if self._real_variety > 0:
            found["variety"] = judge.variety(self.data.id, drawn, self._checked_labels) / self._real_variety
        return found

    def state(self) -> dict[str, Tensor]:
        """Weights, their average, and what the optimisers remember."""
        state = {f"average.{name}": tensor for name, tensor in self._average.weights().items()}
        for name, net in self.networks().items():
            state |= {f"{name}.{key}": tensor.detach() for key, tensor in net.state_dict().items()}
        for name, optimiser in self.optimisers().items():
            state |= optimiser.state(name)
        return state

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take up a state of the same kind of run."""
        for name, net in self.networks().items():
            begin = f"{name}."
            net.load_state_dict(
                {key.removeprefix(begin): value for key, value in state.items() if key.startswith(begin)}
            )
        self._average.load(
            {
                key.removeprefix("average."): value
                for key, value in state.items()
                if key.startswith("average.")
            }
        )
        for name, optimiser in self.optimisers().items():
            optimiser.load(name, state)

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """The grid, the model with its configuration inside, that beside it, and what was learnt by heart."""
        image = self._grid(scale=max(1, 512 // (8 * self.data.side)))
        weights = {**self.net.state_dict(), **self._average.weights()}
        told = {
            "method": self.config.method,
            "data": self.config.data,
            "names": list(self.config.names),
            "steps": measures["steps"],
            "ended": measures["ended"],
            **{name: round(value, 4) for name, value in measures["measures"].items()},
        }
        shape = {"width": image.width, "height": image.height}
        return (
            Output("image", "grid.png", "image/png", data=sheet.png(image), meta=shape),
            Output(
                "model",
                "model.safetensors",
                "application/vnd.safetensors",
                data=model.to_bytes(weights, self.config),
                meta=told,
            ),
            Output("file", "config.json", "application/json", data=model.config_json(self.config)),
            self._beside_nearest(),
        )

    # -- inside -------------------------------------------------------------------------------------

    def _grid(self, scale: int | None = None) -> Image.Image:
        pictures = self._draw(self._noise[:SHOWN], self._shown_labels)
        return sheet.grid(to_bytes(pictures), scale=scale or max(1, 256 // (8 * self.data.side)))

    def _beside_nearest(self) -> Output:
        """Rows of drawn pictures, below each row those that they are nearest to of all that were learnt."""
        drawn = self._draw(self._noise[:SHOWN], self._shown_labels)[: SHOWN // 2]
        near = self.data.pictures[judge.nearest(drawn, self.data.pictures)]
        rows = torch.stack([drawn.unflatten(0, (-1, 8)), near.unflatten(0, (-1, 8))], 1).flatten(0, 2)
        image = sheet.grid(to_bytes(rows), scale=max(1, 512 // (8 * self.data.side)))
        meta: dict[str, Any] = {"width": image.width, "height": image.height}
        if self.data.id == "mine":
            meta["role"] = "before"  # own pictures stand in it: a link keeps it back as it does those
        return Output("file", "nearest.png", "image/png", data=sheet.png(image), meta=meta)

    def _draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """With the averaged weights."""
        weights = {**self.net.state_dict(), **self._average.weights()}
        self._drawing.load_state_dict(weights)
        return model.draw(self._drawing, self.config, noise, labels)

    def _labels_in_turn(self, count: int) -> Tensor:
        """Each label in turn where they exclude one another, else those of pictures held back."""
        if self.data.exclusive:
            return torch.eye(len(self.data.names))[torch.arange(count) % len(self.data.names)]
        return self.data.held_labels[torch.arange(count) % len(self.data.held_labels)]

    def _rng(self, what: str) -> torch.Generator:
        seed = int.from_bytes(hashlib.sha256(f"{self.recipe.seed} {what}".encode()).digest()[:8], "big")
        return torch.Generator().manual_seed(seed >> 1)
