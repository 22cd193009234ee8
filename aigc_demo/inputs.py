"""Files that go into a job: what a parameter may be given, whose it is and where it lies.

Knows references: an upload's id, or ``<job id>/<output name>``. Knows nothing of how a file arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aigc_demo.catalog import Catalog
from aigc_demo.guard.uploads import check_kind, sniffed
from aigc_demo.history import History
from aigc_demo.types import Params, Task, UserError, media
from aigc_demo.types.media import Taken


class Inputs:
    """Every visitor's files, as parameters see them."""

    def __init__(self, history: History, catalog: Catalog) -> None:
        self._history = history
        self._catalog = catalog

    def bring(self, owner: str, name: str, data: bytes, task_id: str | None, field: str | None) -> str:
        """Keep a file for a parameter, or for any if none is named; its id.

        Raises UserError 404 for an unknown task, 413 too large or more than this visitor may keep, 415 a kind
        of file that is not taken, 422 no such parameter or a picture that is not taken, 507 no room.
        """
        taken = self._taken(task_id, field)
        found = sniffed(data, name, taken, task=task_id, field=field)
        if "picture" in found.kinds:
            self._history.looker.check_brought(data)
        return self._history.put_upload(owner, name, found.name, data)

    def path(self, owner: str, reference: str) -> Path:
        """The file behind a reference of this visitor's; 404 alike for unknown and another's."""
        job_id, slash, name = reference.partition("/")
        if slash:
            return self._history.file(owner, job_id, name).path
        return self._history.get_upload(owner, reference).path

    def may_use(self, owner: str, reference: object) -> bool:
        """Whether a file-valued parameter names a file of this visitor's, or none."""
        if not isinstance(reference, str) or len(reference) > 400:
            return False
        try:
            return not reference or bool(self.path(owner, reference))
        except UserError:
            return False

    def check(self, task_id: str, owner: str, params: Params) -> None:
        """Raise UserError at the first parameter whose file is gone (404) or of a wrong kind (415)."""
        for name, path in self._paths(task_id, owner, params).items():
            taken = type(params).taken_for(name)
            check_kind(media.of_file(path.name), taken, task=task_id, field=name)

    def resolved(self, task_id: str, owner: str, params: Params) -> Params:
        """The parameters with paths in place of references; 404 at the first whose file is gone."""
        paths = self._paths(task_id, owner, params)
        return params.model_copy(update={name: str(path) for name, path in paths.items()})

    def _paths(self, task_id: str, owner: str, params: Params) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for name, reference in params.files().items():
            try:
                found[name] = self.path(owner, reference)
            except UserError as error:
                gone = error.problem.code
                raise UserError(gone, "error.file_gone", status=404, field=name, task=task_id) from None
        return found

    def _taken(self, task_id: str | None, field: str | None) -> frozenset[Taken]:
        """What this parameter takes, whichever model is chosen, or any does; nothing means everything."""
        if task_id is None or field is None:
            every = [taken for task in self._catalog.tasks.values() for _, taken in _files_of(task)]
        else:
            every = [taken for name, taken in _files_of(self._catalog.task(task_id)) if name == field]
            if not every:
                shown, key = field[:80], "error.unknown_field"
                raise UserError("invalid_params", key, status=422, field=shown, task=task_id)
        return frozenset(part for taken in every for part in taken) if all(every) else frozenset()


def _files_of(task: Task) -> Iterator[tuple[str, tuple[Taken, ...]]]:
    """Every parameter of the task that holds a file, with what it takes, for each family of its models."""
    for family in {spec.params for spec in task.models}:
        for name in family.file_fields():
            yield name, family.taken_for(name)
