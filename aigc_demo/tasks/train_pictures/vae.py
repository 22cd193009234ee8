"""A variational autoencoder: a picture becomes a few numbers and from these a picture again.

The loss is the error of the picture plus what the numbers tell beyond a normal distribution (Kingma and
Welling 2014). Knows one step; everything around it is :class:`PictureLearner`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.pictures import nets
from aigc_demo.learning.pictures.data import PictureSet
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.learning.weights import seeded
from aigc_demo.tasks.train_pictures.learner import PictureLearner, Recipe

LEARNING_RATE = 2e-3
SPREAD = 0.4
"""Standard deviation that a pixel is allowed: the larger, the more the latent counts against the picture."""


class VaeLearner(PictureLearner):
    """Encoder and decoder together; the average of the decoder draws."""

    average_decay = 0.99

    def __init__(self, data: PictureSet, config: PictureConfig, recipe: Recipe) -> None:
        super().__init__(data, config, recipe)
        self.encoder = nets.Encoder(
            config.noise, len(config.names), config.side, config.channels, config.width
        )
        seeded(self.encoder, self._rng("encoder"))
        self._adam = Adam([self.net, self.encoder], LEARNING_RATE)
        self._held_noise = torch.randn(
            len(data.held_pictures), config.noise, generator=self._rng("held back")
        )

    def make_batches(self, rng: torch.Generator, count: int) -> list[tuple[Tensor, ...]]:
        """Pictures, labels, and the noise of the latent."""
        noise = torch.randn(count, self.recipe.batch_size, self.config.noise, generator=rng)
        return [(*batch, one) for batch, one in zip(super().make_batches(rng, count), noise, strict=True)]

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Encode, draw a latent, decode, compare."""
        picture_loss, latent_loss = self._losses(*self.batch(number))
        self._adam.descend(picture_loss + latent_loss)
        self._average.follow(number)
        return {"picture": picture_loss.detach(), "latent": latent_loss.detach()}

    def _losses(self, pictures: Tensor, labels: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Both in nats a picture."""
        mean, log_variance = self.encoder(pictures, labels)
        decoded = self.net(mean + noise * (0.5 * log_variance).exp(), labels)
        error = (decoded - pictures).square().flatten(1).sum(1).mean() / (2 * SPREAD**2)
        told = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
        return error, told

    @torch.no_grad()
    def validate(self) -> Mapping[str, float]:
        """Beside the common measures, the loss on pictures held back: this is what should fall."""
        error, told = self._losses(self.data.held_pictures, self.data.held_labels, self._held_noise)
        return {**super().validate(), "validation": float(error + told)}

    def set_learning_rate(self, rate: float) -> None:
        """Of the one optimiser."""
        self._adam.rate = rate

    def networks(self) -> Mapping[str, nn.Module]:
        """Both."""
        return {"decoder": self.net, "encoder": self.encoder}

    def optimisers(self) -> Mapping[str, Adam]:
        """The one."""
        return {"adam": self._adam}
