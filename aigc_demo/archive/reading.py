"""An archive as it is read: looked through to the end first, and only then kept, all of it or nothing.

Knows what must hold for a file of somebody else's to be kept as it is: its hash is the one that its line
tells, and it says of itself that AI made it. Items get ids of this installation, and their new owner.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from aigc_demo import provenance
from aigc_demo.archive import form
from aigc_demo.archive.directory import bad_archive, opened
from aigc_demo.catalog import Catalog
from aigc_demo.guard.uploads import sniffed
from aigc_demo.history import History
from aigc_demo.history.bundles import OutputBundle, is_sidecar
from aigc_demo.history.media import is_name
from aigc_demo.history.rows import one_line, shortened, storable
from aigc_demo.history.uploading import ids_in
from aigc_demo.types import Output, Params, Request, StoredOutput, UserError, media

_MOST_BYTES = 2_000_000_000
"""Of an archive unpacked, where nothing else limits it."""
_MOST_LINES = 50_000_000
"""Bytes of the lines of all items."""


@dataclass(frozen=True)
class _Read:
    """One item, to be kept: ``bundle`` as it lies in the archive, or ``outputs`` still to be labelled."""

    item: form.Item
    params: Params
    size: int
    bundle: OutputBundle | None = None
    outputs: Sequence[Output] = field(default=())
    brought: Mapping[str, bytes] = field(default_factory=dict)
    """Files that it was made from, by their ids in the archive."""


def import_items(
    history: History, owner: str, source: BinaryIO, *, name: str, most_bytes: int | None = None
) -> int:
    """Add every item of an archive to the owner's history, with its date and star; how many.

    Either all of them are kept or none. ``name`` is what the archive is called to whoever brings it,
    ``most_bytes`` how large it may be unpacked: as much as a visitor may bring in, unless somebody says
    otherwise.

    Raises:
        UserError: ``bad_archive``, ``foreign_archive``, ``archive_changed`` or ``archive_too_large`` for
        what is in
            it, 413 ``quota_full``, 507 ``uploads_full`` or ``disk_full`` where there is no room.
    """
    name = shortened(one_line(storable(name)))
    most_bytes = most_bytes or history.caps.visitor or _MOST_BYTES
    with opened(source, name, most_bytes) as archive:
        with _reading(name):
            items = _items_in(archive)
        total, brought = 0, dict[str, int]()
        for item in items:  # to the end, before anything is kept
            with _reading(name):
                found = _read(history.catalog, archive, item, name)
            total += found.size
            brought |= {upload_id: len(data) for upload_id, data in found.brought.items()}
        history.check_room(owner, total + sum(brought.values()))
        _keep(history, owner, items, lambda item: _read(history.catalog, archive, item, name))
    return len(items)


def _keep(
    history: History, owner: str, items: Sequence[form.Item], read: Callable[[form.Item], _Read]
) -> None:
    """One after the other, the oldest first; where one fails, none stays."""
    ids: dict[str, str] = {}
    uploads: dict[str, str] = {}
    try:
        for item in reversed(items):
            found = read(item)
            _receive(history, owner, found, uploads)
            ids[item.id] = _adopt(history, owner, found, ids, uploads)
    except BaseException:
        history.discard(owner, list(ids.values()))
        for upload_id in uploads.values():
            with suppress(UserError):
                history.delete_upload(owner, upload_id)
        raise


def _receive(history: History, owner: str, found: _Read, uploads: dict[str, str]) -> None:
    """Keep what an item was made from, once each; under which id, into ``uploads``."""
    for brought in found.item.brought:
        if brought.id not in uploads:
            data = found.brought[brought.id]
            uploads[brought.id] = history.put_upload(owner, brought.name, brought.media_type, data)


def _adopt(
    history: History, owner: str, found: _Read, ids: Mapping[str, str], uploads: Mapping[str, str]
) -> str:
    item = found.item
    params = found.params.model_copy(update=_renamed(found.params, ids, uploads))
    parent = ids.get(item.parent) if item.parent else None
    job = history.adopt(
        Request(item.task, item.model, params, owner, item.language, parent),
        found.outputs,
        bundle=found.bundle,
        size=found.size,
        status=item.status,
        created=item.created,
        seconds=item.seconds,
        load_seconds=item.load_seconds,
        title=item.title,
        titled=item.titled,
        starred=item.starred,
        uploads=ids_in(params) & set(uploads.values()),
    )
    return job.id


def _renamed(params: Params, ids: Mapping[str, str], uploads: Mapping[str, str]) -> dict[str, str]:
    """Files that it was made from, of other items or brought in, by the ids that they have here."""
    found: dict[str, str] = {}
    for name, reference in params.files().items():
        item_id, slash, file = reference.partition("/")
        if slash and item_id in ids:
            found[name] = f"{ids[item_id]}/{file}"
        elif not slash and reference in uploads:
            found[name] = uploads[reference]
    return found


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever goes wrong in here is the archive's fault: its readers raise a dozen kinds of errors."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise bad_archive(name) from error


def _items_in(archive: zipfile.ZipFile) -> list[form.Item]:
    lines = _bytes_at(archive, form.ITEMS, _MOST_LINES).decode("utf-8").splitlines()
    items = [form.Item.model_validate_json(line) for line in lines if line.strip()]
    if len(items) > form.MOST_ITEMS or len({item.id for item in items}) < len(items):
        raise ValueError("too many items, or one twice")
    return items


def _read(declared: Catalog, archive: zipfile.ZipFile, item: form.Item, name: str) -> _Read:
    params = _family(declared, item).restored(item.params)
    brought = {one.id: _brought(archive, one, name) for one in item.brought}
    if any(file.sha256 is None for file in item.outputs):
        outputs = [_output(archive, item, file) for file in item.outputs]
        size = sum(len(output.data or (output.text or "").encode()) for output in outputs)
        return _Read(item, params, size, outputs=outputs, brought=brought)
    bundle = OutputBundle()
    for beside in item.beside:
        if not is_sidecar(beside.name, [file.name for file in item.outputs]):
            raise ValueError(f"{beside.name} belongs to no output")
        data = _verified(archive, form.place(item.id, beside.name), beside.sha256, name)
        kind = None if beside.name.endswith(".json") else "image/webp"
        if not is_name(beside.name) or provenance.read(data, beside.name, kind) is None:
            raise ValueError(f"{beside.name} is neither a label nor a labelled thumbnail")
        bundle.files[beside.name] = data
    for file in item.outputs:
        data = _verified(archive, form.place(item.id, file.name), file.sha256 or "", name)
        if not is_name(file.name) or file.name.rpartition(".")[2] != media.of_type(file.media_type).suffix:
            raise ValueError(f"{file.name} is no name for {file.media_type}")
        if not _is_labelled(file, data, bundle.files):
            raise ValueError(f"{file.name} does not say that AI made it")
        if file.kind == "text" and file.text is not None and file.text.encode("utf-8", "replace") != data:
            raise ValueError(f"{file.name} is not its text")
        bundle.files[file.name] = data
        stored = StoredOutput(
            file.kind, file.name, file.media_type, len(data), file.text, _meta(file, bundle)
        )
        bundle.stored.append((stored, file.sha256 or ""))
    return _Read(item, params, sum(map(len, bundle.files.values())), bundle=bundle, brought=brought)


def _brought(archive: zipfile.ZipFile, brought: form.Brought, name: str) -> bytes:
    """A file that its owner brought in there, as good as one that is brought in here."""
    place = form.brought_place(brought.id, brought.media_type)
    data = _verified(archive, place, brought.sha256, name)
    if sniffed(data, brought.name).name != brought.media_type:
        raise ValueError(f"{place} is not what it is said to be")
    return data


def _meta(file: form.File, bundle: OutputBundle) -> dict[str, object]:
    """What is told of a file; a thumbnail that is not there is not told of."""
    thumbnail = file.meta.get("thumb")
    if thumbnail is None or f"{file.name}.thumb.webp" == thumbnail in bundle.files:
        return dict(file.meta)
    return {name: value for name, value in file.meta.items() if name != "thumb"}


_ONCE_BESIDE = frozenset({"gif", "mp4", "webm", "mp3", "flac", "zip", "tensors"})
"""Formats whose labels stood beside them in archives of an earlier version."""


def _is_labelled(file: form.File, data: bytes, beside: Mapping[str, bytes]) -> bool:
    """Whether it says that AI made it: inside where its format can, else in the label beside it."""
    carrier = media.of_type(file.media_type).carrier
    if carrier is not None and provenance.read(data, media_type=file.media_type) is not None:
        return True
    if carrier is not None and carrier not in _ONCE_BESIDE:
        return False
    label = f"{file.name}.json"
    return label in beside and provenance.read(beside[label], label) is not None


def _verified(archive: zipfile.ZipFile, place: str, sha256: str, name: str) -> bytes:
    data = _bytes_at(archive, place, form.MOST_FILE_BYTES)
    if hashlib.sha256(data).hexdigest() != sha256:
        file = place.rpartition("/")[2]
        raise UserError(
            "archive_changed", "error.archive_changed", status=422, field="file", name=name, file=file
        )
    return data


def _output(archive: zipfile.ZipFile, item: form.Item, file: form.File) -> Output:
    """As an earlier version wrote it: a text travels in its line, every other kind as its file."""
    data = (
        None
        if file.kind == "text"
        else _bytes_at(archive, form.place(item.id, file.name), form.MOST_FILE_BYTES)
    )
    return Output(file.kind, file.name, file.media_type, file.text, data, file.meta)


def _family(declared: Catalog, item: form.Item) -> type[Params]:
    """What its model takes; where that is not known here, what is most like it of what the task takes."""
    if (spec := declared.find(item.task, item.model)) and spec.task == item.task:
        return spec.params
    families = declared.task(item.task).families
    return max(families, key=lambda kind: len(kind.model_fields.keys() & item.params.keys()))


def _bytes_at(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise zipfile.BadZipFile(f"{name} is larger than anything we wrote")
    return data
