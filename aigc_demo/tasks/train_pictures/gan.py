"""A generative adversarial network: one network draws, another tells drawn from real, each learns from it.

The discriminator maximises log D(x) + log(1 - D(G(z))), the generator log D(G(z)) (Goodfellow et al. 2014),
both as softplus of the scores. Knows one step of both; everything around it is :class:`PictureLearner`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.pictures import nets
from aigc_demo.learning.pictures.data import PictureSet
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.learning.weights import seeded
from aigc_demo.tasks.train_pictures.learner import AHEAD, PictureLearner, Recipe
from aigc_demo.types import Output

LEARNING_RATE = 1e-3
BLUR, BLUR_HALVES = 0.1, 500.0
"""Noise on all that the discriminator sees keeps it from being sure too early; halved every 500 steps."""
BINS = 20
"""Of the histograms of what the discriminator says."""


class GanLearner(PictureLearner):
    """Generator and discriminator, each with Adam; the average of the generator draws."""

    def __init__(self, data: PictureSet, config: PictureConfig, recipe: Recipe) -> None:
        super().__init__(data, config, recipe)
        kind = nets.ConvDiscriminator if config.method == "dcgan" else nets.Discriminator
        self.discriminator = kind(len(config.names), config.side, config.channels, config.width)
        seeded(self.discriminator, self._rng("discriminator"))
        # Made once and used in another order every fifty steps: normal numbers are dear.
        shape = (AHEAD, 3 * recipe.batch_size, *data.pictures.shape[1:])
        self._blur = torch.randn(shape, generator=self._rng("blur"))
        self._drawing_adam = Adam([self.net], LEARNING_RATE, (0.5, 0.99))
        self._judging_adam = Adam([self.discriminator], LEARNING_RATE, (0.5, 0.99))

    def make_batches(self, rng: torch.Generator, count: int) -> list[tuple[Tensor, ...]]:
        """Pictures, labels, the noise to draw from, and noise to blur three batches with."""
        known = super().make_batches(rng, count)
        noise = torch.randn(count, self.recipe.batch_size, self.config.noise, generator=rng)
        blur = self._blur.roll(int(torch.randint(len(self._blur), (1,), generator=rng)), 0)
        return [(*batch, *rest) for batch, *rest in zip(known, noise, blur, strict=True)]

    def step(self, number: int) -> Mapping[str, Tensor]:
        """First the discriminator, then the generator, on the same drawings."""
        real, labels, noise, blur = self.batch(number)
        blur = blur * (BLUR * 0.5 ** (number / BLUR_HALVES))
        size = len(real)
        drawn = self.net(noise, labels)

        seen = torch.cat([real, drawn.detach()]) + blur[: 2 * size]
        scores = self.discriminator(seen, torch.cat([labels, labels]))
        judge_loss = softplus(-scores[:size]).mean() + softplus(scores[size:]).mean()
        self._judging_adam.descend(judge_loss)

        draw_loss = softplus(-self.discriminator(drawn + blur[2 * size :], labels)).mean()
        self._drawing_adam.descend(draw_loss)

        self._average.follow(number)
        return {"discriminator": judge_loss.detach(), "generator": draw_loss.detach()}

    @torch.no_grad()
    def judged(self) -> tuple[Tensor, Tensor]:
        """D(x) of pictures held back and D(G(z)) of drawn ones, how real each looks: 0 to 1."""
        self.discriminator.eval()  # so that looking leaves no trace in its spectral norms
        drawn = self._draw(self._noise, self._checked_labels)
        real = self.discriminator(self.data.held_pictures, self.data.held_labels)
        made = self.discriminator(drawn, self._checked_labels)
        self.discriminator.train()
        return real[:, 0].sigmoid(), made[:, 0].sigmoid()

    def validate(self) -> Mapping[str, float]:
        """Beside the common measures, the means of both."""
        real, made = self.judged()
        return {
            **super().validate(),
            "judged_real": float(real.mean()),
            "judged_drawn": float(made.mean()),
        }

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """Beside the common files, both as histograms."""
        real, made = (part.histc(BINS, 0, 1).int().tolist() for part in self.judged())
        data = json.dumps({"real": real, "drawn": made}).encode()
        return (*super().files(measures), Output("file", "judged.json", "application/json", data=data))

    def set_learning_rate(self, rate: float) -> None:
        """Of both."""
        self._drawing_adam.rate = rate
        self._judging_adam.rate = rate

    def networks(self) -> Mapping[str, nn.Module]:
        """Both."""
        return {"generator": self.net, "discriminator": self.discriminator}

    def optimisers(self) -> Mapping[str, Adam]:
        """Both."""
        return {"adam_generator": self._drawing_adam, "adam_discriminator": self._judging_adam}
