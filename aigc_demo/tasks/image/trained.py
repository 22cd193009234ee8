"""Drawing with a model that a visitor has trained: a label in, small pictures out, enlarged to be seen.

Knows the parameters and the model's own labels. The file is read by :mod:`aigc_demo.learning.pictures.model`,
as if a stranger had made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor, nn

from aigc_demo.learning import sheet
from aigc_demo.learning.pictures import model
from aigc_demo.learning.pictures.data import to_bytes
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.types import MAX_SEED, Emit, LoadContext, Output, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.image.params import TrainedParams

SIDE = 256
"""Of a finished picture, in pixels: each pixel of the model becomes a square."""


def load(context: LoadContext) -> TrainedPainter:
    """The visitor's model from its file."""
    return TrainedPainter(*model.read(context.path))


class TrainedPainter:
    """Draws with one trained model."""

    def __init__(self, net: nn.Module, config: PictureConfig) -> None:
        self._net, self.config = net, config

    def __call__(self, params: TrainedParams, emit: Emit) -> tuple[Output, ...]:
        """Draw ``batch`` pictures of the label, or of any where none is given, with seeds in a row."""
        seeds = [((params.seed or 0) + index) % (MAX_SEED + 1) for index in range(params.batch)]
        noise, labels = self.noise(seeds), self.labels(params.label, seeds)
        flows = self.config.method == "flow"
        steps = StepProgress(emit, params.num_inference_steps if flows else 1)
        drawn = self.draw(
            noise,
            labels,
            steps=params.num_inference_steps,
            guidance=params.guidance_scale,
            tick=lambda step, pictures: steps.step(step, lambda: sheet.grid(to_bytes(pictures), scale=8)),
        )
        scale = max(1, SIDE // self.config.side)
        pictures = [Image.fromarray(one.repeat(scale, 0).repeat(scale, 1)) for one in to_bytes(drawn)]
        return tuple(
            self._output(picture, seed, label, several=len(seeds) > 1)
            for picture, seed, label in zip(pictures, seeds, labels, strict=True)
        )

    def draw(
        self,
        noise: Tensor,
        labels: Tensor,
        *,
        steps: int,
        guidance: float,
        tick: Callable[[int, Tensor], None],
    ) -> Tensor:
        """Pictures (count, channels, side, side); see :func:`aigc_demo.learning.pictures.model.draw`."""
        return model.draw(self._net, self.config, noise, labels, steps=steps, guidance=guidance, tick=tick)

    def _output(self, picture: Image.Image, seed: int, labels: Tensor, *, several: bool) -> Output:
        told = [name for name, there in zip(self.config.names, labels, strict=True) if there > 0]
        meta = {"width": picture.width, "height": picture.height, "seed": seed, "labels": told}
        overrides = {"seed": seed, "batch": 1, "label": ", ".join(told)} if several else {}
        return Output("image", f"picture-{seed}.png", "image/png", None, sheet.png(picture), meta, overrides)

    def noise(self, seeds: list[int]) -> Tensor:
        """What pictures of these seeds are drawn from, (seeds, numbers)."""
        size = model.noise_size(self.config)
        return torch.stack(
            [torch.randn(size, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        )

    def labels(self, text: str, seeds: list[int]) -> Tensor:
        """The labels that were named, alike for all; where there are none, each picture's seed chooses."""
        names = self.config.names
        named = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
        if any(name not in names for name in named) or (self.config.exclusive and len(named) > 1):
            raise UserError(
                "unknown_label",
                "image.error.unknown_label",
                status=422,
                field="label",
                task="image",
                names=", ".join(names) or "–",
            )
        labels = torch.zeros(len(seeds), len(names))
        for row, seed in enumerate(seeds):
            for name in named:
                labels[row, names.index(name)] = 1
            if not named and names:
                chosen = torch.randint(len(names), (1,), generator=torch.Generator().manual_seed(seed))
                labels[row, chosen] = 1
        return labels
