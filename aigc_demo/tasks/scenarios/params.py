"""What an everyday text is asked for with. Knows names, defaults and limits."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Params, param, says_something

Scenario = Literal["birthday", "leave", "notice", "email", "product", "exercises"]


class ScenarioParams(Params):
    """One everyday text. ``prompt`` is what it is about, word for word; exercises need none of the fields.

    ``missed`` are skills of exercises that went wrong, as they stand beside each.
    """

    account: ClassVar[str] = "aigc_demo.tasks.scenarios.account:account"

    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)
    scenario: Scenario = param("birthday", folded=False)
    written_in: Literal["en", "zh"] = param("zh", folded=False)
    to: str = param("", max_length=100, folded=False, words=True)
    sender: str = param("", max_length=100, folded=False, words=True)
    date: str = param("", max_length=100, folded=False, words=True)
    place: str = param("", max_length=200, folded=False, words=True)
    tone: Literal["warm", "formal"] = param("warm", folded=False)
    exercise: Literal["arithmetic", "next_line", "cloze", "author", "rhyme", "tones"] = param(
        "arithmetic", folded=False
    )
    count: int = param(10, ge=1, le=50, widget="slider", step=1)
    missed: tuple[Annotated[str, Field(max_length=40)], ...] = param((), max_length=50, widget="hidden")

    @model_validator(mode="after")
    def _what_it_needs_is_there(self) -> Self:
        for name in needed(self.scenario):
            if not says_something(getattr(self, name)):
                raise PydanticCustomError("needs_field", f"text.error.needs.{name}", {"field": name})
        return self


@cache
def skeletons() -> dict[str, Any]:
    """Every scenario: the fields it ``needs``, and its sentences by language."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("skeletons.json").read_text("utf-8"))
    return found


def needed(scenario: str) -> tuple[str, ...]:
    """The fields without which a scenario says nothing."""
    return tuple(skeletons().get(scenario, {}).get("needs", ()))
