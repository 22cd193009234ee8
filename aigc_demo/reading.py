"""What is understood of a request before it is sent: its words as the chosen model will take them.

Knows which family of parameters declares a reader, whether the loaded model is to be asked, and which other
task a request is rather for. Knows nothing of how words are read. Loads no model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from aigc_demo import catalog
from aigc_demo.catalog import Catalog
from aigc_demo.engine import Engine
from aigc_demo.guard.languages import written_in
from aigc_demo.phrases import Phrase, claim, object_of, phrase
from aigc_demo.types import Asks, Field, ModelSpec, Reading, Remark, Step, Task
from aigc_demo.types.fields import fields_of
from aigc_demo.types.readings import OTHER_MODELS

LONGEST = 2_000
"""Characters of each setting that are read."""
DIGESTS = "digests"
"""The trait of models that are given a text to work on, and take no request."""
_MOST_ELSEWHERE = 2
_TYPED = ("prompt", "text")
"""Widgets that a visitor writes a request into."""


class RequestReader:
    """Reads requests that may never be sent.

    Args:
        tasks: every task and model.
        engine: asked where a family declares that a loaded model reads better.
        usable: whether a model can run here, so that it is offered.
    """

    def __init__(self, tasks: Catalog, engine: Engine, usable: Callable[[ModelSpec], bool]) -> None:
        self._catalog = tasks
        self._engine = engine
        self._usable = usable

    def __call__(self, spec: ModelSpec, given: Mapping[str, Any]) -> Reading:
        """What ``spec`` would make of these values of a form, unchecked: half a word is a word."""
        values = {name: _cut(value) for name, value in given.items() if name in spec.params.model_fields}
        task = self._catalog.task(spec.task)
        written = _written(spec)
        text = str(values.get(written.name) or "") if written is not None else ""
        reading = self._read(spec, values)
        remarks = [self._with_models(one, task, spec, text) for one in reading.remarks]
        return replace(reading, remarks=(*self._elsewhere(task, text), *remarks))

    def _read(self, spec: ModelSpec, values: Mapping[str, Any]) -> Reading:
        if spec.params.read_by_model and (told := self._engine.read(spec.id, values)) is not None:
            return told
        if not spec.params.reader:
            return Reading()
        reading: Reading = catalog.resolve(spec.params.reader)(values, spec, known(spec))
        return reading

    def _with_models(self, remark: Remark, task: Task, spec: ModelSpec, text: str) -> Remark:
        """The remark with models in place of a step that stands for any other one."""
        steps = [step for step in remark.steps if step.key != OTHER_MODELS.key]
        if len(steps) == len(remark.steps):
            return remark
        language = written_in(text)
        others = [
            other
            for other in task.models
            if other.params is not spec.params
            and language in other.languages
            and other.debug == spec.debug
            and DIGESTS not in other.traits
        ]
        able = [other for other in others if self._usable(other)][:_MOST_ELSEWHERE]
        more = [Step(OTHER_MODELS.key, {"name": other.name}, model=other.id) for other in able]
        return replace(remark, steps=(*steps, *more))

    def _elsewhere(self, task: Task, text: str) -> tuple[Remark, ...]:
        """The tasks that a request is rather for: it asks for what they make, not for what this one does.

        Where no words ask for what a task makes, they are no request: they are read aloud, or answered.
        """
        said = phrase(text)
        if task.asks == Asks() or said == Phrase() or claim(task.asks, said) == 2:
            return ()
        others = [
            other
            for other in self._catalog.tasks.values()
            if other.id != task.id and claim(other.asks, said) == 2
        ]
        steps = tuple(_taken_to(other, text, said) for other in others[:_MOST_ELSEWHERE])
        return (Remark("ui.request.elsewhere", {"task": task.id}, steps),) if steps else ()


def _taken_to(task: Task, text: str, said: Phrase) -> Step:
    """The words go into the other's prompt, where it has one."""
    prompt = next((field.name for field in task.fields() if field.widget == "prompt"), None)
    wanted = object_of(task.asks, said) if task.asks.takes_object else ""
    sets = {prompt: wanted or text.strip()} if prompt else {}
    return Step("ui.request.take_there", {"task": task.id}, sets, task=task.id)


def _written(spec: ModelSpec) -> Field | None:
    """The setting that a visitor writes a request for this model into: the prompt, else a line of text."""
    typed = [field for field in fields_of(spec.params) if field.widget in _TYPED]
    return min(typed, key=lambda field: _TYPED.index(field.widget), default=None)


def _cut(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) else value


def known(spec: ModelSpec) -> Sequence[Mapping[str, str]]:
    """What the model has learnt to make (``en``, ``zh``), where it says so."""
    place = catalog.known_words(spec)
    return () if place is None else _listed(place)


@lru_cache(maxsize=4)
def _listed(place: Path) -> Sequence[Mapping[str, str]]:
    return tuple(json.loads(place.read_text("utf-8")))
