"""The two networks of Real-ESRGAN (Wang et al. 2021) that enlarge pictures, as plain modules.

Knows layers and shapes. Layers are declared in the order in which they are computed, which is the order
of the published files (see :mod:`ncnn`). Knows nothing of tiles, files or pictures.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Tick = Callable[[], None]
"""Called between layers; may raise to stop."""


def _no_tick() -> None:
    return None


class CompactNet(nn.Module):
    """A chain of 3x3 convolutions that corrects the picture repeated four times (``SRVGGNetCompact``).

    Networks for x2 and x3 are trained to look right after their fourfold result is scaled down.
    """

    def __init__(self, scale: int, width: int = 64, depth: int = 16) -> None:
        super().__init__()
        self.scale = scale
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width)]
        for _ in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
        self.body = nn.Sequential(*layers, nn.Conv2d(width, 3 * 16, 3, padding=1))

    @property
    def reach(self) -> int:
        """How many pixels of the input around one of them have a part in its result."""
        return len(self.body) // 2 + 1 + (self.scale < 4)

    def forward(self, picture: Tensor, tick: Tick = _no_tick) -> Tensor:
        """(batch, 3, H, W) in 0..1 -> (batch, 3, scale * H, scale * W), about 0..1, not clipped."""
        x = picture
        for layer in self.body:
            x = layer(x)
            if isinstance(layer, nn.Conv2d):
                tick()
        large = F.pixel_shuffle(x, 4) + F.interpolate(picture, scale_factor=4, mode="nearest")
        if self.scale == 4:
            return large
        size = (picture.shape[-2] * self.scale, picture.shape[-1] * self.scale)
        return F.interpolate(large, size, mode="bicubic", align_corners=False)


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees the results of all before it."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.grow = nn.ModuleList(nn.Conv2d(width + i * growth, growth, 3, padding=1) for i in range(4))
        self.back = nn.Conv2d(width + 4 * growth, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape: (batch, width, H, W)."""
        seen = x
        for layer in self.grow:
            seen = torch.cat([seen, F.leaky_relu(layer(seen), 0.2, inplace=True)], dim=1)
        changed: Tensor = x + 0.2 * self.back(seen)
        return changed


class DeepNet(nn.Module):
    """The residual-in-residual dense network (``RRDBNet``): 23 times three dense blocks, then x4."""

    scale = 4
    reach = 16
    """Its true reach is the whole picture; beyond this far a pixel's part is too small to be seen."""

    def __init__(self, width: int = 64, growth: int = 32, depth: int = 23) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.ModuleList(
            nn.Sequential(*(DenseBlock(width, growth) for _ in range(3))) for _ in range(depth)
        )
        self.after = nn.Conv2d(width, width, 3, padding=1)
        self.up1 = nn.Conv2d(width, width, 3, padding=1)
        self.up2 = nn.Conv2d(width, width, 3, padding=1)
        self.hr = nn.Conv2d(width, width, 3, padding=1)
        self.last = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, picture: Tensor, tick: Tick = _no_tick) -> Tensor:
        """(batch, 3, H, W) in 0..1 -> (batch, 3, 4 * H, 4 * W), about 0..1, not clipped."""
        first = x = self.first(picture)
        for group in self.body:
            inner = x
            for block in group.children():
                inner = block(inner)
                tick()
            x = x + 0.2 * inner
        x = first + self.after(x)
        for layer in (self.up1, self.up2):
            x = F.leaky_relu(layer(F.interpolate(x, scale_factor=2, mode="nearest")), 0.2)
            tick()
        result: Tensor = self.last(F.leaky_relu(self.hr(x), 0.2))
        return result
