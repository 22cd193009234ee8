"""Self-supervision: tasks that pictures set by themselves, so that filters are learnt before any label.

A picture that was turned says by how much (Gidaris et al. 2018); one of which half the pixels are hidden says
what they were, which is for pictures what masked characters are for words (Devlin et al. 2019). Knows one
step of each; knows nothing of digits' names.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.weights import seeded
from aigc_demo.tasks.train_classifier.net import Classifier
from aigc_demo.tasks.train_classifier.params import Pretext

STEPS = 600
"""That a pretext is trained for, before the first label is seen."""
HIDDEN = 0.5
"""Part of the pixels that is hidden."""
RATE = 3e-3
TURNS = 4


class Pretraining:
    """Filters with a head of their own, which is thrown away when labels come.

    Args:
        kind: ``rotated`` or ``masked``.
        net: a fresh classifier, whose filters learn here.
        pixels: of a picture.
        rng: for the head's first weights.
    """

    def __init__(self, kind: Pretext, net: Classifier, pixels: int, rng: torch.Generator) -> None:
        self.kind, self._net = kind, net
        self.layers = nn.ModuleDict(
            {
                "first": net.first,
                "second": net.second,
                "head": nn.Linear(net.out.in_features, TURNS if kind == "rotated" else pixels),
            }
        )
        seeded(self.layers["head"], rng)
        self.adam = Adam([self.layers], RATE)

    def step(self, pictures: Tensor, rng: torch.Generator) -> Tensor:
        """Learn from pictures (count, 1, side, side) without a label; the loss."""
        loss = self._turned(pictures, rng) if self.kind == "rotated" else self._hidden(pictures, rng)
        self.adam.descend(loss)
        return loss.detach()

    def hand_over(self, net: Classifier) -> None:
        """Give another classifier the filters as they are now."""
        net.first.load_state_dict(self._net.first.state_dict())
        net.second.load_state_dict(self._net.second.state_dict())

    def _turned(self, pictures: Tensor, rng: torch.Generator) -> Tensor:
        """Cross-entropy of by how many quarters each picture was turned."""
        turns = torch.randint(TURNS, (len(pictures),), generator=rng)
        every = torch.stack([pictures.rot90(turn, (2, 3)) for turn in range(TURNS)])
        return F.cross_entropy(self._said(every[turns, torch.arange(len(pictures))]), turns)

    def _hidden(self, pictures: Tensor, rng: torch.Generator) -> Tensor:
        """Mean squared error of the pixels that were hidden."""
        hidden = torch.rand(pictures.shape, generator=rng) < HIDDEN
        said = self._said(pictures.masked_fill(hidden, 0.0)).view_as(pictures)
        return (said - pictures)[hidden].square().mean()

    def _said(self, pictures: Tensor) -> Tensor:
        said: Tensor = self.layers["head"](self._net.features(pictures))
        return said
