"""Flow matching: from noise to a picture along straight ways, learnt by saying what a noisy picture was.

A picture x and noise e are mixed, t x + (1 - t) e; the network says x (Lipman et al. 2023; predicting x
keeps it on pictures). Some labels are left out, so that guidance has something to compare with (Ho and
Salimans 2022).
Knows one step; everything around it is :class:`PictureLearner`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.pictures.data import PictureSet
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.tasks.train_pictures.learner import PictureLearner, Recipe

LEARNING_RATE = 2e-3
LEFT_OUT = 0.1
"""Part of the labels that is left out."""


class FlowLearner(PictureLearner):
    """One network that says what was there before the noise; its average draws."""

    def __init__(self, data: PictureSet, config: PictureConfig, recipe: Recipe) -> None:
        super().__init__(data, config, recipe)
        self._adam = Adam([self.net], LEARNING_RATE)
        self._held = self._mixed(self._rng("held back"), data.held_pictures, data.held_labels)

    def make_batches(self, rng: torch.Generator, count: int) -> list[tuple[Tensor, ...]]:
        """Pictures, noisy pictures, times, and labels of which some are left out."""
        picked = torch.randint(len(self.data.labels), (count * self.recipe.batch_size,), generator=rng)
        mixed = self._mixed(rng, self.data.pictures[picked], self.data.labels[picked])
        return list(zip(*(part.view(count, -1, *part.shape[1:]) for part in mixed), strict=True))

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Say what was there, and learn from the error."""
        loss = self._loss(*self.batch(number))
        self._adam.descend(loss)
        self._average.follow(number)
        return {"picture": loss.detach()}

    def _mixed(self, rng: torch.Generator, pictures: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        time = torch.rand(len(pictures), 1, generator=rng)
        noise = torch.randn(pictures.shape, generator=rng)
        kept = (torch.rand(len(pictures), 1, generator=rng) >= LEFT_OUT).float()
        t = time[:, :, None, None]
        return pictures, t * pictures + (1 - t) * noise, time, labels * kept

    def _loss(self, pictures: Tensor, noisy: Tensor, time: Tensor, labels: Tensor) -> Tensor:
        """The mean squared error of a pixel."""
        return (self.net(noisy, time, labels) - pictures).square().mean()

    @torch.no_grad()
    def validate(self) -> Mapping[str, float]:
        """Beside the common measures, the loss on pictures held back: this is what should fall."""
        return {**super().validate(), "validation": float(self._loss(*self._held))}

    def set_learning_rate(self, rate: float) -> None:
        """Of the one optimiser."""
        self._adam.rate = rate

    def networks(self) -> Mapping[str, nn.Module]:
        """The one."""
        return {"net": self.net}

    def optimisers(self) -> Mapping[str, Adam]:
        """The one."""
        return {"adam": self._adam}
