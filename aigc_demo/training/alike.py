"""Words that are alike learn from each other: an optimiser for a matrix of embeddings made of shared parts.

A row is the sum of the parts that its word is made of (of "g@48" the pitch and the end) and of something of
its own that is drawn to zero, so a rare word starts from what is known of its parts. Only training sees the
parts: after each step their sums stand in the matrix, which stays an ordinary one.

Knows a matrix and the names of parts. Knows neither networks nor what the words mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

OWN_DECAY = 0.3
"""How strongly what is a word's own is drawn to zero, as AdamW's weight decay."""


def memberships(parts: Sequence[Sequence[str]]) -> Tensor:
    """Which word has which part: (words, parts), ones and zeros."""
    number = {name: i for i, name in enumerate(dict.fromkeys(name for word in parts for name in word))}
    result = torch.zeros(len(parts), len(number))
    for row, word in enumerate(parts):
        result[row, [number[name] for name in word]] = 1.0
    return result


class SumOfParts(torch.optim.AdamW):
    """AdamW on the parts instead of the rows.

    Args:
        matrix: one row a word, (words, width); it is written at once and after each step.
        parts: the names of each word's parts, in the order of the rows; a word may have none.
        lr: the rate.
    """

    def __init__(self, matrix: nn.Parameter, parts: Sequence[Sequence[str]], lr: float) -> None:
        self._matrix, self._has = matrix, memberships(parts)
        scale = float(matrix.detach().std()) / self._has.sum(1).clamp(min=1).mean().sqrt()
        alone = (self._has.sum(1) == 0)[:, None]
        self._own = nn.Parameter(matrix.detach() * alone)
        self._shared = nn.Parameter(torch.randn(self._has.shape[1], matrix.shape[1]) * scale)
        groups = [
            {"params": [self._shared], "weight_decay": 0.0},
            {"params": [self._own], "weight_decay": OWN_DECAY},
        ]
        super().__init__(groups, lr=lr, betas=(0.9, 0.95))
        self._write()

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """One step of all parts by what the matrix was told."""
        if self._matrix.grad is None:
            return
        self._own.grad = self._matrix.grad
        self._shared.grad = self._has.T @ self._matrix.grad
        super().step()
        self._write()

    def state_dict(self) -> dict[str, Any]:
        """AdamW's, and the parts."""
        return {**super().state_dict(), "parts": [self._own.detach(), self._shared.detach()]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a saved state."""
        with torch.no_grad():
            for mine, saved in zip((self._own, self._shared), state_dict["parts"], strict=True):
                mine.copy_(saved)
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "parts"})
        self._write()

    @torch.no_grad()
    def _write(self) -> None:
        self._matrix.copy_(torch.addmm(self._own, self._has, self._shared))
