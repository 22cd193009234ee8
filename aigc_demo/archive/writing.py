"""An archive as it is written: piece by piece, never whole in memory, each file as it lies in the store.

Knows zipfile's way of writing into what cannot be wound back. Knows nothing of who the pieces go to.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_demo.archive import form
from aigc_demo.archive.page import index_page
from aigc_demo.explain import words
from aigc_demo.explain.words import Words
from aigc_demo.history import History
from aigc_demo.history.bundles import sidecar_names
from aigc_demo.history.explanations import NAME as INSIDE
from aigc_demo.history.ids import is_id
from aigc_demo.history.uploading import Upload
from aigc_demo.provenance import archive_comment
from aigc_demo.provenance.signing import BESIDE
from aigc_demo.types import Job, Language, UserError, media

log = logging.getLogger(__name__)

_PIECE = 1 << 18
_PACKED = ("text/", "application/json", "image/svg+xml", "audio/wav", "audio/midi", "application/vnd")
"""Beginnings of media types that gain from being packed; the others are packed already."""


@dataclass(frozen=True)
class Selection:
    """Which items of one owner an archive is to hold, newest first, and how many bytes their files have."""

    owner: str
    ids: tuple[str, ...]
    bytes: int


def select(history: History, owner: str, ids: Sequence[str] | None, most_bytes: int) -> Selection:
    """The owner's items that have ended: those of ``ids``, or all.

    Raises:
        UserError: 404 if one is not there or not the owner's, 413 ``export_too_large`` beyond the limits.
    """
    wanted, size = history.ended(owner, ids)
    if len(wanted) > form.MOST_ITEMS or size > most_bytes:
        raise UserError(
            "export_too_large",
            "error.export_too_large",
            status=413,
            count=len(wanted),
            mb=round(size / 1e6),
            limit=form.MOST_ITEMS,
            limit_mb=round(most_bytes / 1e6),
        )
    return Selection(owner, tuple(wanted), size)


def stream(history: History, selection: Selection, language: Language) -> Iterator[bytes]:
    """The archive in pieces of some hundred kilobytes; what was deleted meanwhile is left out."""
    sink = Sink()
    items: list[form.Item] = []
    brought: dict[str, form.Brought] = {}
    inside: dict[str, list[Words]] = {}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for item_id in selection.ids:
            try:
                job = history.get(selection.owner, item_id)
                paths = _paths(history, job)
            except UserError:
                continue
            hashes: dict[str, str] = {}
            for name, path in paths.items():
                if digest := (yield from _copied(archive, sink, form.place(item_id, name), job, path)):
                    hashes[name] = digest
            uploads = _uploads(history, job)
            for upload_id in uploads.keys() - brought.keys():
                yield from _bring(archive, sink, job, upload_id, uploads[upload_id], brought)
            if len(hashes) == len(paths):
                items.append(_item_of(job, hashes, [brought[one] for one in uploads if one in brought]))
                _sign_beside(archive, history, job, paths)
                inside[item_id] = _explained(archive, history, job, language)
        archive.writestr(form.ITEMS, "".join(f"{item.model_dump_json()}\n" for item in items))
        archive.writestr(form.INDEX, index_page(history.catalog, items, language, inside))
        archive.comment = archive_comment()
    yield sink.taken()


def _paths(history: History, job: Job) -> dict[str, Path]:
    """Every file of an item: its outputs, then those beside them that there are."""
    found = {out.name: history.file(job.owner, job.id, out.name).path for out in job.outputs}
    for name in sorted(sidecar_names(job)):
        try:
            found[name] = history.file(job.owner, job.id, name).path
        except UserError:
            continue
    return found


def _uploads(history: History, job: Job) -> dict[str, Upload]:
    """What its owner brought in for an item, by the ids that its parameters name."""
    found = {}
    for value in job.params.values():
        if isinstance(value, str) and is_id(value):
            with contextlib.suppress(UserError):
                found[value] = history.get_upload(job.owner, value)
    return found


def _bring(
    archive: zipfile.ZipFile,
    sink: Sink,
    job: Job,
    upload_id: str,
    upload: Upload,
    brought: dict[str, form.Brought],
) -> Iterator[bytes]:
    """A file that was brought in, into the archive and into ``brought``."""
    place = form.brought_place(upload_id, upload.media_type)
    if digest := (yield from _copied(archive, sink, place, job, upload.path)):
        brought[upload_id] = form.Brought.model_construct(
            id=upload_id, name=upload.name, media_type=upload.media_type, sha256=digest
        )


def _copied(
    archive: zipfile.ZipFile, sink: Sink, place: str, job: Job, path: Path
) -> Generator[bytes, None, str | None]:
    """One file into the archive, dated as its item; its hash, unless it cannot be read to its end."""
    entry = zipfile.ZipInfo(place, job.created.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED if _gains(place) else zipfile.ZIP_STORED
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as target:
            while piece := file.read(_PIECE):
                digest.update(piece)
                target.write(piece)
                if sink.held >= _PIECE:
                    yield sink.taken()
    except OSError as error:
        log.warning("a file was left out of an archive: %s", error)
        return None
    return digest.hexdigest()


def _sign_beside(archive: zipfile.ZipFile, history: History, job: Job, paths: Mapping[str, Path]) -> None:
    """A signed manifest beside each output whose format carries none; who imports the archive needs none."""
    signing = history.signer.signing
    for output in job.outputs:
        manifest = signing.beside(paths[output.name].read_bytes(), output.media_type, output.name)
        if manifest is not None:
            name = form.place(job.id, f"{output.name}.{BESIDE}")
            archive.writestr(zipfile.ZipInfo(name, job.created.timetuple()[:6]), manifest)


def _explained(archive: zipfile.ZipFile, history: History, job: Job, language: Language) -> list[Words]:
    """What somebody saw inside an item, beside its files, and the same in words; else nothing.

    It is there to be read: whoever imports the archive looks again.
    """
    seen = history.explanations.read(job.owner, job.id)
    if seen is None:
        return []
    entry = zipfile.ZipInfo(form.place(job.id, INSIDE), job.created.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, json.dumps(seen, ensure_ascii=False))
    return words.told(seen, language)


def _gains(name: str) -> bool:
    return media.of_file(name).name.startswith(_PACKED)


def _item_of(job: Job, hashes: dict[str, str], brought: Sequence[form.Brought]) -> form.Item:
    """Not checked: what the server has, it may take away."""
    shown = {output.name for output in job.outputs}
    outputs = tuple(
        form.File.model_construct(
            kind=output.kind,
            name=output.name,
            media_type=output.media_type,
            text=output.text,
            meta=dict(output.meta),
            sha256=hashes[output.name],
        )
        for output in job.outputs
    )
    beside = tuple(
        form.Beside.model_construct(name=name, sha256=digest)
        for name, digest in hashes.items()
        if name not in shown
    )
    known = {
        name: getattr(job, name)
        for name in form.Item.model_fields
        if name not in ("outputs", "beside", "brought")
    }
    return form.Item.model_construct(**known, outputs=outputs, beside=beside, brought=tuple(brought))


class Sink(io.RawIOBase):
    """What a zip is written into: holds what nobody has taken yet, and cannot be wound back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.held = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Keep some bytes until they are taken."""
        self._pieces.append(bytes(data))
        self.held += len(data)
        return len(data)

    def taken(self) -> bytes:
        """All that is held, which is then forgotten."""
        pieces, self._pieces, self.held = self._pieces, [], 0
        return b"".join(pieces)
