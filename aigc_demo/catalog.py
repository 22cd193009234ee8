"""Everything this app can do: discovers ``tasks/*``, finds models, resolves ``"module:name"``.

Knows declarations only. Imports no torch, no gradio, no pipeline; asking for a factory is what
first imports one.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import Any

import aigc_demo.tasks
from aigc_demo.settings import ASSETS
from aigc_demo.types import Asset, ModelSpec, Params, Task, UserError


@cache
def tasks() -> dict[str, Task]:
    """All tasks by id, in tab order. A task is a package under ``tasks/`` that defines ``TASK``."""
    found: list[Task] = []
    for module in pkgutil.iter_modules(aigc_demo.tasks.__path__, "aigc_demo.tasks."):
        task = getattr(importlib.import_module(module.name), "TASK", None)
        if task is not None:
            found.append(task)
    return {task.id: task for task in sorted(found, key=lambda task: (task.order, task.id))}


@cache
def models() -> dict[str, ModelSpec]:
    """All models by id, debug ones included; ids are unique across tasks."""
    specs = [spec for task in tasks().values() for spec in task.models]
    by_id = {spec.id: spec for spec in specs}
    if len(by_id) != len(specs):
        names = sorted({spec.id for spec in specs if sum(s.id == spec.id for s in specs) > 1})
        raise ValueError(f"Two models share an id: {', '.join(names)}.")
    return by_id


def task(task_id: str) -> Task:
    """The task with this id, or a :class:`UserError` (404)."""
    try:
        return tasks()[task_id]
    except KeyError:
        raise UserError("unknown_task", "error.unknown_task", status=404, name=str(task_id)[:80]) from None


def model(model_id: str, task_id: str | None = None) -> ModelSpec:
    """The model with this id (and of this task), or a :class:`UserError` (404)."""
    spec = models().get(model_id) if isinstance(model_id, str) else None
    if spec is None or (task_id is not None and spec.task != task_id):
        raise UserError(
            "unknown_model", "error.unknown_model", status=404, field="model", name=str(model_id)[:80]
        )
    return spec


def listed(task_id: str, *, debug: bool = False) -> list[ModelSpec]:
    """The models a visitor may choose for this task; the first is the default."""
    return [spec for spec in task(task_id).models if debug or not spec.debug]


def known_words(spec: ModelSpec) -> Path | None:
    """The list of what a shipped model has learnt to make, where one lies beside its weights.

    A JSON array of objects with at least ``en`` and ``zh``.
    """
    places = [ASSETS / source.path / "known.json" for source in spec.sources if isinstance(source, Asset)]
    return next((place for place in places if place.is_file()), None)


def default_params(task_id: str, spec: ModelSpec) -> dict[str, Any]:
    """Every parameter of the task with its default, overridden by the model's own."""
    params: type[Params] = task(task_id).params
    values = {name: info.get_default(call_default_factory=True) for name, info in params.model_fields.items()}
    return values | dict(spec.defaults)


def resolve(reference: str) -> Any:
    """The object that ``"module:name"`` names; this is where torch first comes in."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
