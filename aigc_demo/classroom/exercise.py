"""A settings link as an exercise: what a pupil's phone shows of it, and what it asks for with their words.

Knows setups and declarations. Unlike in the app, what the link fixes or hides is fixed here on the server:
thirty phones shall differ in nothing but what they are to differ in. Knows nothing of rooms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from aigc_demo import i18n, setups
from aigc_demo.catalog import Catalog
from aigc_demo.guard.params import checked
from aigc_demo.types import Field, Language, ModelSpec, Params, UserError

MOST_QUERY = 6_000
"""Letters of a link."""
_DRAWN = {
    "checkbox": "switch",
    "slider": "number",
    "number": "number",
    "radio": "choice",
    "dropdown": "choice",
}
"""How a phone draws a field's widget; every other is a box for words."""


@dataclass(frozen=True)
class Exercise:
    """What the class is to make: ``values`` are the link's, ``free`` fields are the pupils'."""

    task: str
    spec: ModelSpec
    values: Mapping[str, Any]
    free: tuple[Field, ...]
    fixed: tuple[Field, ...]

    @property
    def is_repeatable(self) -> bool:
        """Whether the link has the seed, so that equal words make equal results."""
        return self.values.get("seed") is not None

    def value(self, name: str) -> Any:
        """What the link has under this name, or the model by itself."""
        return self.values.get(name, {**self.spec.defaults}.get(name))

    def params(self, given: Mapping[str, Any]) -> Params:
        """What a pupil asks for: their values for the free fields, everything else as the link has it.

        Raises:
            UserError: 422 for a name that is not free, or as :func:`checked`.
        """
        free = {field.name: field for field in self.free}
        for name in given:
            if name not in free:
                raise UserError("invalid_params", "error.class_fixed", status=422, field=str(name)[:80])
        prompts = [name for name, field in free.items() if field.widget == "prompt"]
        if any(not str(given.get(name, self.values.get(name) or "")).strip() for name in prompts):
            raise UserError("invalid_params", "error.class_nothing_written", status=422, field=prompts[0])
        kept = {name: value for name, value in given.items() if value not in (None, "")}
        return checked(self.spec, {**self.values, **kept})

    def told(self, language: Language) -> dict[str, Any]:
        """What a phone draws: boxes and switches for what is free, lines for what is fixed."""
        key = f"{self.task}.tab" if i18n.has(f"{self.task}.tab") else f"task.{self.task}"
        return {
            "task": self.task,
            "kind": i18n.t(key, language),
            "model": self.spec.name,
            "fields": [self._field(field, language) for field in self.free],
            "fixed": [
                {
                    "label": i18n.label(self.task, field.name, language),
                    "value": _said(self.values[field.name]),
                }
                for field in self.fixed
                if self.values.get(field.name) not in (None, "")
            ],
        }

    def _field(self, field: Field, language: Language) -> dict[str, Any]:
        drawn: dict[str, Any] = {
            "name": field.name,
            "label": i18n.label(self.task, field.name, language),
            "kind": "prompt" if field.widget == "prompt" else _DRAWN.get(field.widget, "words"),
            "value": self.values.get(field.name, {**self.spec.defaults}.get(field.name, field.default)),
        }
        if field.choices:
            drawn["choices"] = list(field.choices)
        if field.type == "integer":
            drawn["whole"] = True
        limits = {"min": field.minimum, "max": field.maximum, "longest": field.max_length, "step": field.step}
        return drawn | {name: limit for name, limit in limits.items() if limit is not None}


def read(declared: Catalog, link: str, language: Language, *, debug: bool = False) -> Exercise:
    """The exercise that a settings link, or what stands behind its question mark, describes.

    Raises:
        UserError: 404 ``unknown_task``; 422 ``link_too_long``, ``class_no_prompt``.
    """
    if len(link) > MOST_QUERY:
        raise UserError("link_too_long", "error.link_too_long", status=422, field="link")
    query = urlsplit(link).query if "?" in link else link
    setup = setups.read(declared, query, language, debug=debug)
    task, spec = declared.task(setup.task), declared.model(setup.model, setup.task)
    takes = [field for field in task.fields() if field.name in spec.params.model_fields]
    closed = {*setup.fixed, *setup.hidden}
    free = [
        field
        for field in takes
        if field.name not in closed
        and field.widget not in ("hidden", "file", "seed", "several")
        and (field.widget == "prompt" or field.name in setup.values or field.name in _asked(query))
    ]
    fixed = [
        field
        for field in takes
        if field.name in setup.values and field not in free and field.name not in setup.hidden
    ]
    return Exercise(task.id, spec, setup.values, tuple(free), tuple(fixed))


def told_apart(exercises: Sequence[Exercise], language: Language) -> list[str]:
    """What makes each of them another than the others: its model, and the values that they have not."""
    models = len({one.spec.id for one in exercises}) > 1
    names = _unlike(exercises)
    return [
        ", ".join(
            [one.spec.name] * models
            + [f"{i18n.label(one.task, name, language)} {_said(one.value(name))}" for name in names]
        )
        for one in exercises
    ]


def kept_apart(exercises: Sequence[Exercise]) -> list[Exercise]:
    """The same with nothing left to the pupils that makes one of them another than the others."""
    names = _unlike(exercises)
    return [
        replace(one, free=tuple(field for field in one.free if field.name not in names)) for one in exercises
    ]


def _unlike(exercises: Sequence[Exercise]) -> list[str]:
    """The settings of which the exercises have different values."""
    names = dict.fromkeys(name for one in exercises for name in one.values)
    return [name for name in names if len({repr(one.value(name)) for one in exercises}) > 1]


def _asked(query: str) -> set[str]:
    """Names that the link gives, also where it gives nothing for them: a box to be filled in."""
    return {part.partition("=")[0] for part in query.lstrip("?").split("&")}


def _said(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return str(value)
