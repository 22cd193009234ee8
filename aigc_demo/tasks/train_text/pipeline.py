"""Training language models: from parameters to a learner, a plan and a run.

Knows what each method needs where nobody says otherwise. Knows nothing of steps, which are the learners', nor
of events and files, which are the run's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_demo.learning.keeping import Snapshot, read_snapshot
from aigc_demo.learning.run import Plan, Run
from aigc_demo.learning.texts import data
from aigc_demo.learning.texts.data import TextSet
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.tasks.train_text.learner import StreamLearner
from aigc_demo.types import Emit, LoadContext, Output, RunContext, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.train_text.params import TrainTextParams

VALIDATE_EVERY = 50
"""Steps between two checks."""


@dataclass(frozen=True)
class Method:
    """What a method is, and takes where nothing else is asked for."""

    steps: int
    learning_rate: float
    width: int
    depth: int


METHODS = {
    "gpt": Method(1200, 3e-3, 128, 3),
    "lstm": Method(1200, 4e-3, 128, 1),
}
CONTEXT = {"tang": 64, "tunes": 128, "mine": 64}
"""Tokens of a window: what is looked back at."""


def load(context: LoadContext) -> TextTrainer:
    """Nothing is loaded: a run makes its own network. Option ``width`` is for tests."""
    return TextTrainer(context.spec.options.get("width"))


class TextTrainer:
    """Trains; any number of runs at once."""

    def __init__(self, width: int | None = None) -> None:
        self._width = width

    def __call__(
        self, params: TrainTextParams, emit: Emit, context: RunContext | None = None
    ) -> tuple[Output, ...]:
        """Train what the parameters ask for; the model, what it writes, curves and card."""
        method = METHODS[params.method]
        learner = learner_for(params, self._width)
        steps = params.steps
        if steps is None and params.seconds is None:
            steps = method.steps
        rate = method.learning_rate if params.learning_rate is None else params.learning_rate
        plan = Plan(steps, params.seconds, rate, params.patience, validate_every=VALIDATE_EVERY)
        identity = learner.config.model_dump(mode="json")
        earlier = _earlier(params, identity)
        about = _about(params, learner.data)
        return Run(learner, plan, emit, context or RunContext(), about, identity, earlier)()


def learner_for(params: TrainTextParams, width: int | None = None) -> StreamLearner:
    """What the parameters ask to be trained, with fresh weights; ``width`` where they name none."""
    method = METHODS[params.method]
    known = texts(params)
    wide = params.width or width or method.width
    wide = max(16, wide // 32 * 32)  # so that heads of 32 divide it
    config = TextConfig(
        method=params.method,
        data=known.id,
        music=known.music,
        tokens=known.tokens,
        width=wide,
        depth=method.depth,
        heads=max(1, wide // 32),
        inner=wide * 8 // 3 // 8 * 8,
        context=CONTEXT[params.data],
    )
    return StreamLearner(known, config, params.batch_size, params.seed or 0)


def texts(params: TrainTextParams) -> TextSet:
    """The set that is learnt from. Raises UserError for a visitor's lines that nothing can be learnt from."""
    match params.data:
        case "tang":
            return data.tang()
        case "tunes":
            return data.tunes()
        case "mine":
            return data.own(data.file_text(Path(params.file)) if params.file else params.text)


def _earlier(params: TrainTextParams, identity: dict[str, Any]) -> Snapshot | None:
    """The run to go on from, which must have trained the same kind of network on the same data."""
    if not params.base:
        return None
    snapshot = read_snapshot(Path(params.base), "base")
    if snapshot.identity != identity:
        raise UserError(
            "other_base", "train_text.error.other_base", status=422, field="base", task="train_text"
        )
    return snapshot


def _about(params: TrainTextParams, known: TextSet) -> dict[str, Any]:
    return {
        "task": "train_text",
        "method": params.method,
        "data": known.id,
        "texts": len(known.rows),
        "held_back": len(known.held),
        "tokens": sum(map(len, known.rows)),
        "vocabulary": len(known.tokens),
        "data_licence": known.licence,
        "licence": "the weights are yours; the data keeps its licence",
        "seed": params.seed,
        "batch_size": params.batch_size,
        "continues": bool(params.base),
    }
