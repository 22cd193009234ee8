"""Teaching the painter one more style: only the norms' scales and shifts move, the convolutions stay.

Dumoulin et al. 2017 found that a trained painter takes on a new style this way, a thousand numbers in
all, in minutes. Knows networks, tensors and losses; reports each step and can be stopped there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_demo.tasks.style.net import StyleNet
from aigc_demo.tasks.style.vgg import (
    CONTENT_LAYER,
    Vgg,
    content_loss,
    grams,
    style_loss,
    total_variation,
)

FIT_LAYERS = ("1_1", "2_1", "3_1", "4_1")
CROP = 192
"""Side of the pieces that are painted while learning: large enough for the widest strokes."""


@dataclass(frozen=True)
class FitRecipe:
    """How long and towards what. The weights multiply relative losses, so 1 and 1 are about even."""

    steps: int = 200
    content_weight: float = 1.0
    style_weight: float = 1.0
    tv: float = 1.0
    seed: int = 0
    lr: float = 0.08


@dataclass(frozen=True)
class FitStep:
    """After step ``done`` of ``total``: the code so far (code_size,) and its loss."""

    done: int
    total: int
    code: Tensor
    loss: float


def closest(net: StyleNet, vgg: Vgg, codes: Tensor, content: Tensor, goals: dict[str, Tensor]) -> Tensor:
    """Of the styles that the painter knows, the one whose painting is nearest to what is wished."""
    dtype = next(vgg.parameters()).dtype
    with torch.no_grad():
        losses = [style_loss(vgg(net(content, code).to(dtype), FIT_LAYERS), goals) for code in codes]
    return codes[int(torch.stack(losses).argmin())]


def fit(
    net: StyleNet,
    vgg: Vgg,
    codes: Tensor,
    style: Tensor,
    contents: Sequence[Tensor],
    recipe: FitRecipe,
    report: Callable[[FitStep], None],
) -> Tensor:
    """The code of a new style.

    Args:
        net: the painter in float32, whose weights are not touched.
        vgg: the feature network that judges.
        codes: styles to start from, (N, code_size); the closest is taken.
        style: the style picture (1, 3, H, W) in 0..1.
        contents: scenes to practise on, each (1, 3, H, W) in 0..1 with sides of at least 16.
        recipe: steps, weights and the seed of the crops.
        report: called after each step; what it raises ends the work.
    """
    dtype = next(vgg.parameters()).dtype
    generator = torch.Generator().manual_seed(recipe.seed)
    goals = grams(vgg, style.to(dtype), FIT_LAYERS)
    start = closest(net, vgg, codes, crop(contents[0], generator, CROP // 2), goals)
    code = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([code], lr=recipe.lr, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps, recipe.lr * 0.05)
    for n in range(1, recipe.steps + 1):
        scene = crop(contents[n % len(contents)], generator)
        painted = net(scene, code)
        maps = vgg(painted.to(dtype), [*FIT_LAYERS, CONTENT_LAYER])
        with torch.no_grad():
            meant = vgg(scene.to(dtype), [CONTENT_LAYER])[CONTENT_LAYER]
        loss = 1.5 * recipe.content_weight * content_loss(maps[CONTENT_LAYER], meant)
        loss = loss + 10.0 * recipe.style_weight * style_loss(maps, goals)
        loss = loss + 5.0 * recipe.tv * total_variation(painted)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([code], 1.0)
        optimizer.step()
        schedule.step()
        report(FitStep(n, recipe.steps, code.detach(), float(loss.detach())))
    return code.detach()


def crop(picture: Tensor, generator: torch.Generator, side: int = CROP) -> Tensor:
    """A random piece of (1, 3, H, W), at most ``side`` wide and high, its sides multiples of four."""
    height, width = (min(side, length) // 4 * 4 for length in picture.shape[2:])
    top = int(torch.randint(picture.shape[2] - height + 1, (1,), generator=generator))
    left = int(torch.randint(picture.shape[3] - width + 1, (1,), generator=generator))
    return picture[:, :, top : top + height, left : left + width]
