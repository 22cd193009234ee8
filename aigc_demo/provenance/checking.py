"""What a file, of whatever maker, says of how it came to be, layer by layer, and what of it is proved.

Knows the layers: a signed manifest (C2PA), the AI mark of GB 45438-2025, IPTC's kind of source, and our
record of parameters. Knows neither words nor who asks. That a file says nothing is never taken to mean that
no AI made it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from aigc_demo import provenance
from aigc_demo.provenance import texts
from aigc_demo.provenance.helper import Unavailable
from aigc_demo.provenance.labels import Metadata
from aigc_demo.provenance.manifests import UNREADABLE, Manifest, Manifests
from aigc_demo.types import media, sniffing

LayerName = Literal["c2pa", "aigc", "iptc", "parameters", "watermark"]
Look = Callable[[bytes, str], float | None]
"""How surely a file of a media type bears an invisible mark, None where that cannot be told."""
State = Literal["valid", "unproven", "changed", "invalid", "unreadable", "absent", "unavailable"]
Verdict = Literal["proved", "changed", "marked", "said", "signed", "nothing"]
"""``proved``: a valid signature says that an AI made it. ``changed``: a signature does not hold any more.
``marked``: an invisible mark says so.
``said``: a label says so that anybody can write. ``signed``: a valid signature that does not speak of AI."""

THRESHOLD = 6.5
"""Standard deviations from which on an invisible mark is taken for one: by chance once in ten billion."""
_MOST_FACT = 500
_SOURCE_NAME = b"DigitalSourceType"
_SOURCE = re.compile(rb"digitalsourcetype/([A-Za-z]{1,60})")


@dataclass(frozen=True)
class Layer:
    """One layer of a file: whether it is there and holds, ``by`` whom it is, what it says.

    ``ours`` is that this installation proves to have written it. ``details`` are by names of a fixed set.
    """

    name: LayerName
    state: State
    by: str = ""
    ours: bool = False
    details: Mapping[str, str] | None = None

    @property
    def present(self) -> bool:
        """Whether the file has it, in whatever state."""
        return self.state not in ("absent", "unavailable")


@dataclass(frozen=True)
class Check:
    """What was found: the verdict, what kind of file it is, each layer in a fixed order."""

    verdict: Verdict
    title: str
    size: int
    layers: tuple[Layer, ...]
    item: str = ""
    """The id that the mark names, of a job wherever it was made."""


def check(
    data: bytes, manifests: Manifests, name: str = "", look: Look | None = None, beside: bytes = b""
) -> Check:
    """Look at every layer of ``data``; its ``name`` tells a side-car from other JSON. Never raises.

    ``look`` finds the invisible mark of whoever asks; ``beside`` is a manifest in a file of its own.
    """
    drawn = texts.is_svg(data)
    kind = media.of_type("image/svg+xml") if drawn else media.sniffed(data, name) or media.OTHER
    manifest, signed = _signed(data, kind.name, manifests, beside)
    reading = provenance.read(data, name if sniffing.is_text(data) else "")
    if reading is None and sniffing.is_text(data):
        reading = provenance.read(data, "pasted.json")
    mark: Mapping[str, str] = reading.mark if reading is not None else {}
    layers = (
        signed,
        Layer("aigc", "unproven", mark.get("ContentProducer", ""), details=_marked(mark))
        if mark
        else Layer("aigc", "absent"),
        _iptc(data),
        _parameters(reading.metadata if reading is not None else None),
        *(() if look is None else (_watermark(look(data, kind.name)),)),
    )
    return Check(_verdict(manifest, layers), kind.title, len(data), layers, mark.get("ProduceID", ""))


def _signed(
    data: bytes, media_type: str, manifests: Manifests, beside: bytes
) -> tuple[Manifest | None, Layer]:
    try:
        manifest = manifests.read(data, media_type, beside)
    except Unavailable:
        return None, Layer("c2pa", "unavailable")
    if manifest is None:
        return None, Layer("c2pa", "absent")
    if manifest.failures == (UNREADABLE,):
        return None, Layer("c2pa", "unreadable")
    state: State = "valid" if manifest.valid else "changed" if manifest.content_changed else "invalid"
    details = {
        "generator": manifest.generator,
        "signer": " · ".join(filter(None, (manifest.issuer, manifest.signer))),
        "time": manifest.time,
        "source": ", ".join(manifest.sources),
        "actions": ", ".join(manifest.actions),
        "ingredients": _ingredients(manifest),
        "failures": "" if manifest.valid else ", ".join(manifest.failures),
    }
    return manifest, Layer("c2pa", state, manifest.issuer, manifest.trusted, _short(details))


def _ingredients(manifest: Manifest) -> str:
    more = manifest.ingredient_count - len(manifest.ingredients)
    return ", ".join(manifest.ingredients) + (f" (+{more})" if more > 0 else "")


def _marked(mark: Mapping[str, str]) -> Mapping[str, str]:
    """The AI mark's own fields, but not those that are empty."""
    return _short(
        {
            "producer": mark.get("ContentProducer", ""),
            "id": mark.get("ProduceID", ""),
            "mark": mark.get("Label", ""),
        }
    )


def _iptc(data: bytes) -> Layer:
    """The kind of source as an XMP packet names it, in an attribute or an element of its own."""
    at = data.find(_SOURCE_NAME)
    found = _SOURCE.search(data, at, at + 300) if at >= 0 else None
    if found is None or b"lgorithmic" not in found[1]:
        return Layer("iptc", "absent")
    return Layer("iptc", "unproven", details={"source": found[1].decode()})


def _parameters(metadata: Metadata | None) -> Layer:
    if metadata is None:
        return Layer("parameters", "absent")
    prompt = metadata.params.get("prompt")
    details = {
        "task": metadata.task,
        "model": metadata.model_name or metadata.model,
        "seed": "" if metadata.seed is None else str(metadata.seed),
        "created": metadata.created,
        "prompt": prompt if isinstance(prompt, str) else "",
    }
    return Layer("parameters", "unproven", metadata.producer, details=_short(details))


def _watermark(likeness: float | None) -> Layer:
    """The mark of whoever asks; those of others nobody but they can find."""
    if likeness is None:
        return Layer("watermark", "unavailable")
    if likeness < THRESHOLD:
        return Layer("watermark", "absent")
    return Layer("watermark", "valid", ours=True, details={"likeness": f"{likeness:.1f}"})


def _short(details: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:_MOST_FACT] for name, value in details.items() if value.strip()}


def _verdict(manifest: Manifest | None, layers: tuple[Layer, ...]) -> Verdict:
    if manifest is not None and manifest.valid and manifest.says_ai:
        return "proved"
    if any(layer.state in ("changed", "invalid") for layer in layers):
        return "changed"
    if any(layer.name == "watermark" and layer.present for layer in layers):
        return "marked"
    if any(layer.present and layer.name != "c2pa" for layer in layers):
        return "said"
    return "signed" if manifest is not None else "nothing"
