"""From what a pipeline made to the files that are stored, and back: names, labels, thumbnails, hashes.

Knows which names files get and that every one passes ``provenance.stamp``. Writes nothing itself.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aigc_demo import provenance
from aigc_demo.history.errors import not_found
from aigc_demo.history.media import Media, Stored, job_key
from aigc_demo.history.rows import plain, storable
from aigc_demo.types import Job, Output, StoredOutput, UserError, media

log = logging.getLogger(__name__)

THUMBNAIL_SIDE = 256
"""Longest side of a thumbnail, pixels."""

_MOST_PIXELS = 64_000_000
_NO_NAME = re.compile(r"[^a-z0-9_-]++")


@dataclass
class OutputBundle:
    """A job's outputs, ready: ``files`` by name, and what the rows say of them (with each sha256)."""

    files: dict[str, bytes] = field(default_factory=dict)
    stored: list[tuple[StoredOutput, str]] = field(default_factory=list)


def prepare_outputs(job: Job, outputs: Iterable[Output]) -> OutputBundle:
    """Label and name every output of ``job``. Raises UserError ``label_failed``."""
    bundle = OutputBundle()
    metadata = provenance.Metadata(
        job_id=job.id,
        task=job.task,
        model=job.model,
        model_name=job.model,
        params=job.params,
        seed=job.seed,
        created=job.created.isoformat(timespec="seconds"),
    )
    for output in outputs:
        _add(bundle, output, _of_this(output, metadata))
    return bundle


def sidecar_names(job: Job) -> set[str]:
    """Names of the files that may stand beside a job's outputs: side-cars and thumbnails."""
    thumbnails = {str(stored.meta["thumb"]) for stored in job.outputs if "thumb" in stored.meta}
    return thumbnails | {f"{stored.name}.json" for stored in job.outputs}


def is_sidecar(name: str, outputs: Collection[str]) -> bool:
    """Whether a file may stand beside outputs of these names: a label or a thumbnail."""
    return any(name in (f"{output}.json", f"{output}.thumb.webp") for output in outputs)


def unpacked(place: Media, job: Job, name: str) -> Stored:
    """A job's output, side-car or thumbnail, found in its ``place``.

    Raises ``not_found`` for what was never there and ``file_missing`` for an output that vanished.
    """
    known = {output.name for output in job.outputs}
    if name not in known and name not in sidecar_names(job):
        raise not_found()
    try:
        return place.find(job_key(job.id), name)
    except UserError:
        if name in known:
            raise
        raise not_found() from None  # a side-car that this format has no need of


def _of_this(output: Output, metadata: provenance.Metadata) -> provenance.Metadata:
    """How this one of several was made, so that it can be made again alone."""
    if not output.param_overrides:
        return metadata
    param_overrides = plain(dict(output.param_overrides))
    return replace(
        metadata,
        params={**metadata.params, **param_overrides},
        seed=param_overrides.get("seed", metadata.seed),
    )


def _add(bundle: OutputBundle, output: Output, metadata: provenance.Metadata) -> None:
    text = None if output.text is None else storable(output.text)
    stamped = provenance.stamp(
        Output(output.kind, output.name, output.media_type, text, output.data), metadata
    )
    name = _free_name(bundle, output)
    meta: dict[str, Any] = plain(dict(output.meta))
    bundle.files[name] = stamped.data
    if stamped.sidecar is not None:
        bundle.files[f"{name}.json"] = stamped.sidecar
    if output.kind == "image" and output.data is not None:
        meta |= _thumbnail(bundle, name, output.data, metadata, meta)
    stored = StoredOutput(output.kind, name, output.media_type, len(stamped.data), text, meta)
    bundle.stored.append((stored, hashlib.sha256(stamped.data).hexdigest()))


def _free_name(bundle: OutputBundle, output: Output) -> str:
    """``<stem>.<ending>``, or ``<kind>-<n>.<ending>``: one dot, so that no companion's name collides.

    The stem is the pipeline's where it is plain ASCII; the ending follows from the media type alone.
    """
    ending = media.of_type(output.media_type).suffix
    named = output.name.lower()
    stem = _NO_NAME.sub(
        "-",
        named.removesuffix(f".{ending}")
        if named.endswith(f".{ending}")
        else (named.rpartition(".")[0] or named),
    )
    stem = stem.strip("-_")[:48]
    position = len(bundle.stored)
    for candidate in (stem, f"{stem}-{position}", f"{output.kind}-{position}"):
        name = f"{candidate}.{ending}"
        if candidate and not candidate.startswith("-") and name not in bundle.files:
            return name
    return f"file-{position}-{len(bundle.files)}.{ending}"


def _thumbnail(
    bundle: OutputBundle, name: str, picture: bytes, metadata: provenance.Metadata, known: Mapping[str, Any]
) -> dict[str, Any]:
    """Add a small WebP of the picture; what is to be known of both. A picture may do without."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture)) as image:
            width, height = image.size
            if width * height > _MOST_PIXELS:
                return {}
            image.draft("RGB", (2 * THUMBNAIL_SIDE, 2 * THUMBNAIL_SIDE))
            clear = "A" in image.getbands() or "transparency" in image.info
            small = image.convert("RGBA" if clear else "RGB")
            small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
            buffer = io.BytesIO()
            small.save(buffer, "WEBP", quality=80, method=2)
        stamped = provenance.stamp(Output("image", name, "image/webp", data=buffer.getvalue()), metadata)
    except Exception as error:  # whatever a decoder raises: no reason to lose the picture itself
        log.warning("no thumbnail for a picture: %s", type(error).__name__)
        return {}
    thumbnail = f"{name}.thumb.webp"
    bundle.files[thumbnail] = stamped.data
    return {"thumb": thumbnail, "width": known.get("width", width), "height": known.get("height", height)}
