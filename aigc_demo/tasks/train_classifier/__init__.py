"""Training a classifier of digits live, and looking into it: filters, saliency, what fools it.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.tasks.train_classifier.params import TrainClassifierParams
from aigc_demo.types import Example, ModelSpec, Task

_LOAD = "aigc_demo.tasks.train_classifier.pipeline:load"

TRAINER = ModelSpec(
    id="classifier-trainer",
    task="train_classifier",
    name="Classifier trainer",
    pipeline=_LOAD,
    sources=(),
    license="yours (weights); CC BY 4.0 (digits)",
    memory_gb=0.3,
    languages=("en", "zh"),
    concurrency=8,
    params=TrainClassifierParams,
    trains=True,
)

DEBUG = ModelSpec(
    id="debug-classifier-trainer",
    task="train_classifier",
    name="Debug classifier trainer",
    pipeline=_LOAD,
    sources=(),
    license="none",
    memory_gb=0.05,
    languages=("en", "zh"),
    defaults={"steps": 20, "width": 2},
    concurrency=8,
    params=TrainClassifierParams,
    trains=True,
    debug=True,
)

TASK = Task(
    id="train_classifier",
    produces="model",
    models=(TRAINER, DEBUG),
    examples=(Example("en", {"steps": 400}), Example("zh", {"steps": 400})),
    order=63,
    title="aigc_demo.tasks.train_classifier.naming:title",
    lesson=True,
    scripts=("learn/training.js",),
)
