"""What a poem is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Params, param, says_something, something_said


class PoemParams(Params):
    """One poem. Its theme is its ``title``, else the ``prompt``.

    One that has a title, keywords or an acrostic needs no prompt.
    """

    reader: ClassVar[str] = "aigc_demo.tasks.poems.reading:read"
    account: ClassVar[str] = "aigc_demo.tasks.poems.reading:account"

    title: str = param("", max_length=200, widget="hidden", names=True)
    form: Literal["五绝", "七绝", "五律", "七律"] = param("七绝", folded=False)
    keywords: str = param("", max_length=60, folded=False, words=True)
    acrostic: str = param("", max_length=24, folded=False, words=True)
    strictness: Literal["off", "learned", "enforced"] = param("enforced")
    dynasty: Literal["唐", "宋"] = param("唐")
    script: Literal["simplified", "traditional"] = param("simplified")
    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)
    temperature: float = param(0.7, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.9, ge=0.01, le=1.0, widget="slider", step=0.01)

    @field_validator("prompt")
    @classmethod
    def _something_is_said(cls, value: str, info: ValidationInfo) -> str:
        said = [value, *(info.data.get(name, "") for name in ("title", "keywords", "acrostic"))]
        if not any(map(says_something, said)):
            raise PydanticCustomError("empty_prompt", "the prompt is empty")
        return value


class TunedParams(PoemParams):
    """One poem by ShiGPT as the visitor has tuned it: none of it at ``strength`` 0, all at 1, more beyond."""

    strength: float = param(1.0, ge=0.0, le=1.5, widget="slider", step=0.05, folded=False)


class CoupletParams(Params):
    """One couplet: the ``prompt`` is its upper line. Of several lower ones the likeliest is shown."""

    account: ClassVar[str] = "aigc_demo.tasks.poems.couplet:account"

    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)
    drafts: int = param(8, ge=1, le=8, widget="slider", step=1)
    script: Literal["simplified", "traditional"] = param("simplified")
    temperature: float = param(0.7, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.9, ge=0.01, le=1.0, widget="slider", step=0.01)

    _something_is_said = field_validator("prompt")(something_said)
