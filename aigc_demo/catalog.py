"""Everything this app can do: discovers ``tasks/*``, finds models, resolves ``"module:name"``.

Knows declarations only, and which of them the settings add. Imports no torch, no gradio, no pipeline;
asking for a factory is what first imports one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import aigc_demo.tasks
from aigc_demo.settings import ASSETS, Settings
from aigc_demo.types import Asset, Extension, Job, ModelSpec, Task, UserError


@dataclass(frozen=True)
class Catalog:
    """The tasks of one installation by id, in tab order, and all their models by id, debug ones included."""

    tasks: Mapping[str, Task]
    models: Mapping[str, ModelSpec]

    def task(self, task_id: str) -> Task:
        """The task with this id, or a :class:`UserError` (404)."""
        try:
            return self.tasks[task_id]
        except KeyError:
            raise UserError(
                "unknown_task", "error.unknown_task", status=404, name=str(task_id)[:80]
            ) from None

    def model(self, model_id: str, task_id: str | None = None) -> ModelSpec:
        """The model with this id (and of this task), or a :class:`UserError` (404)."""
        spec = self.models.get(model_id) if isinstance(model_id, str) else None
        if spec is None or (task_id is not None and spec.task != task_id):
            raise UserError(
                "unknown_model", "error.unknown_model", status=404, field="model", name=str(model_id)[:80]
            )
        return spec

    def find(self, task_id: str, model_id: str, made_with: Iterable[str] = ()) -> ModelSpec | None:
        """The model that a job of this task was made with, a visitor's own as well; None where it is gone.

        ``made_with`` are the names of what it was asked for with, which tell kinds of own models apart.
        """
        spec = self.models.get(model_id)
        return spec if spec is not None else self.own(task_id, model_id, made_with=made_with)

    def own(
        self, task_id: str, model_id: str, kind: str = "", made_with: Iterable[str] = ()
    ) -> ModelSpec | None:
        """What a visitor's own model ``mine:<job id>`` of this task is like; None where it has none such.

        Of several kinds the one of this id, else the first that is asked for with these names. Whose it is
        and whether it is there says the history.
        """
        task = self.tasks.get(task_id)
        templates = task.trained if task is not None else ()
        if not templates or own_id(model_id) is None:
            return None
        names = set(made_with)
        fits = [one for one in templates if one.id == kind] or [
            one for one in templates if names <= set(one.params.model_fields)
        ]
        return replace((fits or templates)[0], id=model_id)

    def trains(self, model_id: str) -> bool:
        """Whether this model makes a model."""
        return model_id in self.models and self.models[model_id].trains

    def trainers(self, task_id: str) -> list[Task]:
        """The tasks that make models for this one."""
        return [task for task in self.tasks.values() if task_id in task.trains_for]

    def params_of(self, job: Job) -> dict[str, Any]:
        """What a job was made with, as its model takes it today: what it does not take is left out."""
        spec = self.find(job.task, job.model, job.params)
        if spec is None:
            return dict(job.params)
        return {name: value for name, value in job.params.items() if name in spec.params.model_fields}

    def listed(self, task_id: str, *, debug: bool = False) -> list[ModelSpec]:
        """The models a visitor may choose for this task; the first is the default."""
        return [spec for spec in self.task(task_id).models if debug or not spec.debug]


OWN = "mine:"
"""What the id of a visitor's own model begins with; the id of the job that made it follows."""


def own_id(model_id: object) -> str | None:
    """The id of the job that made a visitor's own model; None for any other model."""
    if not isinstance(model_id, str) or not model_id.startswith(OWN):
        return None
    return model_id.removeprefix(OWN)


@lru_cache(maxsize=8)
def of(settings: Settings) -> Catalog:
    """What the code declares, and the models that the owner lists in the settings.

    Raises:
        ValueError: two models share an id.
        TypeError: a parameter that no form can draw.
    """
    tasks = {task.id: _with_owned(task, settings) for task in _declared()}
    for task in tasks.values():
        task.fields()
    specs = [spec for task in tasks.values() for spec in task.models]
    by_id = {spec.id: spec for spec in specs}
    if len(by_id) != len(specs):
        names = sorted({spec.id for spec in specs if sum(s.id == spec.id for s in specs) > 1})
        raise ValueError(f"Two models share an id: {', '.join(names)}.")
    return Catalog(tasks, by_id)


@cache
def _declared() -> tuple[Task, ...]:
    """All tasks, in tab order.

    A task is a package under ``tasks/`` that defines ``TASK``; one that defines ``EXTENDS`` adds to another.
    """
    modules = pkgutil.iter_modules(aigc_demo.tasks.__path__, "aigc_demo.tasks.")
    found = [importlib.import_module(module.name) for module in modules]
    tasks: list[Task] = [module.TASK for module in found if hasattr(module, "TASK")]
    additions: list[Extension] = [module.EXTENDS for module in found if hasattr(module, "EXTENDS")]
    return tuple(_extended(task, additions) for task in sorted(tasks, key=lambda task: (task.order, task.id)))


def _extended(task: Task, additions: Iterable[Extension]) -> Task:
    for more in sorted(additions, key=lambda more: more.order):
        if more.task == task.id:
            task = replace(
                task,
                models=_in_order((*task.models, *more.models)),
                presets=(*task.presets, *more.presets),
                examples=(*task.examples, *more.examples),
                scripts=(*task.scripts, *more.scripts),
                shared=(*more.shared, *task.shared),
                trained=(*task.trained, *more.trained),
                below={
                    name: (*task.below.get(name, ()), *more.below.get(name, ()))
                    for name in {**task.below, **more.below}
                },
            )
    return task


def _with_owned(task: Task, settings: Settings) -> Task:
    if task.user_models is None:
        return task
    added: Iterable[ModelSpec] = resolve(task.user_models)(settings)
    return replace(task, models=_in_order((*task.models, *added)))


def _in_order(models: Iterable[ModelSpec]) -> tuple[ModelSpec, ...]:
    """What works by itself first, then what is fetched from the Hub or is the owner's, tests' models last."""
    return tuple(sorted(models, key=lambda spec: (spec.debug, spec.tier == "hub")))


def known_words(spec: ModelSpec) -> Path | None:
    """The list of what a shipped model has learnt to make, where one lies beside its weights.

    A JSON array of objects with at least ``en`` and ``zh``.
    """
    places = [ASSETS / source.path / "known.json" for source in spec.sources if isinstance(source, Asset)]
    return next((place for place in places if place.is_file()), None)


def default_params(spec: ModelSpec) -> dict[str, Any]:
    """Every parameter of the model with its default, overridden by the model's own."""
    fields = spec.params.model_fields
    return {name: info.get_default(call_default_factory=True) for name, info in fields.items()} | dict(
        spec.defaults
    )


def resolve(reference: str) -> Any:
    """The object that ``"module:name"`` names; this is where torch first comes in."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
