"""One visitor's history as a file: a zip that people can open and another installation can read.

Knows the archive: ``items.jsonl``, one item a line, newest first, and ``files/<item id>/<name>``. What
is read back is checked like everything that comes in; items get ids of the new house.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from aigc_demo.catalog import Catalog
from aigc_demo.history.store import History
from aigc_demo.types import Job, Kind, Language, Output, Params, Request, UserError, media

_ITEMS = "items.jsonl"
_MOST_ITEMS = 100_000
_MOST_BYTES = 200_000_000
"""Of one file, unpacked: an archive may claim anything."""


class _File(BaseModel):
    """One output as the archive tells of it."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    kind: Kind
    name: str = Field(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    media_type: str = Field(max_length=100)
    text: str | None = Field(None, max_length=2_000_000)
    meta: dict[str, Any] = {}

    @model_validator(mode="after")
    def _is_of_a_known_type(self) -> Self:
        """Files are served as the type they are said to be: no page or script may come in as a picture."""
        if not media.is_known(self.media_type):
            raise ValueError(f"no output is of the type {self.media_type}")
        if self.kind != "file" and self.media_type.partition("/")[0] != self.kind:
            raise ValueError(f"{self.media_type} is no {self.kind}")
        return self


class _Item(BaseModel):
    """One item as the archive tells of it."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    id: str = Field(pattern=r"^[0-9a-z]{26}$")
    task: str
    model: str
    status: Literal["done", "cancelled", "failed"]
    params: dict[str, Any]
    language: Language
    created: AwareDatetime = Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9999, 12, 30, tzinfo=UTC))
    title: str = Field("", max_length=500)
    titled: bool = False
    starred: bool = False
    seconds: float | None = Field(None, ge=0)
    load_seconds: float | None = Field(None, ge=0)
    outputs: tuple[_File, ...] = Field((), max_length=64)


def export_items(history: History, owner: str, target: Path) -> int:
    """Write everything of the owner's that has ended into ``target``; how many items."""
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = []
        for job in _all(history, owner):
            lines.append(_item_of(job).model_dump_json())
            for stored in job.outputs:
                archive.write(history.file(owner, job.id, stored.name).path, f"files/{job.id}/{stored.name}")
            count += 1
        archive.writestr(_ITEMS, "\n".join(lines))
    return count


def import_items(history: History, owner: str, source: Path) -> int:
    """Add every item of an archive to the owner's history, with its date and star; how many.

    Raises:
        UserError: ``bad_archive`` if it is none of ours or damaged; nothing before the damage is lost.
    """
    with _reading(source):
        archive = zipfile.ZipFile(source)
    with archive:
        with _reading(source):
            items = _items_in(archive)
        for item in reversed(items):
            with _reading(source):
                request, outputs = _unpacked(history.catalog, archive, owner, item)
            _adopt(history, item, request, outputs)
    return len(items)


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    """Whatever goes wrong in here is the archive's fault: its readers raise a dozen kinds of errors."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError("bad_archive", "error.bad_archive", name=source.name) from error


def _all(history: History, owner: str) -> Iterator[Job]:
    cursor = None
    while True:
        page = history.page(owner, cursor=cursor, limit=100)
        yield from (job for job in page.items if job.status in ("done", "cancelled", "failed"))
        cursor = page.next_cursor
        if cursor is None:
            return


def _item_of(job: Job) -> _Item:
    """Not checked: what the server has, it may take away."""
    files = tuple(
        _File.model_construct(**{name: getattr(stored, name) for name in _File.model_fields})
        for stored in job.outputs
    )
    known = {name: getattr(job, name) for name in _Item.model_fields if name != "outputs"}
    return _Item.model_construct(**known, outputs=files)


def _items_in(archive: zipfile.ZipFile) -> list[_Item]:
    lines = _read(archive, _ITEMS).decode("utf-8").splitlines()[:_MOST_ITEMS]
    return [_Item.model_validate_json(line) for line in lines]


def _unpacked(
    declared: Catalog, archive: zipfile.ZipFile, owner: str, item: _Item
) -> tuple[Request, list[Output]]:
    params = _family(declared, item).restored(item.params)
    outputs = [
        Output(file.kind, file.name, file.media_type, file.text, _bytes_of(archive, item, file), file.meta)
        for file in item.outputs
    ]
    return Request(item.task, item.model, params, owner, item.language), outputs


def _family(declared: Catalog, item: _Item) -> type[Params]:
    """What its model takes; where that is not known here, what is most like it of what the task takes."""
    if (spec := declared.models.get(item.model)) and spec.task == item.task:
        return spec.params
    families = declared.task(item.task).families
    return max(families, key=lambda kind: len(kind.model_fields.keys() & item.params.keys()))


def _adopt(history: History, item: _Item, request: Request, outputs: list[Output]) -> None:
    job = history.adopt(
        request,
        outputs,
        status=item.status,
        created=item.created,
        seconds=item.seconds,
        title=item.title,
        titled=item.titled,
    )
    if item.starred:
        history.patch(request.owner, job.id, starred=True)


def _bytes_of(archive: zipfile.ZipFile, item: _Item, file: _File) -> bytes | None:
    """A text travels in its line; every other kind as its file."""
    return None if file.kind == "text" else _read(archive, f"files/{item.id}/{file.name}")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise zipfile.BadZipFile(f"{name} is larger than anything we wrote")
    return data
