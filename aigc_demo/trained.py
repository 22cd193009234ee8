"""Visitors' own models: which a visitor has trained for a task, and where each lies.

Knows that the model is an output of a job, so that whoever owns the job owns the model, and how one that is
shared becomes somebody else's as well. Knows nothing of how one is trained or used.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aigc_demo import provenance
from aigc_demo.catalog import OWN, Catalog, own_id
from aigc_demo.history import History
from aigc_demo.types import Job, ModelSpec, Output, Request, StoredOutput, Task, Trained, UserError

MOST_LISTED = 50
"""Models that are listed to a visitor, newest first; older ones can still be named."""
_MOST_LABELS = 100_000
"""Bytes by which the labels of one model may differ from those of another."""


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
            if _serves(trainer, job) == task_id
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
        trainer = self._catalog.tasks.get(job.task)
        if output is None or trainer is None or _serves(trainer, job) != task_id:
            raise unknown
        path = self._history.file(owner, job.id, output.name).path
        return replace(self._declared(task_id, job), sources=(Trained(str(path), output.sha256),))

    def adopt(self, owner: str, token: str) -> Job:
        """Make a shared model the caller's own as well: a copy with its files, or one that they have already.

        Raises:
            UserError: 404 where the link opens nothing, 422 where it opens no model.
        """
        job, _ = self._history.links.by_token(token)
        shared = model_of(job)
        spec = self._catalog.find(job.task, job.model)
        if shared is None or spec is None:
            raise UserError("no_model", "error.no_model_to_adopt", status=422)
        weights = provenance.digest_of_weights(self._history.links.file(token, shared.name))
        for known in self._history.page(owner, task=job.task, limit=MOST_LISTED).items:
            own = model_of(known)
            if own is not None and self._is_same(known, own, shared, weights):
                return known
        impersonal = spec.params.impersonal_fields()  # whoever shares a model shares no lines of their own
        told = {name: value for name, value in job.params.items() if name in impersonal}
        request = Request(job.task, job.model, spec.params.restored(told), owner, job.language)
        outputs = [self._copied(token, output) for output in job.outputs]
        return self._history.adopt(
            request,
            outputs,
            status=job.status,
            created=datetime.now(UTC),
            seconds=job.seconds,
            title=job.title,
        )

    def _is_same(self, known: Job, own: StoredOutput, shared: StoredOutput, weights: str) -> bool:
        """Whether the owner's model is the shared one, whose labels say otherwise where it came from."""
        if own.sha256 == shared.sha256:
            return True
        if abs(own.size - shared.size) > _MOST_LABELS:
            return False
        try:
            data = self._history.file(known.owner, known.id, own.name).path.read_bytes()
        except (OSError, UserError):
            return False
        return provenance.digest_of_weights(data) == weights

    def _copied(self, token: str, output: StoredOutput) -> Output:
        data = self._history.links.file(token, output.name)
        meta = {name: value for name, value in output.meta.items() if name != "thumb"}
        return Output(output.kind, output.name, output.media_type, data=data, meta=meta)

    def _declared(self, task_id: str, job: Job) -> ModelSpec:
        made = model_of(job)
        kind = "" if made is None else str(made.meta.get("as", ""))
        spec = self._catalog.own(task_id, f"{OWN}{job.id}", kind)
        if spec is None:
            raise _unknown(job.id)
        return replace(spec, name=job.title or spec.name)


def _unknown(name: str) -> UserError:
    return UserError("unknown_model", "error.unknown_model", status=404, field="model", name=name[:80])


def _serves(trainer: Task, job: Job) -> str | None:
    """The task that the model of a job is for; None where it made none, or one that no tab uses."""
    made = model_of(job)
    if made is None or not trainer.trains_for:
        return None
    told = made.meta.get("for", trainer.trains_for[0])
    return str(told) if told in trainer.trains_for else None


def model_of(job: Job) -> StoredOutput | None:
    """The model that a job made, if it made one."""
    return next((output for output in job.outputs if output.kind == "model"), None)
