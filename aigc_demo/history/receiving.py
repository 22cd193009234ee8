"""Bringing files in and taking them away for good, with their rows.

Knows the order that a crash at any point survives: a row out of sight, which reserves the room; the bytes;
the row in sight. And back: the row marked, the bytes, the row. Runs no SQL of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from aigc_demo.history import uploading
from aigc_demo.history.errors import as_user_error
from aigc_demo.history.media import Media, upload_key
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

Write = Callable[[Callable[[Connection], Any]], Any]
"""Runs work in a transaction and returns its result once that is durable."""


class Receiver:
    """Takes uploads in and removes them, from any number of threads."""

    def __init__(self, write: Write, media: Media, caps: uploading.Caps, remove: Callable[[], None]) -> None:
        """Rows go through ``write``, files into ``media``; ``remove`` takes away what is leaving."""
        self._write = write
        self._media = media
        self._caps = caps
        self._remove = remove

    def put(self, upload_id: str, owner: str, name: str, media_type: str, data: bytes) -> None:
        """Keep a visitor's file.

        Raises UserError 413 ``quota_full``, 507 ``uploads_full`` or ``disk_full`` before a byte is written,
        or as the disk fails.
        """
        upload = uploading.new_row(upload_id, owner, name, media_type, data)
        self._reserve(upload)
        try:
            self._media.put(upload_key(upload_id), {upload["stored"]: data})
            self._write(partial(uploading.settle, upload_id=upload_id))
        except (OSError, SQLAlchemyError, UserError) as error:
            self._abandon(upload_id)
            raise as_user_error(error) from error

    def delete(self, owner: str, upload_id: str) -> None:
        """Remove the owner's upload for good; 404 as for jobs, 409 while an unfinished job needs it."""
        self._write(partial(uploading.begin_removing, owner=owner, upload_id=upload_id))
        self._remove()

    def _reserve(self, upload: dict[str, Any]) -> None:
        """Write the row; where the server is full, in place of what nobody has used, the oldest first."""
        try:
            self._admit(upload)
        except UserError as error:
            if error.status != 507 or not self._write(partial(uploading.make_room, wanted=upload["size"])):
                raise
            self._remove()
            self._admit(upload)

    def _admit(self, upload: dict[str, Any]) -> None:
        free = self._media.free_bytes()
        self._write(partial(uploading.admit, upload=upload, caps=self._caps, free=free))

    def _abandon(self, upload_id: str) -> None:
        """Leave nothing of an upload that failed; what can't be removed now goes later, as unused."""
        try:
            self._media.delete(upload_key(upload_id))
            self._write(partial(uploading.erase, upload_ids=[upload_id]))
        except (OSError, SQLAlchemyError, UserError) as error:
            log.warning("something of an upload that failed stays until it is swept: %s", error)


def remove_leaving(write: Write, media: Media) -> None:
    """Bytes, then rows, of every upload that is leaving; goes on where a crash stopped it."""
    while leaving := write(uploading.leaving):
        for upload_id in leaving:
            media.delete(upload_key(upload_id))
        write(partial(uploading.erase, upload_ids=leaving))
