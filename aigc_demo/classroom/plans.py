"""Plans of a lesson: rounds with notes and minutes, as values, as a file, and those that come with the app.

Knows the form of a plan. A step that cannot be prepared (a vote between results that are not there yet) has
notes alone. Knows nothing of rooms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aigc_demo.classroom.rounds import LEARNING, LISTED
from aigc_demo.history.class_values import Round
from aigc_demo.types import Language, UserError

MOST_STEPS = 30
READY = ("noise", "next_word", "mistakes")
"""The plans that come with the app, by their names."""


class Step(BaseModel):
    """One part of a lesson: what the class is asked (nothing for ``talk``), and the teacher's notes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kind: Literal["make", "ab", "vote", "poll", "question", "guess", "real", "lesson", "train", "talk"]
    title: str = Field(max_length=200)
    notes: str = Field("", max_length=2_000)
    minutes: int = Field(5, ge=0, le=240)
    link: str = Field("", max_length=6_000)
    link_b: str = Field("", max_length=6_000)
    lesson: str = Field("", max_length=40)
    setting: str = Field("", max_length=80)
    choices: tuple[str, ...] = Field((), max_length=8, strict=False)

    def content(self) -> dict[str, Any]:
        """What a round of this step holds."""
        told: dict[str, Any] = {"title": self.title, "notes": self.notes}
        if self.kind in ("make", "ab"):
            told["link"] = self.link
        if self.kind == "ab":
            told["link_b"] = self.link_b
        if self.kind in LEARNING:
            told["lesson"] = self.lesson
        if self.kind == "train":
            told["setting"] = self.setting
        if self.kind in LISTED:
            told["choices"] = list(self.choices)
        return told


class Plan(BaseModel):
    """A whole lesson."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: str = Field(max_length=200)
    language: Literal["en", "zh"]
    about: str = Field("", max_length=2_000)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS, strict=False)

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return sum(step.minutes for step in self.steps)


def read(data: Mapping[str, Any]) -> Plan:
    """A plan out of a file.

    Raises:
        UserError: 422 ``bad_plan``, with the place of the first fault.
    """
    try:
        return Plan.model_validate(dict(data))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise UserError(
            "bad_plan", "error.class_bad_plan", status=422, field="plan", place=place[:80]
        ) from None


def of_rounds(name: str, language: Language, rounds: Sequence[Round]) -> Plan:
    """What a class was asked, as a plan; a vote keeps its question alone, for its results are the room's.

    Raises:
        UserError: 409 ``no_plan`` where nothing was asked yet.
    """
    if not rounds:
        raise UserError("no_plan", "error.class_no_plan", status=409)
    steps = []
    for one in rounds[-MOST_STEPS:]:
        known = {key: value for key, value in one.content.items() if key in Step.model_fields}
        if one.kind not in LISTED:
            known.pop("choices", None)
        steps.append(Step.model_validate({"kind": one.kind, **known}))
    return Plan(title=name or "Class", language=language, steps=tuple(steps))


@cache
def ready(name: str, language: Language) -> Plan:
    """One of the plans that come with the app.

    Raises:
        UserError: 404 for a name that none has.
    """
    if name not in READY:
        raise UserError("not_found", "error.not_found", status=404)
    return read(json.loads((Path(__file__).parent / "ready" / f"{name}.{language}.json").read_text("utf-8")))


def all_ready(language: Language) -> Sequence[tuple[str, Plan]]:
    """Every plan that comes with the app."""
    return [(name, ready(name, language)) for name in READY]
