"""Training classifiers: from parameters to a learner, a plan and a run.

Knows what is taken where nobody says otherwise. Knows nothing of steps, events and files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aigc_demo.learning.keeping import read_snapshot
from aigc_demo.learning.pictures.data import digits
from aigc_demo.learning.run import Plan, Run
from aigc_demo.tasks.train_classifier.learner import ClassifierLearner
from aigc_demo.types import Emit, LoadContext, Output, RunContext, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.train_classifier.params import TrainClassifierParams

STEPS, LEARNING_RATE, WIDTH = 400, 3e-3, 8
VALIDATE_EVERY = 20


def load(_: LoadContext) -> ClassifierTrainer:
    """Nothing is loaded: a run makes its own network."""
    return ClassifierTrainer()


class ClassifierTrainer:
    """Trains; any number of runs at once."""

    def __call__(
        self, params: TrainClassifierParams, emit: Emit, context: RunContext | None = None
    ) -> tuple[Output, ...]:
        """Train what the parameters ask for; the classifier, its report, what it sees, curves and card."""
        data = digits()
        learner = ClassifierLearner(data, params.width or WIDTH, params.batch_size, params.seed or 0)
        steps = STEPS if params.steps is None and params.seconds is None else params.steps
        rate = LEARNING_RATE if params.learning_rate is None else params.learning_rate
        plan = Plan(steps, params.seconds, rate, params.patience, validate_every=VALIDATE_EVERY)
        earlier = read_snapshot(Path(params.base), "base") if params.base else None
        if earlier is not None and earlier.identity != learner.identity:
            raise UserError(
                "other_base",
                "train_classifier.error.other_base",
                status=422,
                field="base",
                task="train_classifier",
            )
        about = {
            "task": "train_classifier",
            "data": data.id,
            "pictures": len(data.pictures),
            "held_back": len(data.held_pictures),
            "data_licence": data.licence,
            "licence": "the weights are yours; the data keeps its licence",
            "seed": params.seed,
            "batch_size": params.batch_size,
            "continues": bool(params.base),
        }
        return Run(learner, plan, emit, context or RunContext(), about, learner.identity, earlier)()
