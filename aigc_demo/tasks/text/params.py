"""What an answer, or a poem, is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Params, param

PROMPT_MOST = 20_000
"""Characters that may be asked with."""


class TextParams(Params):
    """One answer, or one poem.

    ``prefix`` is the answer so far, when it is to go on. A poem's theme is its ``title``, else the
    ``prompt``; one that has a title, keywords or an acrostic needs no prompt.
    """

    form: Literal["五绝", "七绝", "五律", "七律"] = param("七绝", folded=False)
    keywords: str = param("", max_length=60, folded=False, words=True)
    acrostic: str = param("", max_length=24, folded=False, words=True)
    title: str = param("", max_length=200, widget="hidden", names=True)
    strictness: Literal["off", "learned", "enforced"] = param("enforced")
    dynasty: Literal["唐", "宋"] = param("唐")
    script: Literal["simplified", "traditional"] = param("simplified")
    prompt: str = param("", max_length=PROMPT_MOST, widget="prompt", folded=False, lines=3)
    system: str = param("", max_length=4_000, widget="textarea", lines=2)
    max_new_tokens: int = param(256, ge=1, le=2048, widget="slider", step=1)
    temperature: float = param(0.7, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.9, ge=0.01, le=1.0, widget="slider", step=0.01)
    top_k: int = param(50, ge=0, le=1000, widget="slider", step=1)
    repetition_penalty: float = param(1.05, ge=1.0, le=2.0, widget="slider", step=0.01)
    prefix: str = param("", max_length=40_000, widget="hidden")

    @field_validator("prompt")
    @classmethod
    def _something_is_said(cls, value: str, info: ValidationInfo) -> str:
        said = [value, *(info.data.get(name, "") for name in ("title", "keywords", "acrostic"))]
        # Zero-width and control characters are not printable: nothing but them is an empty box too.
        if not any(char.isprintable() and not char.isspace() for text in said for char in text):
            raise PydanticCustomError("empty_prompt", "the prompt is empty")
        return value
