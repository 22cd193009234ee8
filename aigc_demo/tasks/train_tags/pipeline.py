"""Training taggers: from parameters to a learner, a plan and a run.

Knows what is taken where nobody says otherwise. Knows nothing of steps, events and files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aigc_demo.learning.keeping import read_snapshot
from aigc_demo.learning.run import Plan, Run
from aigc_demo.learning.tags import model
from aigc_demo.learning.tags.data import sentences
from aigc_demo.tasks.train_tags.learner import TagLearner
from aigc_demo.types import Emit, LoadContext, Output, RunContext, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.train_tags.params import TrainTagsParams

STEPS, LEARNING_RATE, WIDTH = 300, 5e-3, 48
VALIDATE_EVERY, POINT_EVERY = 25, 5


def load(context: LoadContext) -> TagTrainer:
    """Nothing is loaded: a run makes its own network. Option ``width`` is for tests."""
    return TagTrainer(context.spec.options.get("width", WIDTH))


class TagTrainer:
    """Trains; any number of runs at once."""

    def __init__(self, width: int = WIDTH) -> None:
        self._width = width

    def __call__(
        self, params: TrainTagsParams, emit: Emit, context: RunContext | None = None
    ) -> tuple[Output, ...]:
        """Train what the parameters ask for; the tagger, its report, curves and card."""
        data = sentences(params.data)
        config = model.config_for(params.data, data.learnt, params.width or self._width)
        learner = TagLearner(data, config, params.batch_size, params.seed or 0)
        steps = STEPS if params.steps is None and params.seconds is None else params.steps
        rate = LEARNING_RATE if params.learning_rate is None else params.learning_rate
        plan = Plan(steps, params.seconds, rate, params.patience, POINT_EVERY, VALIDATE_EVERY)
        earlier = read_snapshot(Path(params.base), "base") if params.base else None
        if earlier is not None and earlier.identity != learner.identity:
            raise UserError(
                "other_base", "train_tags.error.other_base", status=422, field="base", task="train_tags"
            )
        about = {
            "task": "train_tags",
            "data": params.data,
            **learner.about,
            "licence": "the weights are yours; the data keeps its licence",
            "seed": params.seed,
            "batch_size": params.batch_size,
            "continues": bool(params.base),
        }
        run = Run(learner, plan, emit, context or RunContext(), about, learner.identity, earlier)
        return run()
