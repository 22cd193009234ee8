"""Training pictures live: a small network learns digits or faces within a minute, and then draws in Image.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.learning.declared import trainers
from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.types import Example, ModelSpec, Preset, Task

TRAINERS = trainers(
    ModelSpec(
        id="picture-trainer",
        task="train_pictures",
        name="Picture trainer",
        pipeline="aigc_demo.tasks.train_pictures.pipeline:load",
        sources=(),
        license="yours (weights); CC BY 4.0 (digits), Apache-2.0 (faces)",
        memory_gb=0.3,
        params=TrainPicturesParams,
    ),
    defaults={"steps": 20},
    options={"width": 16},
)

TASK = Task(
    id="train_pictures",
    produces="model",
    models=TRAINERS,
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
