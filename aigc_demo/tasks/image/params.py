"""What a picture is asked for with, by kinds of models. Knows names, defaults and limits; imports no torch.

Each kind of model takes a family of parameters, put together of parts; :class:`ImageParams` has all of them,
and is what a pipeline that serves several families reads.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.tasks.image.loras import LONGEST, is_name
from aigc_demo.types import MAX_SEED, Params, param, says_something

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
Frame = Literal["", "wide", "square", "tall"]
Sampler = Literal["", "euler", "euler_ancestral", "dpm", "unipc", "ddim", "lcm"]

MOST_LCM_STEPS = 50
"""A latent consistency model learnt to leap over as many steps of its teacher\'s."""
MAX_WORK = 256
"""Megapixel steps: width times height times steps times pictures of one wish, in millions."""
MAX_CELLS = 36
"""Pictures of one compare grid."""
MAX_VALUES = 8
"""Values along one axis of it."""

_WORDED = ("prompt", "negative_prompt")
_BETWEEN_TEXTS = re.compile(r"[;；\n]")
_BETWEEN_VALUES = re.compile(r"[,，;；、\s]++")


# -- parts ----------------------------------------------------------------------------------------


class Painting(Params):
    """What every painter is asked for with.

    ``action`` says what is to be done; left at ``generate`` it is told from what is given
    (:attr:`ImageParams.effective_action`). ``batch`` pictures get seeds ``seed``, ``seed + 1`` and so on; of
    an interpolation it is the number of frames, of a variation the number of variants. ``{a|b}`` in a prompt
    is a choice made by the picture's seed. A grid takes its values from ``x_values`` and ``y_values``:
    numbers and names separated by commas or semicolons, prompts by semicolons or line breaks.
    """

    reader: ClassVar[str] = "aigc_demo.tasks.image.reading:read"
    side: ClassVar[int] = 512
    """Of the pictures, in pixels, where nobody asks for a size."""

    prompt: str = param("", max_length=2000, widget="prompt", folded=False, lines=3)
    action: Action = param("generate")
    num_inference_steps: int = param(20, ge=1, le=100, widget="slider", step=1, alias="steps")
    batch: int = param(1, ge=1, le=16, widget="slider", step=1, folded=False)
    x_axis: Axis = param("")
    x_values: str = param("", max_length=2000)
    y_axis: Axis = param("")
    y_values: str = param("", max_length=2000)

    @model_validator(mode="after")
    def _something_is_asked_for(self) -> Self:
        given = getattr(self, "image", "") or getattr(self, "scene", "")
        if not says_something(self.prompt) and not given:
            raise _refused("nothing_asked", "prompt")
        return self

    @model_validator(mode="after")
    def _work_is_bounded(self) -> Self:
        self._check_work(self.batch, self.num_inference_steps, "batch")
        return self

    @model_validator(mode="after")
    def _values_suit_their_axis(self) -> Self:
        for name, axis in (("x_axis", self.x_axis), ("y_axis", self.y_axis)):
            if axis and axis not in type(self).model_fields:
                raise _refused("no_axis", name)
        across = axis_values(self.x_axis, self.x_values, "x_values")
        down = axis_values(self.y_axis, self.y_values, "y_values")
        cells = max(1, len(across)) * max(1, len(down))
        if cells > MAX_CELLS:
            raise _refused("too_many_cells", "y_values", cells=cells, limit=MAX_CELLS)
        listed = [
            value
            for axis, values in ((self.x_axis, across), (self.y_axis, down))
            for value in values
            if axis == "num_inference_steps"
        ]
        self._check_work(cells, max(listed, default=self.num_inference_steps), "y_values")
        return self

    def _check_work(self, pictures: int, steps: int, field: str) -> None:
        """Refuse what would take more than the limit."""
        width, height = getattr(self, "width", self.side), getattr(self, "height", self.side)
        work = width * height * steps * pictures / 1e6
        if work > MAX_WORK:
            raise _refused(
                "too_much_work", field, pictures=pictures, width=width, height=height, steps=steps,
                work=round(work), limit=MAX_WORK,
            )  # fmt: skip


class FromPicture(Params):
    """A picture to begin with."""

    image: str = param("", max_length=400, widget="file", folded=False, takes=("picture",))


class ByStrength(FromPicture):
    """How far from the given picture, or for variations from the first one, the result may go."""

    strength: float = param(0.6, ge=0.05, le=1.0, widget="slider", step=0.05, folded=False)


class Masked(Params):
    """What of the picture is to be painted anew: white in the mask, or transparent there."""

    mask: str = param("", max_length=400, widget="file", takes=("picture",))


class Guided(Params):
    """How closely the words are followed."""

    guidance_scale: float = param(3.0, ge=0.0, le=20.0, widget="slider", step=0.1, alias="guidance")


class Negated(Guided):
    """What shall not be there."""

    negative_prompt: str = param(
        "", max_length=1000, widget="textarea", lines=2, words=True, alias="negative"
    )


class Translated(Params):
    """What models that read only English are given in place of ``prompt``, where it is filled."""

    prompt_en: str = param("", max_length=2000, widget="textarea", folded=False, lines=2)


class Styled(Params):
    """Words for a style, added to the prompt."""

    style: Style = param("", folded=False)


class Sized(Params):
    """The size of the picture."""

    width: int = param(512, ge=64, le=2048, widget="slider", step=64)
    height: int = param(512, ge=64, le=2048, widget="slider", step=64)


class Sampled(Params):
    """Which scheduler takes the steps; empty for the model's own."""

    sampler: Sampler = param("")

    @model_validator(mode="after")
    def _steps_suit_the_sampler(self) -> Self:
        steps = getattr(self, "num_inference_steps", 0)
        if self.sampler == "lcm" and steps > MOST_LCM_STEPS:
            raise _refused("lcm_steps", "num_inference_steps", limit=MOST_LCM_STEPS)
        return self


class Adapted(Params):
    """A LoRA of the owner's, by name."""

    lora: str = param("", max_length=LONGEST)
    lora_scale: float = param(1.0, ge=0.0, le=2.0, widget="slider", step=0.05)

    @model_validator(mode="after")
    def _lora_is_a_name(self) -> Self:
        if self.lora and not is_name(self.lora):
            raise _refused("bad_lora_name", "lora")
        return self


class Controlled(Params):
    """A picture whose edges are followed."""

    control: str = param("", max_length=400, widget="file", takes=("picture",))
    control_scale: float = param(1.0, ge=0.0, le=2.0, widget="slider", step=0.05)


class BetweenTwo(Params):
    """A world small enough to walk in: its looks, and a second prompt or seed to walk to."""

    look: Look = param("", folded=False)
    prompt2: str = param("", max_length=2000, widget="textarea", lines=2, words=True)
    seed2: int | None = param(None, ge=0, le=MAX_SEED)


class Staged(Params):
    """Several things in one picture: which form it has, and its description where it is known already.

    ``frame`` empty makes a wide scene where the words name several things or a place, and one thing for
    itself otherwise. ``scene`` is what :func:`aigc_demo.tasks.image.scene.values.stored` writes.
    """

    frame: Frame = param("", folded=False)
    scene: str = param("", max_length=20_000, widget="hidden", words=True, names=False)


# -- families -------------------------------------------------------------------------------------


class WorldParams(Painting, ByStrength, Masked, Negated, BetweenTwo, Staged):
    """EmojiFlow, which knows one small world of things, each for itself at one size, and scenes of them."""

    read_by_model: ClassVar[bool] = True
    side: ClassVar[int] = 256


class TurboParams(Painting, ByStrength, Masked, Translated, Styled, Sized):
    """A model distilled to a few steps, without guidance."""


class SdxsParams(Painting, ByStrength, Translated, Styled, Sized, Sampled):
    """One of a single step, which paints no part of a picture anew."""


class BilingualTurboParams(Painting, ByStrength, Masked, Styled, Sized):
    """One that reads Chinese."""


class EditTurboParams(Painting, FromPicture, Masked, Translated, Styled, Sized):
    """One that changes a picture by words and knows no strength."""


class SprintParams(Painting, ByStrength, Styled, Sized, Guided):
    """One that reads Chinese and is guided."""


class StableParams(Painting, ByStrength, Masked, Negated, Translated, Styled, Sized, Sampled, Adapted):
    """Stable Diffusion and its relatives."""


class ControlledParams(Painting, Negated, Translated, Styled, Sized, Sampled, Adapted, Controlled):
    """Stable Diffusion along the edges of a picture."""


class EditParams(Painting, FromPicture, Negated, Translated, Styled, Sampled):
    """A picture changed as the words say, at its own size."""


class UpscaleParams(FromPicture):
    """A picture enlarged. Nothing is left to chance."""

    scale: int = param(4, ge=1, le=4, widget="slider", step=1, folded=False)
    seed: int | None = param(None, ge=0, le=MAX_SEED, widget="hidden")


class TrainedParams(Guided):
    """A model that the visitor has trained: it draws what its labels name, and of a flow the steps count."""

    label: str = param("", max_length=200, folded=False, names=True)
    batch: int = param(1, ge=1, le=16, widget="slider", step=1, folded=False)
    num_inference_steps: int = param(25, ge=1, le=100, widget="slider", step=1)


class ImageParams(
    Painting, ByStrength, Masked, Negated, Translated, Styled, Sized, Sampled, Adapted, Controlled,
    BetweenTwo, Staged,
):  # fmt: skip
    """Everything that pictures can be asked for with, as pipelines read it."""

    scale: int = param(4, ge=1, le=4, widget="slider", step=1, folded=False)

    @property
    def effective_action(self) -> Action:
        """What is to be done: the action, or what the other values make of ``generate``.

        A mask means inpainting, a picture image-to-image, values along an axis a compare grid, a second
        prompt or seed an interpolation.
        """
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


FORM_ORDER = (
    "label", "prompt_en", "negative_prompt", "action", "frame", "look", "style", "mask", "scale", "width",
    "height", "num_inference_steps", "guidance_scale", "strength", "batch", "prompt2", "seed2",
    "x_axis", "x_values", "y_axis", "y_values", "sampler", "lora", "lora_scale", "control", "control_scale",
)  # fmt: skip
"""The parts' own order is that of their putting together."""


# -- values of an axis ----------------------------------------------------------------------------


def axis_values(axis: str, text: str, field: str = "x_values") -> tuple[Any, ...]:
    """The values that ``text`` lists for ``axis``; none where there is no axis or no text.

    Raises :class:`PydanticCustomError` for a value that the parameter would not take, or too many.
    """
    if not axis or not text.strip():
        return ()
    separators = _BETWEEN_TEXTS if axis in _WORDED else _BETWEEN_VALUES
    words = [word.strip() for word in separators.split(text) if word.strip()]
    if len(words) > MAX_VALUES:
        raise _refused("too_many_values", field, limit=MAX_VALUES)
    try:
        return tuple(_parsed(axis, word) for word in words)
    except ValidationError as error:
        value = str(error.errors(include_url=False)[0]["input"])[:40]
        raise _refused("bad_value", field, value=value) from None


def _parsed(axis: str, word: str) -> Any:
    """One value as its own parameter would take it from a form, within the same limits."""
    info = ImageParams.model_fields[axis]
    kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    plain = "" if axis in ("look", "style") and word in ("-", "none") else word
    return TypeAdapter(kind).validate_strings(plain)


def _refused(code: str, field: str, **values: object) -> PydanticCustomError:
    """A rule of this task's: its sentence is ``image.error.<code>``."""
    return PydanticCustomError(code, f"image.error.{code}", {"field": field, **values})
