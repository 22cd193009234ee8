"""The networks that learn small pictures, as plain modules; the very ones that a lesson shows.

Knows shapes. ``noise`` is (batch, size), ``labels`` (batch, names), a picture (batch, channels, side, side)
from -1 to 1. Knows nothing of losses or data.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# -- adversarial: a generator and a discriminator ---------------------------------------------------


class Generator(nn.Module):
    """From noise and labels to a picture, by three layers."""

    def __init__(self, noise: int, names: int, side: int, channels: int, width: int) -> None:
        super().__init__()
        self.shape = (channels, side, side)
        self.layers = nn.Sequential(
            nn.Linear(noise + names, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, math.prod(self.shape)),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Draw."""
        return self.layers(torch.cat([noise, labels], 1)).view(-1, *self.shape)


class Discriminator(nn.Module):
    """How real a picture looks for these labels: (batch, 1), above zero for real."""

    def __init__(self, names: int, side: int, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(channels * side * side + names, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, 1),
        )

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        """Judge."""
        return self.layers(torch.cat([pictures.flatten(1), labels], 1))


class ConvGenerator(nn.Module):
    """The same by transposed convolutions (DCGAN): from 4 x 4, each layer twice as wide and high."""

    def __init__(self, noise: int, names: int, side: int, channels: int, width: int) -> None:
        super().__init__()
        doublings = int(math.log2(side // 4))
        widths = [max(16, width >> step) for step in range(doublings)]
        self.start = nn.Linear(noise + names, widths[0] * 16)
        layers: list[nn.Module] = []
        for before, after in zip(widths, [*widths[1:], channels], strict=True):
            layers += [
                nn.BatchNorm2d(before),
                nn.ReLU(),
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1),
            ]
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Draw."""
        start = self.start(torch.cat([noise, labels], 1))
        return self.layers(start.view(len(noise), -1, 4, 4))


class ConvDiscriminator(nn.Module):
    """The same by convolutions down to 4 x 4; the labels come in as planes of their own."""

    def __init__(self, names: int, side: int, channels: int, width: int) -> None:
        super().__init__()
        doublings = int(math.log2(side // 4))
        widths = [max(16, width >> step) for step in range(doublings)][::-1]
        layers: list[nn.Module] = []
        for before, after in zip([channels + names, *widths], widths, strict=False):
            layers += [nn.utils.spectral_norm(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.end = nn.Linear(widths[-1] * 16, 1)

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        """Judge."""
        planes = labels[:, :, None, None].expand(-1, -1, *pictures.shape[2:])
        return self.end(self.layers(torch.cat([pictures, planes], 1)).flatten(1))


# -- variational: an encoder and a decoder -----------------------------------------------------------


class Encoder(nn.Module):
    """From a picture to the mean and the logarithm of the variance of its latent, both (batch, latent)."""

    def __init__(self, latent: int, names: int, side: int, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(channels * side * side + names, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, 2 * latent),
        )

    def forward(self, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Encode."""
        mean, log_variance = self.layers(torch.cat([pictures.flatten(1), labels], 1)).chunk(2, 1)
        return mean, log_variance.clamp(max=20.0)


class Decoder(Generator):
    """From a latent and labels to a picture: a generator with smooth units."""

    def __init__(self, noise: int, names: int, side: int, channels: int, width: int) -> None:
        super().__init__(noise, names, side, channels, width)
        for place in (1, 3):
            self.layers[place] = nn.SiLU()


# -- flow: from noise to a picture in small steps ------------------------------------------------------


class FlowNet(nn.Module):
    """What a noisy picture was before the noise, at a time from 0 (noise) to 1 (picture).

    Labels that are all zero mean none: the network learns both, which guidance needs.
    """

    def __init__(self, names: int, side: int, channels: int, width: int, blocks: int = 4) -> None:
        super().__init__()
        pixels = channels * side * side
        self.rates: Tensor
        self.register_buffer("rates", torch.exp(torch.linspace(0.0, 4.0, 16)), persistent=False)
        self.inside = nn.Linear(pixels + names, width)
        self.moment = nn.Sequential(nn.Linear(32, width), nn.SiLU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
            for _ in range(blocks)
        )
        self.outside = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, pixels))

    def forward(self, noisy: Tensor, time: Tensor, labels: Tensor) -> Tensor:
        """Clean; ``time`` is (batch, 1)."""
        angles = time * self.rates
        hidden = self.inside(torch.cat([noisy.flatten(1), labels], 1))
        hidden = hidden + self.moment(torch.cat([angles.sin(), angles.cos()], 1))
        for block in self.blocks:
            hidden = hidden + block(F.silu(hidden))
        return self.outside(hidden).view_as(noisy)
