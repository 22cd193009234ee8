"""Training language models: from parameters to a learner, a plan and a run.

Knows what each method needs where nobody says otherwise. Knows nothing of steps, which are the learners', nor
of events and files, which are the run's.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from aigc_demo.learning.keeping import read_snapshot
from aigc_demo.learning.starting import Usual, train
from aigc_demo.learning.texts import data
from aigc_demo.learning.texts.data import TextSet
from aigc_demo.learning.texts.learner import TextLearner
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.tasks.train_text.learner import StreamLearner
from aigc_demo.types import Emit, LoadContext, Output, RunContext, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.train_text.params import TrainTextParams

VALIDATE_EVERY = 50
"""Steps between two checks where nothing is seen in turn."""


@dataclass(frozen=True)
class Method:
    """What a method is, and takes where nothing else is asked for: steps, or how often everything is seen."""

    learning_rate: float
    steps: int = 0
    epochs: int = 0
    width: int = 0
    depth: int = 0


METHODS = {
    "gpt": Method(3e-3, steps=1200, width=128, depth=3),
    "lstm": Method(4e-3, steps=1200, width=128, depth=1),
    "finetune": Method(1e-4, epochs=5),
    "lora": Method(6e-4, epochs=5),
}
CONTEXT = {"tunes": 128}
"""Tokens of a window: what is looked back at. Of characters fewer do."""
CHARACTERS = 64


def load(context: LoadContext) -> TextTrainer:
    """Nothing is loaded: a run makes its own network.

    Option ``width`` is for tests; ``tuner`` is what makes a learner that goes on with a model that ships.
    """
    options = context.spec.options
    return TextTrainer(options.get("width"), options.get("tuner", ""))


class TextTrainer:
    """Trains; any number of runs at once."""

    def __init__(self, width: int | None = None, tuner: str = "") -> None:
        self._width, self._tuner = width, tuner

    def __call__(
        self, params: TrainTextParams, emit: Emit, context: RunContext | None = None
    ) -> tuple[Output, ...]:
        """Train what the parameters ask for; the model, what it writes, curves and card."""
        method = METHODS[params.method]
        if method.epochs:
            learner, about = self._tuned(params)
        else:
            learner, about = _begun(params, self._width)
        steps, every = method.steps, {"validate_every": VALIDATE_EVERY}
        if learner.epoch is not None:
            steps, every = method.epochs * learner.epoch, {"validate_every": learner.epoch, "point_every": 1}
        usual = Usual(steps, method.learning_rate, **every)
        identity = learner.identity if learner.epoch is None else learner.identity | {"data": params.data}
        told = {"task": "train_text", "method": params.method, "data": params.data}
        return train(learner, usual, params, told | about, identity, emit, context)

    def _tuned(self, params: TrainTextParams) -> tuple[TextLearner, dict[str, Any]]:
        """A learner that goes on with a model that ships."""
        module, _, name = self._tuner.partition(":")
        make = getattr(importlib.import_module(module), name)
        learner = cast(TextLearner, make(params.method, lines(params), params.batch_size, params.seed or 0))
        licence = "yours" if params.data == "mine" else data.TANG_LICENCE
        return learner, {**learner.about, "data_licence": licence}


def _begun(params: TrainTextParams, width: int | None) -> tuple[TextLearner, dict[str, Any]]:
    """A learner that begins with nothing."""
    learner = learner_for(params, width)
    known = learner.data
    return learner, {
        "texts": len(known.rows),
        "held_back": len(known.held),
        "tokens": sum(map(len, known.rows)),
        "vocabulary": len(known.tokens),
        "data_licence": known.licence,
    }


def learner_for(params: TrainTextParams, width: int | None = None) -> StreamLearner:
    """What the parameters ask to be trained, with fresh weights; ``width`` where they name none.

    A ``base`` of the same method that learnt from other texts is fine-tuned: its tokens spell these.
    """
    method = METHODS[params.method]
    known = texts(params)
    before = _pretrained(params, known)
    if before is not None:
        known = data.spelt_by(known, before.tokens)
        return StreamLearner(known, before, params.batch_size, params.seed or 0)
    wide = params.width or width or method.width
    wide = max(16, wide // 32 * 32)  # so that heads of 32 divide it
    config = TextConfig(
        method="lstm" if params.method == "lstm" else "gpt",
        data=known.id,
        music=known.music,
        tokens=known.tokens,
        width=wide,
        depth=method.depth,
        heads=max(1, wide // 32),
        inner=wide * 8 // 3 // 8 * 8,
        context=CONTEXT.get(params.data, CHARACTERS),
    )
    return StreamLearner(known, config, params.batch_size, params.seed or 0)


def _pretrained(params: TrainTextParams, known: TextSet) -> TextConfig | None:
    """The network of ``base``, where there is one and it can go on with these texts."""
    if not params.base:
        return None
    try:
        before = TextConfig.model_validate(read_snapshot(Path(params.base), "base").identity)
    except ValidationError:
        return None  # of another kind, which is told when it is to be taken up
    fits = before.method == params.method and before.music == known.music
    return before if fits and params.width in (None, before.width) else None


def texts(params: TrainTextParams) -> TextSet:
    """The set that is learnt from. Raises UserError for a visitor's lines that nothing can be learnt from."""
    match params.data:
        case "tang":
            return data.tang()
        case "tunes":
            return data.tunes()
        case "mine":
            return data.own(_own_text(params))
        case theme:
            return data.theme(theme)


def lines(params: TrainTextParams) -> Sequence[str]:
    """The same as lines of text. Raises UserError for tunes, which have none."""
    match params.data:
        case "tang":
            return data.tang_lines()
        case "tunes":
            raise UserError(
                "bad_lines", "train_text.error.no_verse", status=422, field="data", task="train_text"
            )
        case "mine":
            return data.own_lines(_own_text(params))
        case theme:
            return data.theme_lines(theme)


def _own_text(params: TrainTextParams) -> str:
    return data.file_text(Path(params.file)) if params.file else params.text
