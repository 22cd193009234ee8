"""Optimisers as the lessons use them: fused, their state as named tensors, their average of weights.

Knows torch. PyTorch's Adam steps through the parameters one by one unless it is told otherwise; fused, it is
one call for all of them. Knows nothing of what is optimised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


def adam(
    parameters: Sequence[nn.Parameter], rate: float, betas: tuple[float, float] = (0.9, 0.999)
) -> torch.optim.Adam:
    """Adam whose step is one call."""
    return torch.optim.Adam(parameters, rate, betas, fused=True)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Another learning rate from the next step on."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def named_state(prefix: str, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What an optimiser remembers, by names that begin with ``prefix``; nothing before its first step."""
    return {
        f"{prefix}.{number}.{name}": value
        for number, kept in optimiser.state_dict()["state"].items()
        for name, value in kept.items()
        if isinstance(value, Tensor)
    }


def load_state(prefix: str, optimiser: torch.optim.Optimizer, state: Mapping[str, Tensor]) -> None:
    """Take up what :func:`named_state` gave. Raises ValueError where a shape does not fit."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    kept: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        if name.startswith(f"{prefix}."):
            number, what = name.removeprefix(f"{prefix}.").split(".", 1)
            if value.dim() and value.shape != parameters[int(number)].shape:
                raise ValueError(f"{name} has another shape")
            kept.setdefault(int(number), {})[what] = value.clone()
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": kept, "param_groups": groups})


class Average:
    """A running average of a network's weights, which draws more steadily than the weights themselves.

    Args:
        net: whose.
        decay: how slowly it follows once it has warmed up.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self._learning = [parameter.detach() for parameter in net.parameters()]
        self._names = [name for name, _ in net.named_parameters()]
        self._average = [parameter.clone() for parameter in self._learning]
        self._decay = decay

    def follow(self, step: int) -> None:
        """One step closer to the weights as they are after step ``step``."""
        torch._foreach_lerp_(self._average, self._learning, 1 - min(self._decay, step / (step + 10)))

    def weights(self) -> dict[str, Tensor]:
        """The average by the parameters' names. Not copied."""
        return dict(zip(self._names, self._average, strict=True))

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take up what :meth:`weights` gave."""
        for name, mine in self.weights().items():
            mine.copy_(weights[name])
