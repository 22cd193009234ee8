"""Training language models live: poems, tunes or own lines, and then they write in Text and Music.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.learning.declared import trainers
from aigc_demo.tasks.train_text.params import TrainTextParams
from aigc_demo.types import Example, ModelSpec, Preset, Task

TRAINERS = trainers(
    ModelSpec(
        id="text-trainer",
        task="train_text",
        name="Text trainer",
        pipeline="aigc_demo.tasks.train_text.pipeline:load",
        sources=(),
        license="yours (weights); public domain (poems, tunes)",
        memory_gb=0.4,
        options={"tuner": "aigc_demo.tasks.poems.tuning:make"},  # named, for tasks do not know one another
        params=TrainTextParams,
    ),
    defaults={"steps": 12},
    options={"width": 16},
)

TASK = Task(
    id="train_text",
    produces="model",
    models=TRAINERS,
    presets=(
        Preset("gpt", {"method": "gpt", "seconds": 120}),
        Preset("lstm", {"method": "lstm", "seconds": 120}),
        Preset("lora", {"data": "frontier", "method": "lora", "seconds": 90}),
        Preset("tunes", {"data": "tunes", "method": "gpt", "seconds": 120}),
    ),
    examples=(
        Example("en", {"data": "tunes", "method": "gpt"}),
        Example("zh", {"data": "tang", "method": "gpt"}),
    ),
    order=61,
    title="aigc_demo.tasks.train_text.naming:title",
    trains_for=("text", "music"),
    lesson=True,
    scripts=("learn/training.js",),
)
