"""First weights from a generator of one's own, so that a seed gives the same network whatever else computes.

PyTorch's modules draw theirs from the process's one generator, which other threads draw from too. Knows
layers; the distributions are PyTorch's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn


@torch.no_grad()
def seeded(net: nn.Module, rng: torch.Generator, spread: float | None = None) -> None:
    """Draw all weights anew.

    Args:
        net: linear layers and convolutions, however nested; norms keep their ones and zeros.
        rng: what is drawn from.
        spread: standard deviation of a normal distribution; without, uniform within 1 / sqrt(inputs).
    """
    for layer in net.modules():
        parts = dict(layer.named_parameters(recurse=False))
        weight = next((part for part in parts.values() if part.dim() > 1), None)
        if weight is None:
            continue
        bound = 1 / math.sqrt(weight[0].numel())
        for part in parts.values():
            if spread is not None and part.dim() > 1:
                part.normal_(0.0, spread, generator=rng)
            else:
                part.uniform_(-bound, bound, generator=rng)
        for buffer in layer.buffers(recurse=False):
            _direction(buffer, rng)


def _direction(vector: Tensor, rng: torch.Generator) -> None:
    """What spectral norms begin their iteration with: any direction."""
    if vector.is_floating_point() and vector.dim() == 1:
        vector.normal_(generator=rng)
        vector /= vector.norm()


def check_fits(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Raise ValueError where weights out of a file are not what a network expects, or no numbers."""
    if expected.keys() != found.keys():
        raise ValueError("other tensors than the configuration asks for")
    for name, tensor in found.items():
        known = expected[name]
        if tensor.shape != known.shape or tensor.dtype != known.dtype:
            raise ValueError(f"{name} has another shape")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} holds what is no number")
