"""A small convolutional classifier of grey pictures, and what one can see in it.

Knows pictures (count, 1, 8, 8) from -1 to 1. What it looks at is the gradient of its score by the picture
(saliency, Simonyan et al. 2013); what fools it, a step along the sign of the gradient of its loss (Goodfellow
et al. 2014).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 10


class Classifier(nn.Module):
    """Filters of 3 x 3, the same again with half the pixels, then a score for every digit.

    Args:
        width: filters of the first layer; the second has twice as many.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.second = nn.Conv2d(width, 2 * width, 3, padding=1, stride=2)
        self.out = nn.Linear(2 * width * 16, CLASSES)

    def features(self, pictures: Tensor) -> Tensor:
        """What the filters answer, (count, 32 times the width)."""
        return F.relu(self.second(F.relu(self.first(pictures)))).flatten(1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores (count, digits)."""
        scores: Tensor = self.out(self.features(pictures))
        return scores


def saliency(net: Classifier, pictures: Tensor, labels: Tensor) -> Tensor:
    """How much each pixel (count, 8, 8) moves the score of its digit."""
    pictures = pictures.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(net(pictures).gather(1, labels[:, None]).sum(), pictures)
    return gradient[:, 0].abs()


def worst_signs(net: Classifier, pictures: Tensor, labels: Tensor) -> Tensor:
    """Which way each pixel (count, 1, 8, 8) must go for the loss to rise: -1, 0 or 1."""
    pictures = pictures.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(net(pictures), labels), pictures)
    return gradient.sign()
