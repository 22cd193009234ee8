"""Training pictures live: a small network learns digits or faces within a minute, and then draws in Image.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.types import Example, ModelSpec, Preset, Task

_LOAD = "aigc_demo.tasks.train_pictures.pipeline:load"

TRAINER = ModelSpec(
    id="picture-trainer",
    task="train_pictures",
    name="Picture trainer",
    pipeline=_LOAD,
    sources=(),
    license="yours (weights); CC BY 4.0 (digits), Apache-2.0 (faces)",
    memory_gb=0.3,
    languages=("en", "zh"),
    concurrency=8,
    params=TrainPicturesParams,
    trains=True,
)

DEBUG = ModelSpec(
    id="debug-picture-trainer",
    task="train_pictures",
    name="Debug picture trainer",
    pipeline=_LOAD,
    sources=(),
    license="none",
    memory_gb=0.05,
    languages=("en", "zh"),
    defaults={"steps": 20},
    options={"width": 16},
    concurrency=8,
    params=TrainPicturesParams,
    trains=True,
    debug=True,
)

TASK = Task(
    id="train_pictures",
    produces="model",
    models=(TRAINER, DEBUG),
    presets=(
        Preset("gan", {"method": "gan", "seconds": 30}),
        Preset("vae", {"method": "vae", "seconds": 10}),
        Preset("flow", {"method": "flow", "seconds": 60}),
    ),
    examples=(
        Example("en", {"data": "digits", "method": "gan"}),
        Example("zh", {"data": "digits", "method": "gan"}),
    ),
    order=60,
    title="aigc_demo.tasks.train_pictures.naming:title",
    trains_for=("image",),
    lesson=True,
    scripts=("learn/training.js",),
)
