"""The tab of Learn: the list of lessons, the page of one, and below it the form and result of what it trains.

Knows where things stand. What a lesson says and which bench is seen is the business of
``assets/ui/learn/lessons.js``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import gradio as gr

from aigc_demo.lessons import code_of, lessons
from aigc_demo.ui import form, task_tab
from aigc_demo.ui.wiring import element

if TYPE_CHECKING:
    from aigc_demo.studio import ModelView, Studio


def draw(
    page: gr.Blocks, studio: Studio, benches: Mapping[str, Sequence[ModelView]], word: form.Word
) -> None:
    """Draw the tab inside the current Blocks context.

    Args:
        page: the page.
        studio: whose catalog has the tasks.
        benches: the models of every task that stands in Learn.
        word: gives words.
    """
    element("studio-lessons")
    for task_id, views in benches.items():
        with gr.Column(elem_id=f"bench-{task_id}", elem_classes="lesson-bench"):
            task_tab.draw(page, studio.catalog.task(task_id), views, word)


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
