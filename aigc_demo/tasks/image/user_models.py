"""Models that the owner lists in the settings: folders in diffusers' format, or names on the Hub.

Knows how such an entry becomes a declaration. Knows nothing of loading: an entry is taken at its word
until it is used.
"""

from __future__ import annotations

import re
from pathlib import Path

from aigc_demo.settings import Settings
from aigc_demo.tasks.image.params import StableParams
from aigc_demo.types import Hub, ModelSpec

_SIZE = re.compile(r"\d++(\.\d++)?")
_NO_ID = re.compile(r"[^a-z0-9]++")
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_GB = 1 << 30
UNKNOWN_GB = 8.0
"""What a model on the Hub is taken to need where its entry does not say."""


def user_models(settings: Settings) -> tuple[ModelSpec, ...]:
    """A declaration for every entry of ``AIGC_IMAGE_MODELS``; entries that name nothing are left out."""
    entries = settings.image_models.split(",")
    specs = [spec for entry in entries if (spec := _declared(entry.strip())) is not None]
    return tuple({spec.id: spec for spec in specs}.values())


def _declared(entry: str) -> ModelSpec | None:
    """``/folder``, ``owner/name`` or ``owner/name@revision``, each perhaps with ``=GB`` of memory."""
    place, _, size = entry.partition("=")
    memory = float(size) if _SIZE.fullmatch(size) and float(size) else None
    folder = Path(place).expanduser()
    if place and folder.is_absolute():
        if not (folder / "model_index.json").is_file():
            return None
        needed = sum(file.stat().st_size for file in folder.rglob("*.safetensors")) / _GB
        return _spec(folder.name, memory or max(0.1, 1.2 * needed), folder=str(folder))
    repo, _, revision = place.partition("@")
    if not _HUB_NAME.fullmatch(repo):
        return None
    return _spec(repo, memory or UNKNOWN_GB, repo=repo, revision=revision or "main")


def _spec(name: str, memory_gb: float, *, folder: str = "", repo: str = "", revision: str = "") -> ModelSpec:
    files = ("*.json", "*.txt", "*.model", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors")
    return ModelSpec(
        id=f"own-{_NO_ID.sub('-', name.lower()).strip('-')}",
        task="image",
        params=StableParams,
        name=name,
        pipeline="aigc_demo.tasks.image.hub:load",
        sources=(Hub(repo, revision, files),) if repo else (),
        license="its own",
        memory_gb=round(memory_gb, 2),
        download_mb=round(memory_gb * 1000) if repo else 0,
        tier="hub",
        options={"folder": folder} if folder else {},
        offloads=True,
    )
