"""How good drawn pictures are: recognised for what they should be, and as varied as real ones.

Knows a small classifier of digits that never saw a drawn one, and the Fréchet distance between two clouds of
features. Sets without a classifier of their own are compared by their coarse pixels.
"""

from __future__ import annotations

from functools import cache

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_demo.settings import ASSETS

FEATURES = 64


def classifier() -> nn.Sequential:
    """The classifier with fresh weights: 64 pixels to 10 digits; its last but one layer are features."""
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, FEATURES), nn.ReLU(), nn.Linear(FEATURES, 10)
    )


@cache
def digits_judge() -> nn.Sequential:
    """The committed one."""
    net = classifier()
    net.load_state_dict(load_file(ASSETS / "models" / "digits-judge" / "model.safetensors"))
    return net.eval()


@torch.no_grad()
def recognised(pictures: Tensor, labels: Tensor) -> float:
    """Which part of drawn digits the classifier takes for what they should be."""
    told = digits_judge()(pictures.flatten(1)).argmax(1)
    return float((told == labels.argmax(1)).float().mean())


@torch.no_grad()
def features(data: str, pictures: Tensor) -> Tensor:
    """What two sets of pictures are compared by: (count, features)."""
    if data == "digits":
        return digits_judge()[:4](pictures.flatten(1))
    return F.adaptive_avg_pool2d(pictures, 6).flatten(1)


@torch.no_grad()
def variety(data: str, pictures: Tensor, labels: Tensor) -> float:
    """How far apart two pictures with one label are, in the judge's features: the mean over all pairs.

    ``labels`` (count, names) exclude one another. Compared with that of real pictures it says whether the
    drawn ones are all alike.
    """
    found, kinds = features(data, pictures), labels.argmax(1)
    apart = [torch.pdist(found[kinds == kind]).mean() for kind in kinds.unique()]
    return float(torch.stack(apart).nanmean())


@torch.no_grad()
def nearest(pictures: Tensor, known: Tensor) -> Tensor:
    """For each picture the number of the known one that differs least from it, pixel by pixel: (count,)."""
    return torch.cdist(pictures.flatten(1), known.flatten(1)).argmin(1)


@torch.no_grad()
def frechet(ours: Tensor, real: Tensor) -> float:
    """The Fréchet distance of two sets of features, as if both were normally distributed; 0 is alike."""
    ours, real = ours.double(), real.double()
    difference = (ours.mean(0) - real.mean(0)).square().sum()
    a, b = ours.T.cov(), real.T.cov()
    between = torch.linalg.eigvals(a @ b).real.clamp(min=0).sqrt().sum()
    return float(difference + a.trace() + b.trace() - 2 * between)
