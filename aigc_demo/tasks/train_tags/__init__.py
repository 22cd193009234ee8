"""Training a tagger of names live, with the report on it; it then finds names in the Text tab.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.learning.declared import trainers
from aigc_demo.tasks.train_tags.params import TagParams, TrainTagsParams
from aigc_demo.types import Example, Extension, ModelSpec, Task

TRAINERS = trainers(
    ModelSpec(
        id="tag-trainer",
        task="train_tags",
        name="Tagger trainer",
        pipeline="aigc_demo.tasks.train_tags.pipeline:load",
        sources=(),
        license="yours (weights); Apache-2.0 (sentences)",
        memory_gb=0.3,
        params=TrainTagsParams,
    ),
    defaults={"steps": 10},
    options={"width": 8},
)

TRAINED = ModelSpec(
    id="mine-tags",
    task="text",
    params=TagParams,
    name="My own tagger",
    pipeline="aigc_demo.tasks.train_tags.using:load",
    sources=(),
    license="yours",
    memory_gb=0.05,
    languages=("en", "zh"),
)
"""What a visitor's own tagger is like."""

TASK = Task(
    id="train_tags",
    produces="model",
    models=TRAINERS,
    examples=(Example("en", {"data": "en"}), Example("zh", {"data": "zh"})),
    order=62,
    title="aigc_demo.tasks.train_tags.naming:title",
    trains_for=("text",),
    lesson=True,
    scripts=("learn/training.js",),
)

EXTENDS = Extension(task="text", models=(), trained=(TRAINED,))
