"""Everyday texts as text and as DOCX, exercises as Moodle XML too.

Knows what a text is made into; nothing of how it is put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from aigc_demo import i18n
from aigc_demo.documents.quiz import moodle
from aigc_demo.documents.writing import docx
from aigc_demo.tasks.scenarios.composing import compose
from aigc_demo.tasks.scenarios.exercises import exercises
from aigc_demo.tasks.scenarios.params import ScenarioParams
from aigc_demo.types import Emit, LoadContext, Output, Progress

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def load(_: LoadContext) -> Composer:
    """Nothing is loaded."""
    return Composer()


class Composer:
    """Puts everyday texts together."""

    def __call__(self, params: ScenarioParams, emit: Emit) -> tuple[Output, ...]:
        """The text, and the same as DOCX."""
        emit(Progress(1, 1))
        return _sheet(params) if params.scenario == "exercises" else _letter(params)


def _letter(params: ScenarioParams) -> tuple[Output, ...]:
    made = compose(params)
    told = {"kept": list(made.kept), "left_out": list(made.missing), "invented": list(made.invented)}
    return _outputs(made.text, docx([(made.title, made.paragraphs)]), told)


def _sheet(params: ScenarioParams) -> tuple[Output, ...]:
    """Exercises, and their key on a page of its own; a page draws them to be answered."""
    language = params.written_in
    found = exercises(params.exercise, params.count, params.seed or 0, language, params.missed)
    title = i18n.t(f"text.exercise.{params.exercise}", language)
    key = i18n.t("text.exercise_key", language)
    asked = [f"{number}. {one.asked}" for number, one in enumerate(found, 1)]
    answers = [f"{number}. {one.key}" for number, one in enumerate(found, 1)]
    text = "\n\n".join((title, "\n".join(asked), key, "\n".join(answers)))
    made = _outputs(
        text, docx([(title, asked), (key, answers)]), {"exercises": [asdict(one) for one in found]}
    )
    return (*made, Output("file", "exercises.moodle.xml", "application/xml", data=moodle(title, found)))


def _outputs(text: str, document: bytes, told: Mapping[str, object]) -> tuple[Output, ...]:
    return (
        Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta={**told, "composed": True}),
        Output("file", "text.docx", DOCX, data=document),
    )
