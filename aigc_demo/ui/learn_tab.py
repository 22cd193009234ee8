"""The tab of Learn: one element, whose lessons, words and forms come when it is opened.

Knows how lessons are told to the browser. What a lesson says and which bench is seen is the business of
``assets/ui/learn/lessons.js``.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aigc_demo.lessons import code_of, lessons
from aigc_demo.types import Language
from aigc_demo.ui.wiring import element
from aigc_demo.ui.words import later_words


def draw() -> None:
    """Draw the tab inside the current Blocks context."""
    element("studio-lessons")


def told(language: Language) -> dict[str, Any]:
    """Every lesson and all words that come later, as the page's scripts ask for them."""
    return {"lessons": describe(), "words": later_words(language)}


def describe() -> list[dict[str, Any]]:
    """Every lesson, as the page's scripts are told."""
    return [
        {
            "id": lesson.id,
            "group": lesson.group,
            "task": lesson.task,
            "values": dict(lesson.values),
            "experiments": [{"id": one.id, "values": dict(one.values)} for one in lesson.experiments],
            "exercises": list(lesson.exercises),
            "sweep": None if lesson.sweep is None else asdict(lesson.sweep),
            "code": [shown for name in lesson.code if (shown := _code(name)) is not None],
            "element": lesson.element,
            "scripts": list(lesson.scripts),
        }
        for lesson in lessons()
    ]


def _code(name: str) -> dict[str, str] | None:
    """A piece of code by its name; None where its module is not part of this installation."""
    try:
        return {"name": name.partition(":")[2], "source": code_of(name)}
    except LookupError:
        return None


def scripts() -> tuple[str, ...]:
    """The modules of all lessons' own elements, below ``assets/ui``."""
    return tuple(dict.fromkeys(script for lesson in lessons() for script in lesson.scripts))
