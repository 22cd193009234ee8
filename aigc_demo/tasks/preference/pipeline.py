"""Learning from preferences: from parameters to a learner and a run.

Knows what each method takes where nobody says otherwise. Knows nothing of steps, events and files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_demo.learning.preference.candidates import named
from aigc_demo.learning.preference.couplets import couplets
from aigc_demo.learning.starting import Usual, train
from aigc_demo.learning.texts.data import TANG_LICENCE
from aigc_demo.tasks.preference.head import HeadLearner, Rating
from aigc_demo.tasks.preference.params import judged
from aigc_demo.tasks.preference.policy import PolicyLearner, Reward
from aigc_demo.types import Emit, LoadContext, Output, RunContext, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.preference.params import PreferenceParams

WARM_UP, WIDTH = 300, 48
HEAD = Usual(steps=200, learning_rate=0.3, validate_every=10, point_every=5)
POLICY = Usual(steps=WARM_UP + 150, learning_rate=1e-3, validate_every=20, point_every=5)


def load(context: LoadContext) -> PreferenceTrainer:
    """Nothing is loaded: a run makes its own network. Options ``width`` and ``warm_up`` are for tests."""
    options = context.spec.options
    return PreferenceTrainer(options.get("width", WIDTH), options.get("warm_up", WARM_UP))


class PreferenceTrainer:
    """Trains; any number of runs at once."""

    def __init__(self, width: int = WIDTH, warm_up: int = WARM_UP) -> None:
        self._width, self._warm_up = width, warm_up

    def __call__(
        self, params: PreferenceParams, emit: Emit, context: RunContext | None = None
    ) -> tuple[Output, ...]:
        """Train what the parameters ask for; the model, what it prefers or writes, curves and card."""
        if params.undo:
            params = params.model_copy(update={"steps": 0, "seconds": None})
        about = {"task": "preference", "method": params.method}
        if params.method == "head":
            head = HeadLearner(
                params.data, _ratings(params), params.batch_size, params.seed or 0, undo=params.undo
            )
            about |= {"data": params.data, **head.about}
            return train(head, HEAD, params, about, head.identity, emit, context)
        policy = PolicyLearner(
            couplets(),
            params.width or self._width,
            Reward(params.rule, params.kl, self._warm_up),
            params.batch_size,
            params.seed or 0,
            undo=params.undo,
        )
        about |= {"data": "couplets", "data_licence": TANG_LICENCE, **policy.about}
        return train(policy, POLICY, params, about, policy.identity, emit, context)


def _ratings(params: PreferenceParams) -> list[Rating]:
    """What was rated. Raises UserError where that is nothing, and there is something to be learnt of it."""
    pairs = judged(params.pairs, params.data)
    if not pairs and not params.undo:
        raise UserError("no_pairs", "preference.error.no_pairs", status=422, field="pairs", task="preference")
    return [Rating(named(params.data, better), named(params.data, worse)) for better, worse in pairs]
