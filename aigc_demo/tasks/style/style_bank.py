"""From what was asked for to a way of painting: names, files and blends become codes for painters.

Knows where the built-in styles lie and how they mix. Knows nothing of jobs or events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from aigc_demo.pictures.picture import read_picture, to_image, to_tensor
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.style import styles, weights
from aigc_demo.tasks.style.net import PREDICTOR_SIDE, AnyStyleNet
from aigc_demo.tasks.style.params import FastStyleParams, StyleParams
from aigc_demo.tasks.style.renderer import StyleRenderer
from aigc_demo.tasks.style.styles import Part

FAST = ASSETS / "models" / "style-fast"
ANY = ASSETS / "models" / "style-any"
SWATCH_SIDE = 384

Paint = Callable[[Tensor], Tensor]
"""(3, H, W) in 0..1 -> the same, painted."""


@dataclass(frozen=True)
class Layer:
    """A share of the painting: which painter, with what code; ``graded`` codes are gentler already."""

    painter: StyleRenderer
    code: Tensor
    share: float
    graded: bool = False


def parts_of(params: StyleParams) -> tuple[Part, ...]:
    """The blend that is wished: a picture given is the style, unless the blend gives it a share."""
    if params.style == styles.EVERY:
        return (Part(styles.IMAGE, 1.0),) if params.style_image else tuple(Part(s, 1.0) for s in styles.ALL)
    parts = styles.blend(params.style)
    named = any(part.style == styles.IMAGE for part in parts)
    if params.style_image and not named:
        return (Part(styles.IMAGE, 1.0),)
    if named and not params.style_image:
        rest = [part for part in parts if part.style != styles.IMAGE]
        total = sum(part.share for part in rest)
        return tuple(Part(part.style, part.share / total) for part in rest) or (Part("great_wave", 1.0),)
    return parts


def photo(name: str) -> Path:
    """One of the example photos."""
    return ASSETS / "examples" / "style" / f"{name}.webp"


class StyleBank:
    """The two painters and every style they know, each loaded when first asked for."""

    def __init__(self, device: str = "cpu", table: Path = FAST, any_style: Path = ANY) -> None:
        self.device, self._table_path, self._any_path = device, table, any_style

    @cached_property
    def _table(self) -> tuple[StyleRenderer, dict[str, Tensor]]:
        net, codes = weights.load_table(self._table_path / "model.safetensors")
        param_overrides = self._table_path / "own.safetensors"
        named = dict(zip(styles.TABLE, codes, strict=True))
        return StyleRenderer(net, self.device), named | (
            load_file(param_overrides) if param_overrides.exists() else {}
        )

    @cached_property
    def _any(self) -> tuple[AnyStyleNet, StyleRenderer]:
        net = weights.load_any(self._any_path / "model.safetensors")
        return net, StyleRenderer(net.painter, self.device)

    def codes(self) -> dict[str, Tensor]:
        """The codes of all built-in styles of the table painter."""
        return self._table[1]

    @property
    def any_renderer(self) -> StyleRenderer:
        """The painter that takes the codes of :meth:`vector`."""
        return self._any[1]

    # -- any picture --------------------------------------------------------------------------

    def vector(self, image: Image.Image) -> Tensor:
        """The code for the arbitrary painter that a picture's manner asks for: its middle square is read."""
        net, _ = self._any
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.crop((left, top, left + side, top + side))
        square = square.resize((PREDICTOR_SIDE, PREDICTOR_SIDE), Image.Resampling.LANCZOS)
        with torch.inference_mode():
            return net.code(net.vector(to_tensor(square)[None]))

    def picture(self, style: str, image: str) -> Image.Image:
        """A built-in style as a picture: its own where there is one, else a photo painted in it."""
        if style == styles.IMAGE:
            return read_picture(Path(image), "style_image", smallest=1).image
        param_overrides = ASSETS / "styles" / f"{style}.webp"
        if param_overrides.exists():
            return read_picture(param_overrides, "style").image
        painter, codes = self._table
        scene = read_picture(photo("coffee"), "style").fitted(SWATCH_SIDE).image
        return to_image(painter(to_tensor(scene), codes[style]))

    # -- a way of painting --------------------------------------------------------------------

    def layers(
        self, params: FastStyleParams, content: Image.Image, *, from_pictures: bool = False
    ) -> list[Layer]:
        """What to paint with: at most one code for each painter, since codes of one painter mix.

        ``from_pictures`` reads every style off its picture, even where the table has it.
        """
        table = torch.zeros(0)
        looked = torch.zeros(0)
        amounts = [0.0, 0.0]
        for part in parts_of(params):
            code = None if from_pictures else self._code(part.style, params.style_image)
            if code is not None:
                table = part.share * code + (table if table.numel() else 0)
                amounts[0] += part.share
            else:
                vector = self.vector(self.picture(part.style, params.style_image))
                looked = part.share * vector + (looked if looked.numel() else 0)
                amounts[1] += part.share
        layers = []
        if amounts[0]:
            layers.append(Layer(self._table[0], table / amounts[0], amounts[0]))
        if amounts[1]:
            # half-way between the scene's own manner and the wished one lies a gentler version of it
            code = looked / amounts[1]
            if params.strength < 1:
                code = torch.lerp(self.vector(content), code, params.strength)
            layers.append(Layer(self.any_renderer, code, amounts[1], graded=True))
        return layers

    def _code(self, style: str, image: str) -> Tensor | None:
        if style != styles.IMAGE:
            return self.codes().get(style)
        path = Path(image)
        return weights.load_code(path) if path.is_file() and weights.is_code(path) else None


def stylize(
    layers: Sequence[Layer], scene: Tensor, strength: float, tick: Callable[[], None] = lambda: None
) -> Tensor:
    """The scene (3, H, W) painted with every layer, mixed by their shares, and by strength with itself.

    A graded layer is gentler itself at lower strengths, so the photo shows through it only below one half.
    """
    result = torch.zeros_like(scene)
    for layer in layers:
        styled = layer.painter(scene, layer.code, tick=tick)
        shown = min(1.0, 2 * strength) if layer.graded else strength
        result += layer.share * torch.lerp(scene, styled, shown)
    return result
