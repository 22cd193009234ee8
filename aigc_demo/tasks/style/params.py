"""What a restyling is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.tasks.style.styles import EVERY, UnknownStyleError, blend
from aigc_demo.types import Params, param

Photo = Literal["pagoda", "astronaut", "cat", "coffee", "flower"]
"""The example photos under ``assets/examples/style``."""

_REFERENCE = re.compile(r"[0-9a-hjkmnp-tv-z]{26}(/.+)?", re.ASCII)
"""An upload, or an output of a job: what a file-valued parameter holds outside the command line."""


class StyleParams(Params):
    """What every restyling of ``content`` is asked for with, or of the example ``photo`` while there is none.

    ``style`` names a built-in style, a blend of up to four with weights (``"ember:2,great_wave:1"``) or
    ``"all"``; a reference to a file put there is taken for ``style_image``, which is a picture in the
    wanted manner or a style learnt before, and is the style unless a blend gives ``image`` a share.
    """

    reader: ClassVar[str] = "aigc_demo.tasks.style.reading:read"
    account: ClassVar[str] = "aigc_demo.tasks.style.reading:account"

    content: str = param("", max_length=400, widget="file", folded=False, takes=("picture", "clip"))
    style: str = param("great_wave", max_length=400, closed=True)
    style_image: str = param(
        "", max_length=400, widget="file", folded=False, takes=("picture", "image/gif", "model")
    )
    size: int = param(768, ge=64, le=4096, widget="slider", step=32)
    photo: Photo = param("pagoda")

    @model_validator(mode="before")
    @classmethod
    def _a_file_may_stand_for_a_style(cls, values: Any) -> Any:
        if isinstance(values, dict):
            style = values.get("style")
            if isinstance(style, str) and _REFERENCE.fullmatch(style) and not values.get("style_image"):
                rest = {name: value for name, value in values.items() if name != "style"}
                return {**rest, "style_image": style}
        return values

    @field_validator("style")
    @classmethod
    def _style_is_known(cls, value: str) -> str:
        if value.strip() != EVERY:
            try:
                blend(value)
            except UnknownStyleError:
                raise PydanticCustomError("unknown_style", "style.error.unknown_style") from None
        return value.strip()


class KeepColours(Params):
    """Light and dark from the painting, colours from the photo."""

    keep_colours: bool = param(False, folded=False)


class FastStyleParams(StyleParams, KeepColours):
    """One pass of a painter."""

    strength: float = param(1.0, ge=0.0, le=1.0, widget="slider", step=0.05, folded=False)


class StepwiseParams(StyleParams):
    """Whatever is optimised step by step, judged by a network that sees."""

    steps: int = param(150, ge=1, le=1000, widget="slider", step=1)
    content_weight: float = param(1.0, ge=0.0, le=10.0, widget="slider", step=0.1)
    style_weight: float = param(1.0, ge=0.0, le=10.0, widget="slider", step=0.1)
    tv: float = param(1.0, ge=0.0, le=10.0, widget="slider", step=0.1)


class LearnStyleParams(StepwiseParams):
    """A style learnt from a picture, to be painted with at once from then on."""


class OptimisedStyleParams(StepwiseParams, KeepColours):
    """The pixels themselves optimised, from the photo or from an earlier result (``start``)."""

    optimizer: Literal["lbfgs", "adam"] = param("lbfgs")
    start: str = param("", max_length=400, widget="file", takes=("picture", "image/gif"))


class RepaintParams(FastStyleParams):
    """The photo painted over by a diffusion model, which may be told in words how."""

    steps: int = param(150, ge=1, le=1000, widget="slider", step=1)
    prompt: str = param("", max_length=1000, widget="textarea", lines=2, words=True)


FORM_ORDER = (
    "content", "style", "style_image", "strength", "keep_colours", "size", "steps", "content_weight",
    "style_weight", "tv", "optimizer", "start", "prompt", "photo",
)  # fmt: skip
