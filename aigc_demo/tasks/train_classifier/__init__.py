"""Training a classifier of digits live, and looking into it: filters, saliency, what fools it.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.learning.declared import trainers
from aigc_demo.tasks.train_classifier.params import TrainClassifierParams
from aigc_demo.types import Example, ModelSpec, Task

TRAINERS = trainers(
    ModelSpec(
        id="classifier-trainer",
        task="train_classifier",
        name="Classifier trainer",
        pipeline="aigc_demo.tasks.train_classifier.pipeline:load",
        sources=(),
        license="yours (weights); CC BY 4.0 (digits)",
        memory_gb=0.3,
        params=TrainClassifierParams,
    ),
    defaults={"steps": 20, "width": 2},
)

TASK = Task(
    id="train_classifier",
    produces="model",
    models=TRAINERS,
    examples=(Example("en", {"steps": 400}), Example("zh", {"steps": 400})),
    order=63,
    title="aigc_demo.tasks.train_classifier.naming:title",
    lesson=True,
    scripts=("learn/training.js",),
)
