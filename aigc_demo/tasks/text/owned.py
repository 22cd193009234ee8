"""GGUF files that the owner lists in the settings, on this disk or on the Hub.

Knows how such an entry becomes a declaration. Knows nothing of loading: an entry is taken at its word
until it is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from aigc_demo.settings import Settings
from aigc_demo.types import Hub, ModelSpec

_ON_HUB = re.compile(r"([\w.-]+/[\w.-]+)/([\w./-]+\.gguf)")
_GB = 1 << 30
UNKNOWN_GB = 4.0
"""What a file on the Hub is taken to need where its entry does not say."""
CACHE_GB = 0.3
"""What a model needs beside its weights."""


def owned(hides: Sequence[str], settings: Settings | None = None) -> tuple[ModelSpec, ...]:
    """A declaration for every entry of ``AIGC_TEXT_MODELS``; entries that name nothing are left out."""
    entries = (settings or Settings()).text_models.split(",")
    specs = [spec for entry in entries if (spec := _declared(entry.strip(), hides)) is not None]
    return tuple({spec.id: spec for spec in specs}.values())


def gguf(
    model_id: str,
    name: str,
    *,
    memory_gb: float,
    license: str,
    hides: Sequence[str],
    hub: Hub | None = None,
    file: str = "",
    download_mb: int = 0,
) -> ModelSpec:
    """The declaration of a model out of a GGUF file: one on the Hub, or one on this disk."""
    return ModelSpec(
        id=model_id,
        task="text",
        name=name,
        pipeline="aigc_demo.tasks.text.llama:load",
        sources=(hub,) if hub else (),
        license=license,
        memory_gb=round(memory_gb, 2),
        download_mb=download_mb,
        languages=("en", "zh"),
        tier="hub",
        hides=tuple(hides),
        options={"file": file} if file else {},
        needs=("xllamacpp",),
    )


def _declared(entry: str, hides: Sequence[str]) -> ModelSpec | None:
    """``/folder/model.gguf`` or ``owner/name/model.gguf@revision``, each perhaps with ``=GB`` of memory."""
    place, _, size = entry.partition("=")
    memory = float(size) if re.fullmatch(r"\d+(\.\d+)?", size) and float(size) else None
    path = Path(place).expanduser()
    if place and path.is_absolute():
        if path.suffix != ".gguf" or not path.is_file():
            return None
        needed = memory or 1.1 * path.stat().st_size / _GB + CACHE_GB
        return gguf(
            _id(path.stem), path.stem, memory_gb=needed, license="its own", hides=hides, file=str(path)
        )
    place, _, revision = place.partition("@")
    found = _ON_HUB.fullmatch(place)
    if found is None or ".." in found[2]:
        return None
    stem = Path(found[2]).stem
    return gguf(
        _id(stem),
        stem,
        memory_gb=memory or UNKNOWN_GB,
        license="its own",
        hides=hides,
        hub=Hub(found[1], revision or "main", (found[2],)),
        download_mb=round((memory or UNKNOWN_GB) * 1000),
    )


def _id(name: str) -> str:
    return f"own-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"
