"""Lessons as exercises: one that everybody does, and a training whose next setting the class chooses.

Knows lessons, the settings of what they train, and their addresses. Knows nothing of rooms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aigc_demo import i18n, setups
from aigc_demo.catalog import Catalog
from aigc_demo.lessons import Lesson, lessons
from aigc_demo.types import Field, Language, Task, UserError

_CHOSEN_BY = ("slider", "number", "radio", "dropdown", "checkbox")
"""Widgets of settings that a class can choose between."""


def lesson(lesson_id: str) -> Lesson:
    """The lesson of this id.

    Raises:
        UserError: 422 for one that there is not.
    """
    found = next((one for one in lessons() if one.id == lesson_id), None)
    if found is None:
        raise UserError("bad_round", "error.class_no_lesson", status=422, field="lesson")
    return found


def title(lesson_id: str, language: Language, setting: str = "") -> str:
    """What a lesson is called, and the setting of it that is to be chosen."""
    found = lesson(lesson_id)
    called = i18n.t(f"lesson.{found.id}.title", language)
    return f"{called}: {i18n.label(found.task, setting, language)}" if found.task and setting else called


def address(lesson_id: str, settings: Mapping[str, str] | None = None) -> str:
    """Where the lesson is in the app, with these settings in its form."""
    return "/?" + urlencode({"tab": "learn", "lesson": lesson_id, **(settings or {})})


def check(declared: Catalog, content: Mapping[str, Any], language: Language) -> None:
    """Return where the class may choose between these values of this setting of what the lesson trains.

    Raises:
        UserError: 422 for a lesson that trains nothing, another setting, or a value that it cannot have.
    """
    task_id = lesson(content["lesson"]).task
    names = [] if task_id is None else [one.name for one in _settings(declared.task(task_id))]
    if content["setting"] not in names:
        raise UserError("bad_round", "error.class_no_setting", status=422, field="setting")
    for choice in content["choices"]:
        asked = setups.read(declared, urlencode({"task": task_id, content["setting"]: choice}), language)
        if content["setting"] not in asked.values:
            raise UserError("bad_round", "error.class_bad_setting", status=422, field="choices", value=choice)


def offered(declared: Catalog, language: Language) -> list[dict[str, Any]]:
    """Every lesson for a form: what it is called, and the settings of what it trains."""
    return [
        {
            "id": one.id,
            "title": title(one.id, language),
            "settings": [
                {"name": field.name, "label": i18n.label(task.id, field.name, language)}
                for task in ([declared.task(one.task)] if one.task else [])
                for field in _settings(task)
            ],
        }
        for one in lessons()
    ]


def _settings(task: Task) -> Sequence[Field]:
    """The settings of a training that a class can choose between."""
    return [field for field in task.fields() if field.widget in _CHOSEN_BY]
