"""Files that visitors bring: a photo to restyle, a tune to continue; each its owner's alone.

Knows the uploads table, which jobs name which upload and how much may be kept. An upload goes with the last
job that names it and, named by none, after a day. Looks into none of them: what may come in at all is
decided before. Runs SQL only; files are the caller's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from aigc_demo.history import rows
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import is_id
from aigc_demo.history.media import RESERVE_BYTES, Media, upload_key
from aigc_demo.history.schema import jobs, uploads, uses
from aigc_demo.settings import Settings
from aigc_demo.types import ACTIVE, Params, UserError, media

UNUSED_SECONDS = 86_400.0
"""How long an upload stays that no job names."""
_LEFT_TO_OTHERS = 2 * RESERVE_BYTES
"""Uploads stop here, well before the server takes no new work at all: results still find room."""
_MOST_NAME = 200
_UNUSED = ~exists().where(uses.c.upload == uploads.c.id)
_KEPT = uploads.c.state == "kept"


class Upload(NamedTuple):
    """A visitor's file: ``path`` holds its bytes and is not to be written to."""

    name: str
    media_type: str
    path: Path


class Caps(NamedTuple):
    """How many bytes of uploads one ``visitor`` and all together (``total``) may keep; None is no limit."""

    visitor: int | None
    total: int | None


def caps(settings: Settings) -> Caps:
    """As the owner of the installation set them."""
    own, total = settings.max_upload_mb_per_visitor, settings.max_upload_mb
    return Caps(None if own is None else int(own * 1e6), None if total is None else int(total * 1e6))


def ids_in(params: Params) -> frozenset[str]:
    """Ids of the uploads that parameters name; files of other jobs are no uploads."""
    return frozenset(reference for reference in params.files().values() if "/" not in reference)


def new_row(upload_id: str, owner: str, name: str, media_type: str, data: bytes) -> dict[str, Any]:
    """The row of an upload whose bytes are to come. On disk it is called by its kind alone."""
    shown = rows.one_line(rows.storable(name).replace("\\", "/").rpartition("/")[2])
    media_type = rows.one_line(rows.storable(media_type))[:100]
    return {
        "id": upload_id,
        "owner": owner,
        "name": shown[:_MOST_NAME] or "upload",
        "stored": f"upload.{media.of_type(media_type).suffix}",
        "media_type": media_type,
        "size": len(data),
        "created": rows.now(),
        "state": "arriving",
    }


def admit(connection: Connection, *, upload: dict[str, Any], caps: Caps, free: int | None) -> None:
    """Write the row of an upload, if there is room for its bytes.

    ``free`` are the disk's free bytes, None where that has no meaning. Raises UserError 413 ``quota_full``,
    507 ``uploads_full`` or ``disk_full``, each with its limit.
    """
    size = upload["size"]
    check_room(connection, owner=upload["owner"], size=size, caps=caps, free=free)
    connection.execute(insert(uploads).values(upload))


def check_room(connection: Connection, *, owner: str, size: int, caps: Caps, free: int | None) -> None:
    """Raise as :func:`admit` unless ``size`` bytes more of the owner's, uploads or items, have room."""
    own = _bytes(connection, uploads.c.owner == owner) + _imported(connection, jobs.c.owner == owner)
    if caps.visitor is not None and own + size > caps.visitor:
        used, limit = _mb(own), _mb(caps.visitor)
        raise UserError("quota_full", "error.quota_full", status=413, used_mb=used, limit_mb=limit)
    if caps.total is not None and _bytes(connection) + _imported(connection) + size > caps.total:
        limit = _mb(caps.total)
        raise UserError("uploads_full", "error.uploads_full", status=507, retry_after=600, limit_mb=limit)
    on_their_way = _bytes(connection, uploads.c.state == "arriving")
    if free is not None and free - on_their_way - size < _LEFT_TO_OTHERS:
        limit = _mb(_LEFT_TO_OTHERS)
        raise UserError("disk_full", "error.no_room", status=507, retry_after=600, limit_mb=limit)


def settle(connection: Connection, *, upload_id: str) -> None:
    """Its bytes are there: in sight from now on; the 404 if its owner was forgotten meanwhile."""
    here = uploads.c.id == upload_id, uploads.c.state == "arriving"
    if connection.execute(update(uploads).where(*here).values(state="kept")).rowcount != 1:
        raise not_found()


def find(connection: Connection, store: Media, owner: str, upload_id: str) -> Upload:
    """The owner's upload, or the one 404."""
    row = connection.execute(_mine(owner, upload_id)).one_or_none() if is_id(upload_id) else None
    if row is None:
        raise not_found()
    return Upload(row.name, row.media_type, store.find(upload_key(row.id), row.stored).path)


def link(connection: Connection, owner: str, number: int, upload_ids: Collection[str]) -> int:
    """Note that job ``number`` names these uploads; how many of them are there and the owner's."""
    mine = select(uploads.c.id).where(uploads.c.owner == owner, uploads.c.id.in_(upload_ids), _KEPT)
    # Counted by what is found: not every database says how many rows an INSERT from a SELECT wrote.
    found = [{"upload": upload_id, "job": number} for upload_id in connection.scalars(mine)]
    if found:
        connection.execute(insert(uses), found)
    return len(found)


def link_all(connection: Connection) -> None:
    """Find out anew which jobs name which uploads, after a repair, by every value that is an upload's id."""
    mine: dict[str, set[str]] = defaultdict(set)
    for upload_id, owner in connection.execute(select(uploads.c.id, uploads.c.owner)):
        mine[owner].add(upload_id)
    if not mine:
        return
    for number, owner, params in connection.execute(select(jobs.c.number, jobs.c.owner, jobs.c.params)).all():
        words = {value for value in params.values() if isinstance(value, str)}
        if named := words & mine[owner]:
            link(connection, owner, number, named)


def release(connection: Connection, numbers: Collection[int]) -> None:
    """These jobs are being erased: what no other job names leaves with them."""
    named = set(connection.scalars(select(uses.c.upload).where(uses.c.job.in_(numbers))))
    connection.execute(delete(uses).where(uses.c.job.in_(numbers)))
    if named:
        connection.execute(
            update(uploads).where(uploads.c.id.in_(named), _UNUSED, _KEPT).values(state="leaving")
        )


def begin_removing(connection: Connection, *, owner: str, upload_id: str) -> None:
    """The owner's upload leaves; 404 as for jobs, 409 while a job that waits or runs needs it."""
    if not is_id(upload_id) or connection.execute(_mine(owner, upload_id)).one_or_none() is None:
        raise not_found()
    needed = select(uses.c.job).join(jobs, jobs.c.number == uses.c.job)
    if connection.scalar(needed.where(uses.c.upload == upload_id, jobs.c.status.in_(sorted(ACTIVE)))):
        raise UserError("upload_in_use", "error.upload_in_use", status=409)
    connection.execute(update(uploads).where(uploads.c.id == upload_id).values(state="leaving"))


def begin_forgetting(connection: Connection, owner: str) -> None:
    """All of the owner's leave."""
    connection.execute(update(uploads).where(uploads.c.owner == owner).values(state="leaving"))


def begin_removing_unused(connection: Connection, older_than_seconds: float = UNUSED_SECONDS) -> int:
    """What came in that long ago and no job names leaves, arrived or not; how many."""
    old = uploads.c.created <= rows.now() - int(older_than_seconds * 1e6)
    return int(connection.execute(update(uploads).where(old, _UNUSED).values(state="leaving")).rowcount)


def begin_removing_torn(connection: Connection) -> None:
    """What was arriving when the server fell leaves."""
    connection.execute(update(uploads).where(uploads.c.state == "arriving").values(state="leaving"))


def make_room(connection: Connection, *, wanted: int) -> int:
    """Let uploads leave that no job names, the oldest first, until ``wanted`` bytes are free; how many."""
    unused = select(uploads.c.id, uploads.c.size).where(_UNUSED, _KEPT).order_by(uploads.c.created)
    chosen: list[str] = []
    for upload_id, size in connection.execute(unused.limit(500)).all():
        if wanted <= 0:
            break
        chosen.append(upload_id)
        wanted -= size
    connection.execute(update(uploads).where(uploads.c.id.in_(chosen)).values(state="leaving"))
    return len(chosen)


def leaving(connection: Connection, limit: int | None = 500) -> list[str]:
    """Ids of uploads whose bytes and then rows are to go."""
    return list(connection.scalars(select(uploads.c.id).where(uploads.c.state == "leaving").limit(limit)))


def erase(connection: Connection, upload_ids: Collection[str]) -> None:
    """Delete the rows of uploads whose bytes are gone."""
    connection.execute(delete(uses).where(uses.c.upload.in_(upload_ids)))
    connection.execute(delete(uploads).where(uploads.c.id.in_(upload_ids)))


def _mine(owner: str, upload_id: str) -> Any:
    return select(uploads).where(uploads.c.owner == owner, uploads.c.id == upload_id, _KEPT)


def _bytes(connection: Connection, *wanted: Any) -> int:
    return int(connection.scalar(select(func.sum(uploads.c.size)).where(*wanted)) or 0)


def _imported(connection: Connection, *wanted: Any) -> int:
    """Bytes of items that were brought in, those still among them that wait for their removal."""
    return int(connection.scalar(select(func.sum(jobs.c.imported)).where(*wanted)) or 0)


def _mb(size: int) -> float | int:
    return round(size / 1e6) if size >= 10_000_000 else round(size / 1e6, 1)
