"""What a program can ask for, drawn from the catalog: the schema of every task's parameters.

Knows declarations and words in both languages. Validates nothing: that is :mod:`aigc_demo.guard.params`'
business, which says in a sentence what is wrong.
"""

from __future__ import annotations

from typing import Any

from aigc_demo import i18n
from aigc_demo.api import answers
from aigc_demo.catalog import Catalog
from aigc_demo.types import ModelSpec, Params, Task


def tasks(catalog: Catalog, *, debug: bool = False) -> answers.TaskViews:
    """Every task of the catalog; the tiny models that tests use only with ``debug``."""
    return answers.TaskViews(items=[_task(task, debug) for task in catalog.tasks.values()])


def request_body(catalog: Catalog) -> dict[str, Any]:
    """OpenAPI's body of a submission: one form a family of parameters, told apart by task and model."""
    forms = [
        _form(task, family, [spec for spec in task.models if spec.params is family and not spec.debug])
        for task in catalog.tasks.values()
        for family in _families(task, debug=False)
    ]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": {"oneOf": forms}}}}}


def _form(task: Task, family: type[Params], specs: list[ModelSpec]) -> dict[str, Any]:
    first = task.models[0].params is family
    return {
        "title": f"{task.id} ({family.__name__})",
        "type": "object",
        "additionalProperties": False,
        "required": ["task"] if first else ["task", "model"],
        "properties": {
            "task": {"const": task.id},
            "model": {"enum": [spec.id for spec in specs]},
            "params": _schema(task, family),
            "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
            "parent": {"type": "string"},
        },
    }


def _task(task: Task, debug: bool) -> answers.TaskView:
    specs = [spec for spec in task.models if debug or not spec.debug]
    return answers.TaskView(
        id=task.id,
        labels=_words(f"{task.id}.tab", f"task.{task.id}") or {},
        produces=task.produces,
        models=[_model(spec) for spec in specs],
        params={family.__name__: _schema(task, family) for family in _families(task, debug)},
        examples=[
            answers.Invitation(language=one.language, values=dict(one.values)) for one in task.examples
        ],
    )


def _model(spec: ModelSpec) -> answers.TaskModel:
    return answers.TaskModel(
        id=spec.id,
        name=spec.name,
        params=spec.params.__name__,
        defaults=dict(spec.defaults),
        languages=list(spec.languages),
        tier=spec.tier,
    )


def _families(task: Task, debug: bool) -> list[type[Params]]:
    return list(dict.fromkeys(spec.params for spec in task.models if debug or not spec.debug))


def _schema(task: Task, family: type[Params]) -> dict[str, Any]:
    """The JSON schema of a family, each property with its words; how it is drawn is the page's own affair."""
    schema = family.model_json_schema()
    schema["title"] = family.__name__
    schema.pop("description", None)
    for name, metrics in schema["properties"].items():
        control = metrics.pop("control", {})
        metrics.pop("title", None)
        if labels := _words(f"{task.id}.{name}.label", f"param.{name}.label"):
            metrics["labels"] = labels
        if hints := _words(f"{task.id}.{name}.hint", f"param.{name}.hint"):
            metrics["hints"] = hints
        if control.get("widget") == "file":
            metrics["format"] = "upload-id"
            metrics["takes"] = list(control.get("takes", ()))
    return schema


def _words(*keys: str) -> dict[Any, str] | None:
    """The first of these strings that there is, in every language."""
    key = next(filter(i18n.has, keys), None)
    return None if key is None else {language: i18n.t(key, language) for language in i18n.LANGUAGES}
