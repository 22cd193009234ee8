"""Enlarging a picture as a job: what may come in, how large it may become, what is told of it.

Knows files and limits. How it is enlarged is :mod:`aigc_demo.pictures.enlarging`'s business.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_demo.pictures.enlarging import DeepEnlarger, Enlarger
from aigc_demo.pictures.picture import STILL, Picture, encode_webp, read_picture
from aigc_demo.pictures.steps import StepProgress, image_output
from aigc_demo.pictures.upscale_net import DeepNet
from aigc_demo.tasks.image.ncnn import NotTheseWeightsError, load_ncnn
from aigc_demo.types import Emit, LoadContext, Output, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.image.params import ImageParams, UpscaleParams

MAX_OUT = 16_000_000
"""Pixels of the largest result."""

MAX_BYTES = 10_000_000
BEFORE, BEFORE_SIDE = "before.webp", 2048
"""The picture beside the result, for comparing, is scaled down to this."""


def fast(context: LoadContext) -> Upscale:
    """The compact networks, one for each scale, from their folder."""
    return Upscale(Enlarger(context.path, context.placement.device))


def photo(context: LoadContext) -> Upscale:
    """The deep network from the published file."""
    net = DeepNet()
    try:
        load_ncnn(net, context.path.read_bytes())
    except NotTheseWeightsError as error:
        raise UserError(
            "model_damaged",
            "error.model_damaged",
            status=503,
            name=context.spec.name,
            model=context.spec.id,
            file=context.path.name,
        ) from error
    return Upscale(DeepEnlarger(net, context.placement.device))


# -- the job --------------------------------------------------------------------------------------


class Upscale:
    """A picture in, the same picture larger out, with the one before it for comparing."""

    def __init__(self, enlarger: Enlarger) -> None:
        self._enlarger = enlarger

    def __call__(self, params: UpscaleParams | ImageParams, emit: Emit) -> tuple[Output, ...]:
        """Enlarge ``params.image`` ``params.scale`` times."""
        began = time.perf_counter()
        if not params.image:
            raise UserError("no_picture", "image.error.picture_to_enlarge", status=422, field="image")
        picture = read_picture(Path(params.image), "image", formats=STILL, max_bytes=MAX_BYTES, still=True)
        check_result(picture.size, params.scale)
        ticks = _Count(StepProgress(emit, self._enlarger.ticks(picture.size, params.scale)))
        large = self._enlarger(picture.image, params.scale, ticks)
        seconds = round(time.perf_counter() - began, 3)
        name = "cleaned.png" if params.scale == 1 else "enlarged.png"
        return (
            image_output(
                large,
                picture,
                name,
                action="upscale",
                scale=params.scale,
                before="before.webp",
                seconds=seconds,
            ),
            before_output(picture),
        )


class _Count:
    """Progress, one step a tick."""

    def __init__(self, steps: StepProgress) -> None:
        self._steps, self._done = steps, 0

    def __call__(self) -> None:
        self._done += 1
        self._steps.step(min(self._done, self._steps.total))


def check_result(size: tuple[int, int], scale: int) -> None:
    """Raise :class:`UserError`, naming what is possible, where the result would be over 16 megapixels."""
    width, height = size
    if width * height * scale * scale <= MAX_OUT:
        return
    raise UserError(
        "result_too_large",
        "image.error.result_too_large",
        status=422,
        field="scale",
        width=width * scale,
        height=height * scale,
        megapixels=round(width * height * scale * scale / 1e6),
        limit=MAX_OUT // 1_000_000,
        side=int((MAX_OUT / (scale * scale)) ** 0.5),
    )


def before_output(picture: Picture) -> Output:
    """The picture that came in, for showing beside what was made of it."""
    shown = picture.fitted(BEFORE_SIDE)
    meta = {"width": shown.size[0], "height": shown.size[1], "role": "before"}
    data = encode_webp(shown.image, shown.alpha)
    return Output("image", BEFORE, "image/webp", data=data, meta=meta)
