"""The composers there are: where their weights come from, what they need and what they cannot do."""

from __future__ import annotations

from aigc_demo.tasks.music.hub_models import HUB, OF_HUB
from aigc_demo.tasks.music.params import MusicParams
from aigc_demo.types import Asset, ModelSpec

_HERE = "aigc_demo.tasks.music"

FOLK = ModelSpec(
    id="folkgpt",
    task="music",
    params=MusicParams,
    name="FolkGPT",
    pipeline=f"{_HERE}.folk:load",
    sources=(Asset("models/folkgpt"),),
    license="Apache-2.0",
    memory_gb=0.3,
    languages=("en", "zh"),
    hides=OF_HUB,
    concurrency=4,
    card="models/folkgpt/card.md",
)

_OF_TUNES = (
    "style", "metre", "sections", "scale", "collection", "ornaments", "chords", "bass", "drums",
)  # fmt: skip

CHORALE = ModelSpec(
    id="choralegpt",
    traits=("chorale",),
    task="music",
    params=MusicParams,
    name="ChoraleGPT",
    pipeline=f"{_HERE}.chorale:load",
    sources=(Asset("models/choralegpt"),),
    license="Apache-2.0",
    memory_gb=0.3,
    languages=("en", "zh"),
    defaults={"bars": 8, "temperature": 0.8, "instrument": "choir"},
    hides=(*_OF_TUNES, *OF_HUB),
    concurrency=4,
    card="models/choralegpt/card.md",
)

DEBUG = (
    ModelSpec(
        id="debug-music",
        task="music",
        params=MusicParams,
        name="Debug composer",
        pipeline=f"{_HERE}.debug:folk",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"bars": 4},
        hides=OF_HUB,
        debug=True,
    ),
    ModelSpec(
        id="debug-music-slow",
        task="music",
        params=MusicParams,
        name="Debug composer, slow",
        pipeline=f"{_HERE}.debug:folk",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"bars": 4},
        hides=OF_HUB,
        options={"delay": 0.05},
        debug=True,
    ),
    ModelSpec(
        id="debug-chorale",
        traits=("chorale",),
        task="music",
        params=MusicParams,
        name="Debug chorale",
        pipeline=f"{_HERE}.debug:chorale",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"bars": 4},
        hides=OF_HUB,
        debug=True,
    ),
)

MODELS = (FOLK, CHORALE, *HUB, *DEBUG)
