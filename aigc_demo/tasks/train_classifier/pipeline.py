"""Training classifiers: from parameters to a learner, a plan and a run.

Knows what is taken where nobody says otherwise. Knows nothing of steps, events and files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_demo.learning.pictures.data import digits
from aigc_demo.learning.starting import Usual, train
from aigc_demo.tasks.train_classifier import pretext
from aigc_demo.tasks.train_classifier.learner import ClassifierLearner, Recipe
from aigc_demo.types import Emit, LoadContext, Output, RunContext

if TYPE_CHECKING:
    from aigc_demo.tasks.train_classifier.params import TrainClassifierParams

USUAL = Usual(steps=400, learning_rate=3e-3, validate_every=20)
WITH_PRETEXT = replace(USUAL, steps=pretext.STEPS + 200)
WIDTH = 8


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
        recipe = Recipe(params.batch_size, params.seed or 0, params.labels, params.pretext)
        learner = ClassifierLearner(data, params.width or WIDTH, recipe)
        if params.pretext != "none":  # no label is seen while it lasts, so that nothing seems to get better
            params = params.model_copy(update={"patience": 0})
        about = {
            "task": "train_classifier",
            "data": data.id,
            "pictures": len(data.pictures),
            "held_back": len(data.held_pictures),
            "data_licence": data.licence,
            "labelled": len(learner.labelled),
            "pretext": params.pretext,
        }
        usual = USUAL if params.pretext == "none" else WITH_PRETEXT
        return train(learner, usual, params, about, learner.identity, emit, context)
