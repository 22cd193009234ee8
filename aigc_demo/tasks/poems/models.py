"""The poets there are: declarations only, the pipelines are imported when one is used."""

from __future__ import annotations

from dataclasses import replace

from aigc_demo.tasks.poems.params import CoupletParams, PoemParams, TunedParams
from aigc_demo.types import Asset, ModelSpec

_SLOWED = "aigc_demo.tasks.poems.inside:explain_slowed"

SHIGPT = ModelSpec(
    id="shigpt",
    task="text",
    params=PoemParams,
    name="ShiGPT",
    pipeline="aigc_demo.tasks.poems.pipeline:load",
    sources=(Asset("models/shigpt"),),
    license="Apache-2.0",
    memory_gb=0.3,
    languages=("zh",),
    concurrency=8,
    batches=True,
    card="models/shigpt/card.md",
    extras={"sentences": Asset("models/emojiflow")},
    explain="aigc_demo.tasks.poems.inside:explain",
)

COUPLETS = replace(
    SHIGPT,
    id="shigpt-couplets",
    params=CoupletParams,
    name="ShiGPT couplets",
    pipeline="aigc_demo.tasks.poems.couplet:load",
    extras={},
    explain="",
    traits=("digests",),
)

TUNED = ModelSpec(
    id="mine-poems",
    task="text",
    params=TunedParams,
    name="My own ShiGPT",
    pipeline="aigc_demo.tasks.poems.tuned:load",
    explain="aigc_demo.tasks.poems.inside:explain_tuned",
    sources=(),
    license="yours; ShiGPT's is Apache-2.0",
    memory_gb=0.2,
    languages=("zh",),
)
"""What a model is like that a visitor has made of ShiGPT."""

MODELS = (
    SHIGPT,
    COUPLETS,
    ModelSpec(
        id="debug-poem",
        task="text",
        params=PoemParams,
        name="Debug poet",
        pipeline="aigc_demo.tasks.poems.debug:load",
        sources=(),
        license="none",
        memory_gb=0.01,
        languages=("zh",),
        concurrency=8,
        explain=_SLOWED,
        debug=True,
    ),
    ModelSpec(
        id="debug-poem-slow",
        task="text",
        params=PoemParams,
        name="Debug poet, slow",
        pipeline="aigc_demo.tasks.poems.debug:load",
        sources=(),
        license="none",
        memory_gb=0.01,
        languages=("zh",),
        options={"delay": 0.05},
        explain=_SLOWED,
        debug=True,
    ),
)
