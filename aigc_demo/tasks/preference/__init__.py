"""Learning from preferences live: a head that learns from rated pairs, a policy that learns from a rule.

Knows declarations only; what trains is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.learning.declared import trainers
from aigc_demo.tasks.preference.params import PreferenceParams
from aigc_demo.types import Example, ModelSpec, Preset, Task

TRAINERS = trainers(
    ModelSpec(
        id="preference-trainer",
        task="preference",
        name="Preference trainer",
        pipeline="aigc_demo.tasks.preference.pipeline:load",
        sources=(),
        license="yours (weights); public domain (couplets)",
        memory_gb=0.3,
        params=PreferenceParams,
    ),
    defaults={"steps": 12},
    options={"width": 16, "warm_up": 4},
)

TASK = Task(
    id="preference",
    produces="model",
    models=TRAINERS,
    presets=(
        Preset("rhyme", {"method": "policy", "rule": "rhyme", "kl": 0.0}),
        Preset("leashed", {"method": "policy", "rule": "rhyme", "kl": 0.05}),
    ),
    examples=(
        Example("en", {"method": "policy", "rule": "rhyme"}),
        Example("zh", {"method": "policy", "rule": "rhyme"}),
    ),
    order=64,
    title="aigc_demo.tasks.preference.naming:title",
    trains_for=("text",),
    lesson=True,
    scripts=("learn/training.js",),
)
