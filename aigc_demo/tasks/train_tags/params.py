"""What a training of a tagger, and its tagger, are asked for with. Knows names, limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Params, param, says_something


class TrainTagsParams(Params):
    """A network that learns to find persons, places and organisations in sentences of one language.

    It ends after ``steps`` or ``seconds``, whichever comes first, without either after 300 steps, and before
    that when ``patience`` checks in a row have found nothing better (0 never does). ``base`` is the state of
    an earlier run of the same kind (``<job id>/state.safetensors``), to train it further.
    """

    data: Literal["zh", "en"] = param("zh", folded=False)
    steps: int | None = param(None, ge=1, le=100_000, folded=False)
    seconds: float | None = param(None, ge=1, le=1200, folded=False)
    learning_rate: float | None = param(None, ge=0, le=100)
    batch_size: int = param(32, ge=4, le=256, widget="slider", step=4)
    width: int | None = param(None, ge=8, le=256)
    patience: int = param(6, ge=0, le=100, widget="slider", step=1)
    base: str = param("", max_length=400, widget="file", takes=("model",))


class TagParams(Params):
    """Sentences whose names a visitor's own tagger finds."""

    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)

    @field_validator("prompt")
    @classmethod
    def _something_is_said(cls, value: str) -> str:
        if not says_something(value):
            raise PydanticCustomError("empty_prompt", "the prompt is empty")
        return value
