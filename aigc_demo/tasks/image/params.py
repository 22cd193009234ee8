"""What a picture is asked for with. Knows names, defaults and limits; imports no torch.

Which of these a model uses is said by its declaration (``hides``); what they mean to it, by its pipeline.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import TypeAdapter, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from aigc_demo.tasks.image.loras import LONGEST, is_name
from aigc_demo.types import MAX_SEED, Params, param

Action = Literal["generate", "image_to_image", "inpaint", "vary", "interpolate", "grid", "upscale"]
Look = Literal["", "flat", "3d"]
Style = Literal["", "photo", "watercolour", "ink", "anime", "pixel", "line", "clay", "poster"]
Axis = Literal[
    "",
    "prompt",
    "negative_prompt",
    "look",
    "style",
    "seed",
    "num_inference_steps",
    "guidance_scale",
    "strength",
]
Sampler = Literal["", "euler", "euler_ancestral", "dpm", "unipc", "ddim", "lcm"]

MAX_WORK = 256
"""Megapixel steps: width times height times steps times pictures of one wish, in millions."""
MAX_CELLS = 36
"""Pictures of one compare grid."""
MAX_VALUES = 8
"""Values along one axis of it."""

_WORDED = ("prompt", "negative_prompt")


class ImageParams(Params):
    """One wish for pictures.

    ``action`` says what is to be done; left at ``generate`` it is told from what is given
    (:attr:`effective_action`): a mask means inpainting, a picture image-to-image, values along ``x_axis`` a
    compare grid, a second prompt or seed an interpolation. ``batch`` pictures get seeds ``seed``, ``seed +
    1`` and so on; of an interpolation it is the number of frames, of a variation the number of variants.

    ``{a|b}`` in a prompt is a choice made by the picture's seed. ``prompt_en`` is what models that read
    only English are given in place of ``prompt``, where it is filled. ``mask`` is white where the picture is
    to be painted anew, or transparent there. ``strength`` is how far from the given picture, or for
    variations from the first one, the result may go.

    A grid takes its values from ``x_values`` and ``y_values``: numbers and names separated by commas or
    semicolons, prompts by semicolons or line breaks; :meth:`cells` lists what is to be painted.
    """

    image: str = param("", max_length=400, widget="file", folded=False, takes=("picture",))
    prompt: str = param("", max_length=2000, widget="prompt", folded=False, lines=3)
    prompt_en: str = param("", max_length=2000, widget="textarea", folded=False, lines=2)
    negative_prompt: str = param("", max_length=1000, widget="textarea", lines=2, words=True)
    action: Action = param("generate")
    look: Look = param("", folded=False)
    style: Style = param("", folded=False)
    mask: str = param("", max_length=400, widget="file", takes=("picture",))
    scale: int = param(4, ge=1, le=4, widget="slider", step=1, folded=False)
    width: int = param(512, ge=64, le=2048, widget="slider", step=64)
    height: int = param(512, ge=64, le=2048, widget="slider", step=64)
    num_inference_steps: int = param(20, ge=1, le=100, widget="slider", step=1)
    guidance_scale: float = param(3.0, ge=0.0, le=20.0, widget="slider", step=0.1)
    strength: float = param(0.6, ge=0.05, le=1.0, widget="slider", step=0.05, folded=False)
    batch: int = param(1, ge=1, le=16, widget="slider", step=1, folded=False)
    prompt2: str = param("", max_length=2000, widget="textarea", lines=2, words=True)
    seed2: int | None = param(None, ge=0, le=MAX_SEED)
    x_axis: Axis = param("")
    x_values: str = param("", max_length=2000)
    y_axis: Axis = param("")
    y_values: str = param("", max_length=2000)
    sampler: Sampler = param("")
    lora: str = param("", max_length=LONGEST)
    lora_scale: float = param(1.0, ge=0.0, le=2.0, widget="slider", step=0.05)
    control: str = param("", max_length=400, widget="file", takes=("picture",))
    control_scale: float = param(1.0, ge=0.0, le=2.0, widget="slider", step=0.05)

    @field_validator("prompt")
    @classmethod
    def _something_is_asked_for(cls, value: str, info: ValidationInfo) -> str:
        if not says_something(value) and not info.data.get("image"):
            raise PydanticCustomError("nothing_asked", "image.error.nothing_asked")
        return value

    @field_validator("lora")
    @classmethod
    def _lora_is_a_name(cls, value: str) -> str:
        if value and not is_name(value):
            raise PydanticCustomError("bad_lora_name", "image.error.bad_lora_name")
        return value

    @field_validator("batch")
    @classmethod
    def _work_is_bounded(cls, value: int, info: ValidationInfo) -> int:
        _check_work(info, value)
        return value

    @field_validator("x_values", "y_values")
    @classmethod
    def _values_suit_their_axis(cls, text: str, info: ValidationInfo) -> str:
        first = info.field_name == "x_values"
        axis = info.data.get("x_axis" if first else "y_axis", "")
        values = axis_values(axis, text)
        if not first:
            across = axis_values(info.data.get("x_axis", ""), info.data.get("x_values", ""))
            cells = max(1, len(values)) * max(1, len(across))
            if cells > MAX_CELLS:
                raise PydanticCustomError(
                    "too_many_cells", "image.error.too_many_cells", {"cells": cells, "limit": MAX_CELLS}
                )
            steps = [v for a, vs in ((axis, values),) if a == "num_inference_steps" for v in vs]
            _check_work(info, cells, max(steps, default=None))
        return text

    @property
    def effective_action(self) -> Action:
        """What is to be done: the action, or what the other values make of ``generate``."""
        if self.action != "generate":
            return self.action
        if self.mask and self.image:
            return "inpaint"
        if (self.x_axis and self.x_values.strip()) or (self.y_axis and self.y_values.strip()):
            return "grid"
        if self.prompt2.strip() or self.seed2 is not None:
            return "interpolate"
        return "image_to_image" if self.image else "generate"

    def axes(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The values across and down; an axis without any has the single value None."""
        across = axis_values(self.x_axis, self.x_values) or (None,)
        down = axis_values(self.y_axis, self.y_values) or (None,)
        return across, down

    def cells(self) -> list[ImageParams]:
        """Each picture of the grid as a wish of its own, row by row."""
        plain = {"x_axis": "", "x_values": "", "y_axis": "", "y_values": "", "batch": 1, "action": "generate"}
        across, down = self.axes()
        return [
            self.model_copy(
                update={
                    **plain,
                    **({self.y_axis: y} if self.y_axis and y is not None else {}),
                    **({self.x_axis: x} if self.x_axis and x is not None else {}),
                }
            )
            for y in down
            for x in across
        ]


def says_something(text: str) -> bool:
    """Whether there is anything in it to see: spaces and invisible characters alone do not count."""
    return any(char.isprintable() and not char.isspace() for char in text)


def axis_values(axis: str, text: str) -> tuple[Any, ...]:
    """The values that ``text`` lists for ``axis``; none where there is no axis or no text.

    Raises :class:`PydanticCustomError` for a value that the parameter would not take, or too many.
    """
    if not axis or not text.strip():
        return ()
    separators = r"[;；\n]" if axis in _WORDED else r"[,，;；、\s]+"
    words = [word.strip() for word in re.split(separators, text) if word.strip()]
    if len(words) > MAX_VALUES:
        raise PydanticCustomError("too_many_values", "image.error.too_many_values", {"limit": MAX_VALUES})
    try:
        return tuple(_parsed(axis, word) for word in words)
    except ValidationError as error:
        value = str(error.errors(include_url=False)[0]["input"])[:40]
        raise PydanticCustomError("bad_value", "image.error.bad_value", {"value": value}) from None


def _parsed(axis: str, word: str) -> Any:
    """One value as its own parameter would take it from a form, within the same limits."""
    info = ImageParams.model_fields[axis]
    kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    plain = "" if axis in ("look", "style") and word in ("-", "none") else word
    return TypeAdapter(kind).validate_strings(plain)


def _check_work(info: ValidationInfo, pictures: int, steps: int | None = None) -> None:
    """Refuse what would take more than the limit; fields at fault themselves are not counted again."""
    values = [info.data.get(name) for name in ("width", "height", "num_inference_steps")]
    if any(value is None for value in values):
        return
    width, height, usual = (int(value or 0) for value in values)
    steps = steps or usual
    work = width * height * steps * pictures / 1e6
    if work > MAX_WORK:
        raise PydanticCustomError(
            "too_much_work",
            "image.error.too_much_work",
            {
                "pictures": pictures,
                "width": width,
                "height": height,
                "steps": steps,
                "work": round(work),
                "limit": MAX_WORK,
            },
        )
