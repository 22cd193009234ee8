"""What a job is called and found by: words that name it, else a title that its task makes of the settings.

Knows which parameters hold words, by declaration, and what the files are called that it was made from.
Knows no task: a title out of settings is asked of the one that the job belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import Connection, select

from aigc_demo import i18n
from aigc_demo.catalog import Catalog, resolve
from aigc_demo.history.ids import is_id
from aigc_demo.history.rows import one_line, shortened
from aigc_demo.history.schema import jobs, uploads
from aigc_demo.types import Control, Job, Language, words_first

_LOOKED_AT = 4_000
"""So many of a text's first characters are looked at for a title."""


@dataclass(frozen=True)
class Names:
    """``title`` is one line, empty where there is nothing to say; ``found_by`` what else it is found by."""

    title: str
    found_by: tuple[str, ...]


class Namer:
    """Names the jobs of one installation.

    Args:
        declared: its tasks and models.
    """

    def __init__(self, declared: Catalog) -> None:
        self._declared = declared

    def __call__(self, connection: Connection, job: Job) -> Names:
        """The title in the language that was asked in, and its words and its task's titles in every one."""
        controls = self._controls(job)
        found = {name: job.params.get(name) for name in words_first(controls)}
        words = {name: text for name, text in found.items() if isinstance(text, str) and text}
        starts = {name: one_line(text[:_LOOKED_AT]) for name, text in words.items()}
        lines = {name: shortened(line) for name, line in starts.items() if line}
        named = next((line for name, line in lines.items() if controls[name].names), "")
        told = self._told(connection, job)
        title = named or told.get(job.language) or next(iter(lines.values()), "")
        return Names(title, (*words.values(), *dict.fromkeys(told.values())))

    def _controls(self, job: Job) -> Mapping[str, Control]:
        """What its parameters mean: those of its model, or of any of the task's where that is gone."""
        if spec := self._declared.find(job.task, job.model):
            return spec.params.controls()
        task = self._declared.tasks.get(job.task)
        return task.controls() if task is not None else {}

    def _told(self, connection: Connection, job: Job) -> dict[Language, str]:
        """What the task itself calls it, where it has a say; its parameters name files as people do."""
        task, spec = self._declared.tasks.get(job.task), self._declared.find(job.task, job.model)
        if task is None or spec is None or task.title is None:
            return {}
        try:
            params = spec.params.restored(job.params)
        except ValidationError:  # kept by a version that knew other parameters
            return {}
        files = {name: _called(connection, job.owner, file) for name, file in params.files().items()}
        title, params = resolve(task.title), params.model_copy(update=files)
        told = {language: one_line(title(params, spec, language)) for language in i18n.LANGUAGES}
        return {language: shortened(line) for language, line in told.items() if line}


def _called(connection: Connection, owner: str, reference: str) -> str:
    """What the owner calls a file: an upload's name, or the title of the job that made it; else nothing."""
    file_id, inside, _ = reference.partition("/")
    if not is_id(file_id):
        return ""
    upload = select(uploads.c.name).where(uploads.c.owner == owner, uploads.c.id == file_id)
    item = select(jobs.c.title).where(jobs.c.owner == owner, jobs.c.id == file_id)
    return connection.scalar(item if inside else upload) or ""
