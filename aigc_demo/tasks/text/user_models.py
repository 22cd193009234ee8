"""GGUF files and translators that the owner lists in the settings, on this disk or on the Hub.

Knows how such an entry becomes a declaration. Knows nothing of loading: an entry is taken at its word
until it is used.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from aigc_demo.settings import Settings
from aigc_demo.tasks.text.params import ChatParams, TranslateParams
from aigc_demo.types import Hub, ModelSpec

_SIZE = re.compile(r"\d++(\.\d++)?")
_NO_ID = re.compile(r"[^a-z0-9]++")
_ON_HUB = re.compile(r"([\w.-]+/[\w.-]+)/([\w./-]+\.gguf)")
_OPUS = re.compile(r"[\w.-]+/opus-mt-[\w-]+", re.IGNORECASE)
_MARIAN_FILES = ("*.safetensors", "*.json", "*.spm")
_GB = 1 << 30
UNKNOWN_GB = 4.0
"""What a file on the Hub is taken to need where its entry does not say."""
TRANSLATOR_GB = 0.6
CACHE_GB = 0.3
"""What a model needs beside its weights."""


def user_models(settings: Settings) -> tuple[ModelSpec, ...]:
    """A declaration for every entry of ``AIGC_TEXT_MODELS``; entries that name nothing are left out."""
    entries = settings.text_models.split(",")
    specs = [spec for entry in entries if (spec := _declared(entry.strip())) is not None]
    return tuple({spec.id: spec for spec in specs}.values())


def gguf(
    model_id: str,
    name: str,
    *,
    memory_gb: float,
    license: str,
    hub: Hub | None = None,
    file: str = "",
    download_mb: int = 0,
) -> ModelSpec:
    """The declaration of a model out of a GGUF file: one on the Hub, or one on this disk."""
    return ModelSpec(
        id=model_id,
        task="text",
        params=ChatParams,
        name=name,
        pipeline="aigc_demo.tasks.text.llama:load",
        sources=(hub,) if hub else (),
        license=license,
        memory_gb=round(memory_gb, 2),
        download_mb=download_mb,
        languages=("en", "zh"),
        tier="hub",
        options={"file": file} if file else {},
        translates=True,
        needs=("xllamacpp",),
    )


def _declared(entry: str) -> ModelSpec | None:
    """One entry as a declaration, None where it names nothing.

    ``/folder/model.gguf``, ``owner/name/model.gguf@revision``, or a translator's ``/folder`` or
    ``owner/opus-mt-zh-en@revision``, each perhaps with ``=GB`` of memory.
    """
    place, _, size = entry.partition("=")
    memory = float(size) if _SIZE.fullmatch(size) and float(size) else None
    path = Path(place).expanduser()
    if place and path.is_absolute():
        if _is_marian(path):
            return _translator(path.name, memory or TRANSLATOR_GB, folder=str(path))
        if path.suffix != ".gguf" or not path.is_file():
            return None
        needed = memory or 1.1 * path.stat().st_size / _GB + CACHE_GB
        return gguf(_id(path.stem), path.stem, memory_gb=needed, license="its own", file=str(path))
    place, _, revision = place.partition("@")
    if _OPUS.fullmatch(place):
        return _translator(place, memory or TRANSLATOR_GB, hub=Hub(place, revision or "main", _MARIAN_FILES))
    found = _ON_HUB.fullmatch(place)
    if found is None or ".." in found[2]:
        return None
    stem = Path(found[2]).stem
    return gguf(
        _id(stem),
        stem,
        memory_gb=memory or UNKNOWN_GB,
        license="its own",
        hub=Hub(found[1], revision or "main", (found[2],)),
        download_mb=round((memory or UNKNOWN_GB) * 1000),
    )


def _is_marian(folder: Path) -> bool:
    try:
        about = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and about.get("model_type") == "marian"


def _translator(name: str, memory_gb: float, *, folder: str = "", hub: Hub | None = None) -> ModelSpec:
    return ModelSpec(
        id=_id(name),
        task="text",
        params=TranslateParams,
        name=name,
        pipeline="aigc_demo.tasks.text.translate:load",
        sources=(hub,) if hub else (),
        license="its own",
        memory_gb=memory_gb,
        download_mb=round(memory_gb * 1000) if hub else 0,
        languages=("zh",),
        tier="hub",
        options={"folder": folder} if folder else {},
        translates=True,
    )


def _id(name: str) -> str:
    return f"own-{_NO_ID.sub('-', name.lower()).strip('-')}"
