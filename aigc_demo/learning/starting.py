"""How a training begins: from what was asked for to a plan, the run to go on from, and the card's lines.

Knows what all trainings are asked for with. Knows nothing of what is learnt, nor of steps and files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.learning.keeping import Snapshot, read_snapshot
from aigc_demo.learning.run import Learner, Plan, Run
from aigc_demo.types import Emit, Output, RunContext, UserError


@dataclass(frozen=True)
class Usual:
    """What a training takes where nothing else is asked for; ``*_every`` count steps."""

    steps: int
    learning_rate: float
    validate_every: int = 100
    point_every: int = 10


def train(
    learner: Learner,
    usual: Usual,
    params: TrainingParams,
    about: Mapping[str, Any],
    identity: Mapping[str, Any],
    emit: Emit,
    context: RunContext | None,
) -> tuple[Output, ...]:
    """Train to the end; the files that are left.

    Args:
        learner: what learns.
        usual: where the parameters say nothing.
        params: what was asked for.
        about: the card's first lines; ``task`` is among them.
        identity: what is trained, so that only the same is gone on with.
        emit: takes events; raises to stop.
        context: folder and controls; None keeps nothing before the end.

    Raises:
        UserError: 422 where ``base`` is no state, or one of another kind of run.
    """
    steps = usual.steps if params.steps is None and params.seconds is None else params.steps
    rate = usual.learning_rate if params.learning_rate is None else params.learning_rate
    plan = Plan(steps, params.seconds, rate, params.patience, usual.point_every, usual.validate_every)
    card = {
        **about,
        "licence": "the weights are yours; the data keeps its licence",
        "seed": params.seed,
        "batch_size": params.batch_size,
        "continues": bool(params.base),
    }
    earlier = _earlier(params, identity, about["task"])
    return Run(learner, plan, emit, context or RunContext(), card, identity, earlier)()


def _earlier(params: TrainingParams, identity: Mapping[str, Any], task: str) -> Snapshot | None:
    """The run to go on from, which must have trained the same kind of network on the same data."""
    if not params.base:
        return None
    snapshot = read_snapshot(Path(params.base), "base")
    if snapshot.identity != identity:
        raise UserError("other_base", f"{task}.error.other_base", status=422, field="base", task=task)
    return snapshot
