"""Explanations kept beside the items that they look into: asked for as jobs of their own, and read again.

Such a job has a row while it is under way and for a while after; it is in no list. What it made lies in the
item's folder and goes when the item goes; ``NAME`` has two dots, so that it is no output's. Knows nothing of
what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, insert, select

from aigc_demo import provenance
from aigc_demo.history import records, rows, sharing
from aigc_demo.history.ids import number_of
from aigc_demo.history.media import Media, job_key
from aigc_demo.history.schema import jobs
from aigc_demo.types import ACTIVE, LOOK, Job, Output, Params, Request, UserError

NAME = "inside.look.json"


class Explanations:
    """The explanations of one store.

    Args:
        write: runs work in the writer's next transaction and gives back what it returns.
        reading: one consistent look at the database.
        new_id: makes ids of jobs.
        place: where files lie.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Connection], Any]], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
        new_id: Callable[[], str],
        place: Media,
    ) -> None:
        self._write = write
        self._reading = reading
        self._new_id = new_id
        self._place = place

    def ask(self, item: Job) -> tuple[Job, bool]:
        """The job that looks into an item of its owner's, and whether it is new: there is one at a time."""
        job_id = self._new_id()
        asked = Request(LOOK, item.model, Params(), item.owner, item.language, item.id)
        row = rows.new_row(number_of(job_id), job_id, asked) | {"params": {}}

        def add(connection: Connection) -> tuple[Job, bool]:
            records.fetch(connection, item.owner, item.id)
            known = connection.scalar(
                select(jobs.c.id).where(
                    jobs.c.owner == item.owner,
                    jobs.c.status.in_(sorted(ACTIVE)),
                    jobs.c.task == LOOK,
                    jobs.c.parent == item.id,
                )
            )
            if known is not None:
                return records.fetch(connection, item.owner, known), False
            connection.execute(insert(jobs), row)
            return rows.new_job(row), True

        asked_for: tuple[Job, bool] = self._write(add)
        return asked_for

    def read(self, owner: str, item_id: str) -> dict[str, Any] | None:
        """What is known of the inside of the owner's item; None where nobody looked yet, else the one 404."""
        with self._reading() as connection:
            item = records.fetch(connection, owner, item_id)
        return self._of(item.id)

    def shared(self, token: str) -> tuple[dict[str, Any] | None, bool]:
        """The same by the item's link, and whether the link shows the words that were asked with."""
        with self._reading() as connection:
            item, share = sharing.by_token(connection, token)
        return self._of(item.id), share.show_prompt

    def _of(self, item_id: str) -> dict[str, Any] | None:
        try:
            found = self._place.find(job_key(item_id), NAME)
        except UserError:
            return None
        told: dict[str, Any] = json.loads(found.path.read_text("utf-8"))
        return told


def keep(place: Media, look: Job, output: Output) -> None:
    """Put what a job saw beside the item that it looked into, marked as made by an AI.

    Raises UserError ``file_missing`` where the item's files are gone.
    """
    metadata = provenance.Metadata(look.id, look.task, look.model, look.model, {}, None, "")
    mark = json.loads(provenance.labels_for(metadata).mark)
    told = {"AIGC": mark, **json.loads(output.data or b"{}")}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    place.add(job_key(look.parent or ""), NAME, text.encode("utf-8", "replace"))
