"""The slow, beautiful way: change a picture's pixels until VGG sees one's scene in the other's manner.

Gatys, Ecker and Bethge 2016, coarse to fine: most steps are taken where they are cheap, on a small
picture, the rest refine it. Knows tensors, losses and steps; reports each step and can be stopped there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from aigc_demo.tasks.style.vgg import (
    CONTENT_LAYER,
    STYLE_LAYERS,
    Vgg,
    content_loss,
    grams,
    style_loss,
    total_variation,
)

COARSE_SHARE = 0.55
"""Share of the steps taken at half the size."""


@dataclass(frozen=True)
class Recipe:
    """How much of what is wanted. Weights multiply relative losses, so 1 and 1 are about even."""

    steps: int = 150
    content_weight: float = 1.0
    style_weight: float = 1.0
    tv: float = 1.0
    optimizer: str = "lbfgs"


@dataclass(frozen=True)
class Step:
    """After step ``done`` of ``total``: the picture so far (1, 3, H, W) in 0..1, and its loss."""

    done: int
    total: int
    picture: Tensor
    loss: float


def _tell(
    report: Callable[[Step], None], before: int, total: int, n: int, picture: Tensor, loss: float
) -> None:
    report(Step(before + n, total, picture, loss))


Styles = Sequence[tuple[Tensor, float]]
"""Style pictures (1, 3, H, W), of any sizes, and their shares, which sum to one."""


def paint(
    vgg: Vgg, content: Tensor, styles: Styles, start: Tensor, recipe: Recipe, report: Callable[[Step], None]
) -> Tensor:
    """Optimise ``start`` towards ``content``'s scene and ``styles``' manner, all (1, 3, H, W) in 0..1.

    A ``start`` that is not the content is a picture to be carried on with: it is refined at full size
    only. What ``report`` raises ends the work.
    """
    fresh = start is content
    coarse = round(recipe.steps * COARSE_SHARE) if fresh and min(content.shape[2:]) >= 128 else 0
    picture, done = recoloured(content, max(styles, key=lambda pair: pair[1])[0]) if fresh else start, 0
    for scale, steps in ((0.5, coarse), (1.0, recipe.steps - coarse)):
        if steps:
            size = [max(32, round(side * scale)) for side in content.shape[2:]]
            picture = _descend(
                vgg,
                resized(content, size),
                [(smaller(style, scale), share) for style, share in styles],
                resized(picture, size),
                recipe,
                steps,
                partial(_tell, report, done, recipe.steps),
            )
            done += steps
    return resized(picture, list(content.shape[2:]))


def resized(picture: Tensor, size: list[int]) -> Tensor:
    """The picture at another size (H, W), in 0..1."""
    if list(picture.shape[2:]) == size:
        return picture
    return F.interpolate(picture, size=size, mode="bicubic", antialias=True).clamp(0, 1)


def recoloured(content: Tensor, style: Tensor) -> Tensor:
    """The content with the style's mean colour and spread of colours: a start that saves many steps.

    The linear map of Gatys et al. 2017 ("Controlling Perceptual Factors"), by Cholesky factors.
    """
    flat, goal = content[0].flatten(1).double(), style[0].flatten(1).double()
    little = 1e-4 * torch.eye(3, dtype=torch.float64, device=content.device)
    have, want = (torch.linalg.cholesky(torch.cov(pixels) + little) for pixels in (flat, goal))
    turned = want @ torch.linalg.solve_triangular(have, flat - flat.mean(1, keepdim=True), upper=False)
    return (turned + goal.mean(1, keepdim=True)).view_as(content).clamp(0, 1).to(content.dtype)


def smaller(picture: Tensor, scale: float) -> Tensor:
    """The picture scaled down, but to no side under 32 pixels."""
    size = [max(min(32, side), round(side * scale)) for side in picture.shape[2:]]
    return resized(picture, size)


def blended(vgg: Vgg, styles: Styles) -> dict[str, Tensor]:
    """The Grams to aim at: those of the style pictures, mixed by their shares."""
    dtype = next(vgg.parameters()).dtype
    found = [(grams(vgg, style.to(dtype)), share) for style, share in styles]
    return {name: sum((g[name] * share for g, share in found), torch.zeros(())) for name in STYLE_LAYERS}


def _descend(
    vgg: Vgg,
    content: Tensor,
    styles: Styles,
    start: Tensor,
    recipe: Recipe,
    steps: int,
    report: Callable[[int, Tensor, float], None],
) -> Tensor:
    dtype = next(vgg.parameters()).dtype
    with torch.no_grad():
        meant = vgg(content.to(dtype), [CONTENT_LAYER])[CONTENT_LAYER]
    goals = blended(vgg, styles)
    picture = start.clone().contiguous().requires_grad_(True)
    layers = [*STYLE_LAYERS, CONTENT_LAYER]

    def loss() -> Tensor:
        optimizer.zero_grad()
        maps = vgg(picture.to(dtype), layers)
        value = 3.0 * recipe.content_weight * content_loss(maps[CONTENT_LAYER], meant)
        value = value + 20.0 * recipe.style_weight * style_loss(maps, goals)
        value = value + 10.0 * recipe.tv * total_variation(picture)
        value.backward()
        return value.detach()

    optimizer: torch.optim.Optimizer
    if recipe.optimizer == "adam":
        optimizer = torch.optim.Adam([picture], lr=0.02, betas=(0.9, 0.95))
    else:
        optimizer = torch.optim.LBFGS([picture], lr=1.0, max_iter=1, history_size=12)
    for n in range(1, steps + 1):
        value = optimizer.step(loss)
        with torch.no_grad():
            picture.clamp_(0, 1)
        report(n, picture.detach(), float(value))
    return picture.detach()
