"""Painters and eyes that are none: tiny random networks, for tests of everything around them.

They take the same paths as the real ones (strips, blends, steps, files) at a thousandth of the work.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn

from aigc_demo.pictures.picture import to_tensor
from aigc_demo.tasks.style import styles
from aigc_demo.tasks.style.net import TINY, StyleNet
from aigc_demo.tasks.style.pipeline import FastStyle, Learn, Optimise
from aigc_demo.tasks.style.renderer import StyleRenderer
from aigc_demo.tasks.style.style_bank import StyleBank
from aigc_demo.tasks.style.vgg import Vgg
from aigc_demo.types import Emit, LoadContext, Output, Params, Pipeline

if TYPE_CHECKING:
    from PIL import Image


TINY_STAGES = ((3, 4, 2), (4, 4, 2), (4, 6, 3), (6, 6, 3), (6, 6, 3))


M = TypeVar("M", bound=nn.Module)


def seeded(module: M, seed: int = 0) -> M:
    """The module with small random weights that are the same every time."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in module.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.2)
    return module.eval().requires_grad_(False)


class TinyStyleBank(StyleBank):
    """Random styles under the real names; a picture's style is a code drawn by its mean colour."""

    def __init__(self) -> None:
        super().__init__()
        self._painter = StyleRenderer(seeded(StyleNet(TINY)), dtype=torch.float32)
        generator = torch.Generator().manual_seed(1)
        rows = torch.randn(len(styles.ALL), TINY.code_size, generator=generator)
        self._codes = dict(zip(styles.ALL, rows, strict=True))

    @property
    def _table(self) -> tuple[StyleRenderer, dict[str, Tensor]]:
        return self._painter, self._codes

    @property
    def _any(self) -> tuple[None, StyleRenderer]:  # type: ignore[override]
        return None, self._painter

    def vector(self, image: Image.Image) -> Tensor:
        """A code that depends on the picture's mean colour only."""
        colour = to_tensor(image.resize((1, 1))).flatten()
        return colour.repeat(TINY.code_size // 3 + 1)[: TINY.code_size]


def fast(_: LoadContext) -> FastStyle:
    """As the fast model."""
    return FastStyle(TinyStyleBank())


def optimise(context: LoadContext) -> Slowed:
    """As the slow way; option ``delay`` is a pause in seconds at each event."""
    return Slowed(
        Optimise(seeded(Vgg(TINY_STAGES)), TinyStyleBank(), "cpu"),
        float(context.spec.options.get("delay", 0)),
    )


def learn(context: LoadContext) -> Slowed:
    """As the learning of a style; option ``delay`` is a pause in seconds at each event."""
    bank = TinyStyleBank()
    codes = torch.stack(list(bank.codes().values()))[:3]
    styled = Learn(seeded(StyleNet(TINY)), codes, seeded(Vgg(TINY_STAGES)), bank, "cpu")
    return Slowed(styled, float(context.spec.options.get("delay", 0)))


class Slowed:
    """A pipeline that takes its time, so that there is something to stop."""

    def __init__(self, pipeline: Pipeline, delay: float) -> None:
        self.pipeline, self._delay = pipeline, delay

    def __call__(self, params: Params, emit: Emit) -> tuple[Output, ...]:
        """Run the pipeline, pausing at each event."""
        return self.pipeline(params, self.paused(emit))

    def paused(self, emit: Emit) -> Emit:
        """The same with a pause before each event."""

        def later(event: object) -> None:
            time.sleep(self._delay)
            emit(event)  # type: ignore[arg-type]

        return later
