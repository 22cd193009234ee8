"""The one step every stored file passes: it comes out saying that AI made it, and how.

Knows the order of the steps and which format carries labels inside; files of other formats get a
side-car, a JSON file beside them. Knows nothing of jobs, rows or folders.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aigc_demo.provenance import (
    archives,
    flac,
    gif,
    jpeg,
    midi,
    mp3,
    mp4,
    ogg,
    pdf,
    png,
    riff,
    tensors,
    texts,
    webm,
)
from aigc_demo.provenance.labels import (
    LONGEST_RECORD,
    PRODUCER,
    Labels,
    Metadata,
    labels_for,
    mark_of,
    parse_mark,
    parse_record,
    to_json,
)
from aigc_demo.types import Output, UserError, media

__all__ = [
    "PRODUCER",
    "STEPS",
    "Metadata",
    "Reading",
    "Stamped",
    "archive_comment",
    "digest_of_weights",
    "labels_for",
    "read",
    "read_parameters",
    "repeatable",
    "stamp",
    "with_labels_of",
    "without_record",
]


@dataclass(frozen=True)
class Stamped:
    """Bytes on their way to the store. ``sidecar`` is a JSON file to stand beside them, if need be."""

    data: bytes
    media_type: str
    sidecar: bytes | None = None


@dataclass(frozen=True)
class Reading:
    """What a file says of itself: the AI mark's fields, and how it was made where it tells."""

    mark: Mapping[str, str]
    metadata: Metadata | None


Step = Callable[[Stamped, Metadata], Stamped]


@dataclass(frozen=True)
class _Carrier:
    """A format that carries labels inside."""

    recognises: Callable[[bytes], bool]
    embed: Callable[[bytes, Labels], bytes]
    extract: Callable[[bytes], Labels | None]


_CARRIERS = {
    "png": _Carrier(lambda data: data.startswith(png.MAGIC), png.embed, png.extract),
    "jpeg": _Carrier(lambda data: data.startswith(jpeg.MAGIC), jpeg.embed, jpeg.extract),
    "webp": _Carrier(lambda data: riff.form_of(data) == b"WEBP", riff.embed_webp, riff.extract_webp),
    "wav": _Carrier(lambda data: riff.form_of(data) == b"WAVE", riff.embed_wav, riff.extract_wav),
    "midi": _Carrier(lambda data: data.startswith(midi.MAGIC), midi.embed, midi.extract),
    "ogg": _Carrier(ogg.recognises, ogg.embed, ogg.extract),
    "abc": _Carrier(texts.is_abc, texts.embed_abc, texts.extract_abc),
    "musicxml": _Carrier(texts.is_musicxml, texts.embed_musicxml, texts.extract_musicxml),
    "svg": _Carrier(texts.is_svg, texts.embed_svg, texts.extract_svg),
    "pdf": _Carrier(lambda data: data.startswith(pdf.MAGIC), pdf.embed, pdf.extract),
    "gif": _Carrier(lambda data: data.startswith(gif.MAGIC), gif.embed, gif.extract),
    "mp4": _Carrier(mp4.recognises, mp4.embed, mp4.extract),
    "webm": _Carrier(lambda data: data.startswith(webm.MAGIC), webm.embed, webm.extract),
    "mp3": _Carrier(mp3.recognises, mp3.embed, mp3.extract),
    "flac": _Carrier(lambda data: data.startswith(flac.MAGIC), flac.embed, flac.extract),
    "zip": _Carrier(archives.recognises, archives.embed, archives.extract),
    "tensors": _Carrier(tensors.recognises, tensors.embed, tensors.extract),
}


def _embed_labels(result: Stamped, metadata: Metadata) -> Stamped:
    """Labels into the file where its format has a place for them, else beside it."""
    labels = labels_for(metadata)
    carrier = media.of_type(result.media_type).carrier
    if carrier is not None:
        return replace(result, data=_CARRIERS[carrier].embed(result.data, labels))
    return replace(result, sidecar=_sidecar(labels))


STEPS: tuple[Step, ...] = (_embed_labels,)
"""What every file goes through, in order. A visible label and a watermark change the content and so
come first; metadata follows; a signature over the final bytes comes last."""


def stamp(output: Output, metadata: Metadata) -> Stamped:
    """The bytes to store for ``output``, labelled; its text in UTF-8 where it has no bytes.

    Raises UserError ``label_failed``: a file that cannot be labelled is not to be kept.
    """
    data = output.data if output.data is not None else (output.text or "").encode("utf-8", "replace")
    result = Stamped(data, output.media_type)
    try:
        for step in STEPS:
            result = step(result, metadata)
    except (ValueError, IndexError, OverflowError) as error:
        raise UserError("label_failed", "error.label_failed", status=500, name=output.name) from error
    return result


def archive_comment() -> bytes:
    """What an archive of several items says at its end: the mark; each file in it has its own labels."""
    return archives.comment(labels_for(Metadata("", "", "")).without_record())


def read(data: bytes, name: str = "", media_type: str | None = None) -> Reading | None:
    """What a file, or a side-car (a ``.json`` name), says of itself; None if it says nothing.

    ``data`` may be anything: no picture is decoded, nothing is decompressed, nothing is raised. Where its
    ``media_type`` is known already, it is read as that and as nothing else.
    """
    try:
        labels = _labels_in(data, name) if media_type is None else _labels_of(data, media_type)
    except (ValueError, IndexError, OverflowError):
        return None
    mark = parse_mark(labels.mark) if labels is not None else None
    if labels is None or mark is None:
        return None
    return Reading(mark, parse_record(labels.record))


def read_parameters(data: bytes, media_type: str | None = None) -> dict[str, Any]:
    """How a file of ours says that it was made: ``task``, ``model``, ``seed``, ``params``, ``created``.

    Empty where it does not say. Nothing in it is to be trusted: whoever made the file may have written it.
    ``media_type`` is as for :func:`read`.
    """
    reading = read(data, media_type=media_type)
    if reading is None or reading.metadata is None:
        return {}
    metadata = reading.metadata
    return {
        "task": metadata.task,
        "model": metadata.model,
        "seed": metadata.seed,
        "params": dict(metadata.params),
        "created": metadata.created,
    }


def without_record(data: bytes) -> bytes:
    """The same file with its AI mark but not the wish it was made from, for links that hide it."""
    for carrier in _CARRIERS.values():
        if carrier.recognises(data):
            labels = carrier.extract(data)
            return data if labels is None else carrier.embed(data, labels.without_record())
    labels = _read_sidecar(data)
    return data if labels is None else _sidecar(labels.without_record())


def digest_of_weights(data: bytes) -> str:
    """What trained weights are told apart by, whatever their labels say: the SHA-256 of their tensors.

    Of a file in another format, that of all of it.
    """
    try:
        return hashlib.sha256(tensors.content(data)).hexdigest()
    except ValueError:
        return hashlib.sha256(data).hexdigest()


def with_labels_of(data: bytes, source: bytes, media_type: str) -> bytes:
    """``data`` with the labels that ``source``, a file of the same type, has inside.

    Raises ValueError, IndexError or OverflowError where either is not of that type.
    """
    carrier = media.of_type(media_type).carrier
    labels = None if carrier is None else _CARRIERS[carrier].extract(source)
    return data if carrier is None or labels is None else _CARRIERS[carrier].embed(data, labels)


def repeatable(data: bytes) -> bytes:
    """The same file numbered by how it was made instead of by its job and hour: made again, the same bytes.

    A file without our record comes back as it is.
    """
    for carrier in _CARRIERS.values():
        if not carrier.recognises(data):
            continue
        labels = carrier.extract(data)
        metadata = parse_record(labels.record) if labels is not None else None
        if metadata is None:
            return data
        made_so = to_json([metadata.task, metadata.model, metadata.seed, metadata.params])
        number = hashlib.sha256(made_so.encode("utf-8", "replace")).hexdigest()[:26]
        return carrier.embed(data, labels_for(replace(metadata, job_id=number, created="")))
    return data


def _labels_in(data: bytes, name: str) -> Labels | None:
    for carrier in _CARRIERS.values():
        if carrier.recognises(data):
            return carrier.extract(data)
    return _read_sidecar(data) if name.lower().endswith(".json") else None


def _labels_of(data: bytes, media_type: str) -> Labels | None:
    carrier = media.of_type(media_type).carrier
    return None if carrier is None else _CARRIERS[carrier].extract(data)


def _sidecar(labels: Labels) -> bytes:
    record = "" if labels.record is None else f',"record":{labels.record}'
    return f'{{"AIGC":{labels.mark}{record}}}\n'.encode("utf-8", "replace")


def _read_sidecar(data: bytes) -> Labels | None:
    try:
        value = json.loads(data) if len(data) <= LONGEST_RECORD else None
        if value is None or (mark := mark_of(value)) is None:
            return None
        record = value.get("record")
        return Labels(to_json(mark), None if record is None else to_json(record))
    except (ValueError, RecursionError):
        return None
