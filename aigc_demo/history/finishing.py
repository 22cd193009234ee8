"""The end of a job: label, store the files, and only then write the row that names them.

Knows the order that a crash at any point survives, and that two ends of one job take turns. Knows
nothing of who asked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from aigc_demo.guard import policy
from aigc_demo.history import bundles, explanations, records, rows
from aigc_demo.history.errors import IllegalMove, as_user_error
from aigc_demo.history.media import Media, job_key
from aigc_demo.history.naming import Namer
from aigc_demo.history.writer import Writer
from aigc_demo.types import LOOK, Job, Output, Status, UserError

log = logging.getLogger(__name__)


Look = Callable[[Job, bytes], None]
"""Raises UserError for a picture of a job that is not kept."""
Sign = Callable[[Job, bundles.OutputBundle], None]


class Finisher:
    """Ends jobs, from any number of threads."""

    def __init__(
        self, writer: Writer, media: Media, namer: Namer, sign: Sign, level: policy.Level, look: Look
    ) -> None:
        """Rows go through ``writer``, files into ``media``; ``sign`` is the last thing done to them.

        ``level`` says what of a model's own words is not kept.
        """
        self._writer = writer
        self._media = media
        self._namer = namer
        self._sign = sign
        self._level: policy.Level = level
        self._look = look
        self._busy: set[str] = set()
        self._changed = threading.Condition()

    def __call__(
        self,
        job_id: str,
        status: Status,
        outputs: Sequence[Output],
        values: Mapping[str, Any],
        bundle: bundles.OutputBundle | None = None,
    ) -> Job:
        """As :meth:`History.finish`; ``values`` are columns of the row.

        A ``bundle`` is stored as it is, in place of ``outputs``.
        """
        with self._turn(job_id):
            # Through the writer, so that the marks queued before this end are counted.
            job = self._writer.call(lambda connection: records.fetch_any_owner(connection, job_id))
            if status not in rows.MOVES[job.status]:
                raise IllegalMove(job_id, job.status, status)
            try:
                if job.task == LOOK:
                    for output in outputs:
                        explanations.keep(self._media, job, output)
                    return self._write_row(job, status, bundles.OutputBundle(), values)
                if bundle is None:
                    self._check(job, outputs)
                    bundle = bundles.prepare_outputs(job, outputs)
                    self._sign(job, bundle)
                return self._store(job, status, bundle, values)
            except (OSError, SQLAlchemyError, UserError) as error:
                problem = as_user_error(error)
                self._note_failure(job, problem, values)
                raise problem from error

    def _check(self, job: Job, outputs: Sequence[Output]) -> None:
        """Raise UserError ``not_made_here`` for words or pictures not kept; a training's are its own."""
        if any(output.kind == "model" for output in outputs):
            return
        policy.check_answer(
            (output.text for output in outputs if output.kind == "text" and output.text), self._level
        )
        for output in outputs:
            if output.kind == "image" and output.data is not None:
                self._look(job, output.data)

    @contextmanager
    def _turn(self, job_id: str) -> Iterator[None]:
        """Done and cancelled may come in the same moment: the second waits, and finds it ended."""
        with self._changed:
            while job_id in self._busy:
                self._changed.wait()
            self._busy.add(job_id)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(job_id)
                self._changed.notify_all()

    def _store(
        self, job: Job, status: Status, bundle: bundles.OutputBundle, values: Mapping[str, Any]
    ) -> Job:
        if not bundle.files:
            return self._write_row(job, status, bundle, values)
        key = job_key(job.id)
        try:
            self._media.put(key, bundle.files)
            return self._write_row(job, status, bundle, values)
        except BaseException:
            self._discard(key)
            raise

    def _write_row(
        self, job: Job, status: Status, bundle: bundles.OutputBundle, values: Mapping[str, Any]
    ) -> Job:
        return self._writer.call(
            lambda connection: records.finish(
                connection, self._namer, job.id, status, bundle.stored, **values
            )
        )

    def _discard(self, key: str) -> None:
        try:
            self._media.delete(key)
        except Exception:
            log.exception("files of an unfinished job stay behind until the next start")

    def _note_failure(self, job: Job, error: UserError, values: Mapping[str, Any]) -> None:
        """Say so in the row as well, if the database still takes one."""
        failed = dict(values) | {"problem": rows.problem_row(error.problem)}
        try:
            self._writer.call(
                lambda c: records.finish(c, self._namer, job.id, "failed", (), **failed), patience=30.0
            )
        except (UserError, SQLAlchemyError, IllegalMove) as second:
            log.error("job %s ended, and no row could say so: %s", job.id, second)
