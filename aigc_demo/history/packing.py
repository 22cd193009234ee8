"""From what a pipeline made to the files that are stored, and back: names, labels, thumbnails, hashes.

Knows which names files get and that every one passes ``provenance.stamp``. Writes nothing itself.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aigc_demo import provenance
from aigc_demo.history.errors import not_found
from aigc_demo.history.media import Media, Stored, job_key
from aigc_demo.history.rows import plain, storable
from aigc_demo.types import Job, Made, Output, UserError, media

log = logging.getLogger(__name__)

THUMBNAIL_SIDE = 256
"""Longest side of a thumbnail, pixels."""

_MOST_PIXELS = 64_000_000
_NO_NAME = re.compile(r"[^a-z0-9_-]++")


@dataclass
class Parcel:
    """A job's outputs, ready: ``files`` by name, and what the rows say of them (with each sha256)."""

    files: dict[str, bytes] = field(default_factory=dict)
    made: list[tuple[Made, str]] = field(default_factory=list)


def pack(job: Job, outputs: Iterable[Output]) -> Parcel:
    """Label and name every output of ``job``. Raises UserError ``label_failed``."""
    parcel = Parcel()
    facts = provenance.Facts(
        job_id=job.id,
        task=job.task,
        model=job.model,
        model_name=job.model,
        params=job.params,
        seed=job.seed,
        created=job.created.isoformat(timespec="seconds"),
    )
    for output in outputs:
        _add(parcel, output, _of_this(output, facts))
    return parcel


def companions(job: Job) -> set[str]:
    """Names of the files that may stand beside a job's outputs: side-cars and thumbnails."""
    thumbnails = {str(made.meta["thumb"]) for made in job.outputs if "thumb" in made.meta}
    return thumbnails | {f"{made.name}.json" for made in job.outputs}


def unpacked(place: Media, job: Job, name: str) -> Stored:
    """A job's output, side-car or thumbnail, found in its ``place``.

    Raises ``not_found`` for what was never there and ``file_missing`` for an output that vanished.
    """
    known = {output.name for output in job.outputs}
    if name not in known and name not in companions(job):
        raise not_found()
    try:
        return place.find(job_key(job.id), name)
    except UserError:
        if name in known:
            raise
        raise not_found() from None  # a side-car that this format has no need of


def _of_this(output: Output, facts: provenance.Facts) -> provenance.Facts:
    """How this one of several was made, so that it can be made again alone."""
    if not output.own:
        return facts
    own = plain(dict(output.own))
    return replace(facts, params={**facts.params, **own}, seed=own.get("seed", facts.seed))


def _add(parcel: Parcel, output: Output, facts: provenance.Facts) -> None:
    text = None if output.text is None else storable(output.text)
    stamped = provenance.stamp(Output(output.kind, output.name, output.media_type, text, output.data), facts)
    name = _free_name(parcel, output)
    meta: dict[str, Any] = plain(dict(output.meta))
    parcel.files[name] = stamped.data
    if stamped.sidecar is not None:
        parcel.files[f"{name}.json"] = stamped.sidecar
    if output.kind == "image" and output.data is not None:
        meta |= _thumbnail(parcel, name, output.data, facts, meta)
    made = Made(output.kind, name, output.media_type, len(stamped.data), text, meta)
    parcel.made.append((made, hashlib.sha256(stamped.data).hexdigest()))


def _free_name(parcel: Parcel, output: Output) -> str:
    """``<stem>.<ending>``, or ``<kind>-<n>.<ending>``: one dot, so that no companion's name collides.

    The stem is the pipeline's where it is plain ASCII; the ending follows from the media type alone.
    """
    ending = media.of_type(output.media_type).suffix
    stem = _NO_NAME.sub("-", output.name.rpartition(".")[0].lower() or output.name.lower())
    stem = stem.strip("-_")[:48]
    position = len(parcel.made)
    for candidate in (stem, f"{stem}-{position}", f"{output.kind}-{position}"):
        name = f"{candidate}.{ending}"
        if candidate and not candidate.startswith("-") and name not in parcel.files:
            return name
    return f"file-{position}-{len(parcel.files)}.{ending}"


def _thumbnail(
    parcel: Parcel, name: str, picture: bytes, facts: provenance.Facts, known: Mapping[str, Any]
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
        stamped = provenance.stamp(Output("image", name, "image/webp", data=buffer.getvalue()), facts)
    except Exception as error:  # whatever a decoder raises: no reason to lose the picture itself
        log.warning("no thumbnail for a picture: %s", type(error).__name__)
        return {}
    thumbnail = f"{name}.thumb.webp"
    parcel.files[thumbnail] = stamped.data
    return {"thumb": thumbnail, "width": known.get("width", width), "height": known.get("height", height)}
