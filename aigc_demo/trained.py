"""Visitors' own models: which a visitor has trained for a task, and where each lies.

Knows that the model is an output of a job, so that whoever owns the job owns the model. Knows nothing of how
one is trained or used.
"""

from __future__ import annotations

from dataclasses import replace

from aigc_demo.catalog import OWN, Catalog, own_id
from aigc_demo.history import History
from aigc_demo.types import Job, ModelSpec, StoredOutput, Trained, UserError

MOST_LISTED = 50
"""Models that are listed to a visitor, newest first; older ones can still be named."""


class TrainedModels:
    """Every visitor's models, as declarations."""

    def __init__(self, history: History, catalog: Catalog) -> None:
        self._history = history
        self._catalog = catalog

    def listed(self, owner: str, task_id: str) -> list[ModelSpec]:
        """A visitor's models for a task, newest first."""
        found = [
            self._declared(task_id, job)
            for trainer in self._catalog.trainers(task_id)
            for job in self._history.page(owner, task=trainer.id, limit=MOST_LISTED).items
            if model_of(job) is not None
        ]
        return sorted(found, key=lambda spec: spec.id, reverse=True)

    def find(self, owner: str, task_id: str, model_id: str) -> ModelSpec:
        """The declaration of one, with its file; 404 alike for unknown, another's, and another task's."""
        unknown = _unknown(model_id)
        try:
            job = self._history.get(owner, own_id(model_id) or "")
        except UserError:
            raise unknown from None
        output = model_of(job)
        if output is None or job.task not in {task.id for task in self._catalog.trainers(task_id)}:
            raise unknown
        path = self._history.file(owner, job.id, output.name).path
        return replace(self._declared(task_id, job), sources=(Trained(str(path), output.sha256),))

    def _declared(self, task_id: str, job: Job) -> ModelSpec:
        spec = self._catalog.own(task_id, f"{OWN}{job.id}")
        if spec is None:
            raise _unknown(job.id)
        return replace(spec, name=job.title or spec.name)


def _unknown(name: str) -> UserError:
    return UserError("unknown_model", "error.unknown_model", status=404, field="model", name=name[:80])


def model_of(job: Job) -> StoredOutput | None:
    """The model that a job made, if it made one."""
    return next((output for output in job.outputs if output.kind == "model"), None)
