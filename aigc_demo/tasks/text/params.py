"""What a text is asked for with, by kinds of models. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import MAX_SEED, Params, param, something_said

PROMPT_MOST = 20_000
"""Characters that may be asked with."""


class PromptParams(Params):
    """What every text is asked for with."""

    prompt: str = param("", max_length=PROMPT_MOST, widget="prompt", folded=False, lines=3)

    _something_is_said = field_validator("prompt")(something_said)


class TranslateParams(PromptParams):
    """A text in another language; a translator takes the likeliest words, so nothing is left to chance."""

    max_new_tokens: int = param(256, ge=1, le=2048, widget="slider", step=1, alias="length")
    seed: int | None = param(None, ge=0, le=MAX_SEED, widget="hidden")


class CompletionParams(PromptParams):
    """A text that goes on from the prompt. ``prefix`` is what there is of it already."""

    reader: ClassVar[str] = "aigc_demo.tasks.text.reading:read"
    account: ClassVar[str] = "aigc_demo.tasks.text.reading:account"

    max_new_tokens: int = param(256, ge=1, le=2048, widget="slider", step=1, alias="length")
    temperature: float = param(0.7, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.9, ge=0.01, le=1.0, widget="slider", step=0.01)
    top_k: int = param(50, ge=0, le=1000, widget="slider", step=1)
    repetition_penalty: float = param(1.05, ge=1.0, le=2.0, widget="slider", step=0.01)
    prefix: str = param("", max_length=40_000, widget="hidden", continues=True)


class OwnParams(PromptParams):
    """A text from a model that the visitor has trained: the prompt is its beginning."""

    max_new_tokens: int = param(256, ge=1, le=2048, widget="slider", step=1, alias="length")
    temperature: float = param(0.7, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.9, ge=0.01, le=1.0, widget="slider", step=0.01)


class ChatParams(CompletionParams):
    """An answer. ``system`` says how the model shall behave; empty leaves it its own way.

    ``turns`` are what was said before, the visitor's and the model's words in turn, the visitor's first.
    """

    system: str = param("", max_length=4_000, widget="textarea", lines=2)
    turns: tuple[Annotated[str, Field(max_length=PROMPT_MOST)], ...] = param(
        (), max_length=64, widget="hidden"
    )

    @field_validator("turns")
    @classmethod
    def _each_was_answered(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) % 2:
            raise PydanticCustomError("open_turn", "the last of the turns was not answered")
        return value


class DraftedParams(ChatParams):
    """An answer of which several drafts are written in one batch; the best by rules is shown.

    The first draft has the request's seed, each further one the next: of one draft a seed gives what it
    always gave. At temperature 0 there is one. An ``outline`` is kept whatever the model would rather write,
    and to its end, however long that is.
    """

    outline: Literal["free", "story", "quiz", "branches", "lesson", "advert", "list"] = param(
        "free", folded=False
    )
    drafts: int = param(3, ge=1, le=8, widget="slider", step=1)

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> Self:
        """What was kept before there were drafts was one."""
        return super().restored({"drafts": 1, **values})

    @classmethod
    def widen(cls, params: Params) -> Self:
        """Of models that know no drafts there is one."""
        wide = super().widen(params)
        return wide if isinstance(params, cls) else wide.model_copy(update={"drafts": 1})
