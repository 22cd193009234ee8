"""Optimisers as the lessons use them: fused, their state as named tensors, their average of weights.

Knows torch. PyTorch's Adam steps through the parameters one by one unless it is told otherwise; fused and
with all of them in one tensor it is one call. Knows nothing of what is optimised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class Adam(torch.optim.Adam):
    """Adam for all weights of some networks at once: these become views of one tensor, as do their gradients.

    Args:
        nets: whose weights learn together.
        rate: learning rate.
        betas: how slowly the running mean and square of the gradient follow.
    """

    def __init__(
        self, nets: Sequence[nn.Module], rate: float, betas: tuple[float, float] = (0.9, 0.999)
    ) -> None:
        self._parts = [part for net in nets for part in net.parameters()]
        together = nn.Parameter(torch.cat([part.detach().flatten() for part in self._parts]))
        self._gradient = together.grad = torch.zeros_like(together)
        begin = 0
        for part in self._parts:
            end = begin + part.numel()
            part.data = together.data[begin:end].view_as(part)
            part.grad = self._gradient[begin:end].view_as(part)
            begin = end
        super().__init__([together], rate, betas, fused=True)

    def descend(self, loss: Tensor) -> None:
        """A step down the loss for these weights alone: no gradient is computed that nobody uses."""
        self._gradient.zero_()
        loss.backward(inputs=self._parts)
        self.step()


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

    It follows every few steps by as much more, which is the same to the eye and a fifth of the work.

    Args:
        net: whose.
        decay: how slowly it follows once it has warmed up, by step.
    """

    every = 5

    def __init__(self, net: nn.Module, decay: float) -> None:
        self._net = net
        self._names = [name for name, _ in net.named_parameters()]
        self._average = [parameter.detach().clone() for parameter in net.parameters()]
        self._decay = decay

    def follow(self, step: int) -> None:
        """Closer to the weights as they are after step ``step``, where it is its turn."""
        if step % self.every == 0:
            kept = min(self._decay, step / (step + 10)) ** self.every
            weights = [parameter.data for parameter in self._net.parameters()]
            torch._foreach_lerp_(self._average, weights, 1 - kept)

    def weights(self) -> dict[str, Tensor]:
        """The average by the parameters' names. Not copied."""
        return dict(zip(self._names, self._average, strict=True))

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take up what :meth:`weights` gave."""
        for name, mine in self.weights().items():
            mine.copy_(weights[name])
