"""What the lessons go down a loss with: Adam, its state as named tensors, and a running average of weights.

Knows torch's fused step. PyTorch's own Adam steps through the parameters one by one unless it is told
otherwise, and on its first step imports PyTorch's compiler: a second and more before anything can be watched.
Knows nothing of what is optimised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

EPSILON = 1e-8


class Adam:
    """Adam (Kingma and Ba 2015) for all weights of some networks at once, in one call a step.

    The weights become views of one tensor, as do their gradients.

    Args:
        nets: whose weights learn together.
        rate: learning rate; it may be set at any time.
        betas: how slowly the running mean and square of the gradient follow.
    """

    def __init__(
        self, nets: Sequence[nn.Module], rate: float, betas: tuple[float, float] = (0.9, 0.999)
    ) -> None:
        self.rate, self._betas = rate, betas
        self._parts = [part for net in nets for part in net.parameters()]
        self._weights = torch.cat([part.detach().flatten() for part in self._parts])
        self._gradient = torch.zeros_like(self._weights)
        begin = 0
        for part in self._parts:
            end = begin + part.numel()
            part.data = self._weights[begin:end].view_as(part)
            part.grad = self._gradient[begin:end].view_as(part)
            begin = end
        self._kept = {
            "step": torch.tensor(0.0),
            "exp_avg": torch.zeros_like(self._weights),
            "exp_avg_sq": torch.zeros_like(self._weights),
        }

    def descend(self, loss: Tensor) -> None:
        """A step down the loss for these weights alone: no gradient is computed that nobody uses."""
        self._gradient.zero_()
        loss.backward(inputs=self._parts)
        step, mean, square = self._kept.values()
        step += 1
        torch._fused_adam_(
            [self._weights], [self._gradient], [mean], [square], [], [step],
            lr=self.rate, beta1=self._betas[0], beta2=self._betas[1], eps=EPSILON,
            weight_decay=0.0, amsgrad=False, maximize=False,
        )  # fmt: skip

    def state(self, prefix: str) -> dict[str, Tensor]:
        """What it remembers, by names that begin with ``prefix``. Not copied."""
        return {f"{prefix}.0.{name}": value for name, value in self._kept.items()}

    def load(self, prefix: str, state: Mapping[str, Tensor]) -> None:
        """Take up what :meth:`state` gave, or begin anew where there is none.

        Raises ValueError where a shape does not fit.
        """
        for name, mine in self._kept.items():
            value = state.get(f"{prefix}.0.{name}", torch.zeros_like(mine))
            if value.shape != mine.shape:
                raise ValueError(f"{prefix}.0.{name} has another shape")
            mine.copy_(value)


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
