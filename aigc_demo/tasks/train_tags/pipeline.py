"""Training taggers: from parameters to a learner, a plan and a run.

Knows what is taken where nobody says otherwise. Knows nothing of steps, events and files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_demo.learning.starting import Usual, train
from aigc_demo.learning.tags import model
from aigc_demo.learning.tags.data import sentences
from aigc_demo.tasks.train_tags.learner import TagLearner
from aigc_demo.types import Emit, LoadContext, Output, RunContext

if TYPE_CHECKING:
    from aigc_demo.tasks.train_tags.params import TrainTagsParams

USUAL = Usual(steps=300, learning_rate=5e-3, validate_every=25, point_every=5)
WIDTH = 48


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
        about = {"task": "train_tags", "data": params.data, **learner.about}
        return train(learner, USUAL, params, about, learner.identity, emit, context)
