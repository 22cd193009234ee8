"""Files that visitors bring: a photo to restyle, a tune to continue; each its owner's alone.

Knows the uploads table and where their bytes lie. Looks into none of them: what may come in at all is
decided before.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from aigc_demo.history import rows
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import is_id
from aigc_demo.history.media import Media, upload_key
from aigc_demo.history.packing import extension_of
from aigc_demo.history.schema import uploads

_MOST_NAME = 200


class Upload(NamedTuple):
    """A visitor's file: ``path`` holds its bytes and is not to be written to."""

    name: str
    media_type: str
    path: Path


def new(upload_id: str, owner: str, name: str, media_type: str, data: bytes) -> dict[str, Any]:
    """The row of an upload. On disk it is called by its kind alone."""
    shown = rows.one_line(rows.storable(name).replace("\\", "/").rpartition("/")[2])
    media_type = rows.one_line(rows.storable(media_type))[:100]
    return {
        "id": upload_id,
        "owner": owner,
        "name": shown[:_MOST_NAME] or "upload",
        "stored": f"upload.{extension_of(media_type)}",
        "media_type": media_type,
        "size": len(data),
        "created": rows.now(),
    }


def add(connection: Connection, upload: dict[str, Any]) -> None:
    """Write the row of an upload whose bytes are stored."""
    connection.execute(insert(uploads).values(upload))


def find(connection: Connection, media: Media, owner: str, upload_id: str) -> Upload:
    """The owner's upload, or the one 404."""
    if not is_id(upload_id):
        raise not_found()
    row = connection.execute(
        select(uploads).where(uploads.c.owner == owner, uploads.c.id == upload_id)
    ).one_or_none()
    if row is None:
        raise not_found()
    return Upload(row.name, row.media_type, media.find(upload_key(row.id), row.stored).path)


def write_files(media: Media, upload: dict[str, Any], data: bytes) -> None:
    """Store the bytes."""
    media.put(upload_key(upload["id"]), {upload["stored"]: data})


def delete_files(media: Media, upload_ids: Iterable[str]) -> None:
    """Remove the bytes."""
    for upload_id in upload_ids:
        media.delete(upload_key(upload_id))
