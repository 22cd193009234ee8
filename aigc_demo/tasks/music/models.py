"""The composers there are: where their weights come from, what they need and what they cannot do."""

from __future__ import annotations

from aigc_demo.tasks.music.hub_models import HUB
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams
from aigc_demo.types import Asset, ModelSpec

_HERE = "aigc_demo.tasks.music"
_INSIDE = f"{_HERE}.inside:explain"

FOLK = ModelSpec(
    id="folkgpt",
    task="music",
    params=ScoreParams,
    name="FolkGPT",
    pipeline=f"{_HERE}.folk:load",
    sources=(Asset("models/folkgpt"),),
    license="Apache-2.0",
    memory_gb=0.3,
    languages=("en", "zh"),
    concurrency=4,
    card="models/folkgpt/card.md",
    explain=_INSIDE,
)

CHORALE = ModelSpec(
    id="choralegpt",
    traits=("harmonises",),
    task="music",
    params=ChoraleParams,
    name="ChoraleGPT",
    pipeline=f"{_HERE}.chorale:load",
    sources=(Asset("models/choralegpt"),),
    license="Apache-2.0",
    memory_gb=0.3,
    languages=("en", "zh"),
    defaults={"bars": 8, "temperature": 0.8, "instrument": "choir"},
    concurrency=4,
    card="models/choralegpt/card.md",
    explain=_INSIDE,
)

DEBUG = (
    ModelSpec(
        id="debug-music",
        task="music",
        params=ScoreParams,
        name="Debug composer",
        pipeline=f"{_HERE}.debug:folk",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"bars": 4},
        explain=f"{_INSIDE}_slowed",
        debug=True,
    ),
    ModelSpec(
        id="debug-music-slow",
        task="music",
        params=ScoreParams,
        name="Debug composer, slow",
        pipeline=f"{_HERE}.debug:folk",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"bars": 4},
        options={"delay": 0.05},
        explain=f"{_INSIDE}_slowed",
        debug=True,
    ),
    ModelSpec(
        id="debug-chorale",
        traits=("harmonises",),
        task="music",
        params=ChoraleParams,
        name="Debug chorale",
        pipeline=f"{_HERE}.debug:chorale",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"bars": 4},
        explain=f"{_INSIDE}_slowed",
        debug=True,
    ),
)

TRAINED = ModelSpec(
    id="mine",
    task="music",
    params=ScoreParams,
    name="My own model",
    pipeline=f"{_HERE}.trained:load",
    explain=_INSIDE,
    sources=(),
    license="yours",
    memory_gb=0.05,
    languages=("en", "zh"),
)
"""What a visitor's own model is like, whichever it is."""

MODELS = (FOLK, CHORALE, *HUB, *DEBUG)
