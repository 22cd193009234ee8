"""A picture that a formula draws, so that a conversion and a test can look at the same one."""

from __future__ import annotations

import torch
from torch import Tensor


def picture_of_waves(height: int, width: int) -> Tensor:
    """A picture (3, H, W) of crossing waves, values 0..1."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    waves = (12 * x + 5 * y, 9 * y - 4 * x * x, 20 * (x - 0.5) * (y - 0.5))
    return torch.stack([0.5 + 0.5 * torch.sin(wave) for wave in waves])
