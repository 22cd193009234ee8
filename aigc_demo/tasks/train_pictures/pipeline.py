"""Training pictures: from parameters to a learner, a plan and a run.

Knows what each method needs where nobody says otherwise. Knows nothing of steps, which are the learners', nor
of events and files, which are the run's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_demo.learning.pictures import album, data
from aigc_demo.learning.pictures.data import PictureSet
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.learning.starting import Usual, train
from aigc_demo.tasks.train_pictures import flow, gan, vae
from aigc_demo.tasks.train_pictures.learner import PictureLearner, Recipe
from aigc_demo.types import Emit, LoadContext, Output, RunContext

if TYPE_CHECKING:
    from aigc_demo.tasks.train_pictures.params import TrainPicturesParams


@dataclass(frozen=True)
class Method:
    """What a method is, and takes where nothing else is asked for."""

    learner: type[PictureLearner]
    usual: Usual
    noise: int
    width: int


METHODS = {
    "gan": Method(gan.GanLearner, Usual(2500, gan.LEARNING_RATE), 32, 128),
    "dcgan": Method(gan.GanLearner, Usual(800, gan.LEARNING_RATE), 32, 64),
    "vae": Method(vae.VaeLearner, Usual(1500, vae.LEARNING_RATE), 8, 128),
    "flow": Method(flow.FlowLearner, Usual(1200, flow.LEARNING_RATE), 64, 256),
}


def load(context: LoadContext) -> PictureTrainer:
    """Nothing is loaded: a run makes its own network. Option ``width`` is for tests."""
    return PictureTrainer(context.spec.options.get("width"))


class PictureTrainer:
    """Trains; any number of runs at once."""

    def __init__(self, width: int | None = None) -> None:
        self._width = width

    def __call__(
        self, params: TrainPicturesParams, emit: Emit, context: RunContext | None = None
    ) -> tuple[Output, ...]:
        """Train what the parameters ask for; the model, its grid, curves and card."""
        learner = learner_for(params, self._width)
        usual, identity = METHODS[params.method].usual, learner.config.model_dump(mode="json")
        return train(learner, usual, params, _about(params, learner.data), identity, emit, context)


def learner_for(params: TrainPicturesParams, width: int | None = None) -> PictureLearner:
    """What the parameters ask to be trained, with fresh weights; ``width`` where they name none."""
    method = METHODS[params.method]
    known = _pictures(params)
    config = PictureConfig(
        method=params.method,
        data=known.id,
        side=known.side,
        channels=known.channels,
        names=known.names,
        exclusive=known.exclusive,
        noise=method.noise,
        width=params.width or width or method.width,
    )
    return method.learner(known, config, Recipe(params.batch_size, params.seed or 0))


def _pictures(params: TrainPicturesParams) -> PictureSet:
    match params.data:
        case "digits":
            return data.digits()
        case "faces":
            return data.faces()
        case "mine":
            return album.read(params.pictures)


def _about(params: TrainPicturesParams, known: PictureSet) -> dict[str, Any]:
    return {
        "task": "train_pictures",
        "method": params.method,
        "data": known.id,
        "pictures": len(known.pictures),
        "held_back": len(known.held_pictures),
        "data_licence": known.licence,
    }
