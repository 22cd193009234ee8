"""A training run from its first step to its files: the one loop that every lesson's training goes through.

Knows limits (steps, seconds, a validation that no longer falls), what a visitor may say meanwhile, when there
is something to tell and what that may cost, what a diverging run is, and how one is gone on with. Knows
nothing of what is learnt: the learner brings steps, samples and files.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aigc_demo.learning.curves import Curves
from aigc_demo.learning.keeping import Keeper, Snapshot
from aigc_demo.types import (
    CancelledByVisitor,
    CurvePoint,
    Emit,
    Output,
    PausedByVisitor,
    Progress,
    RunContext,
    RunControl,
    Training,
)

Ending = Literal["steps", "seconds", "early_stop", "finished", "diverged"]
"""Why a run ended: steps or time were over, nothing became better, a visitor said so, numbers broke."""

TELL_SECONDS = 0.2
"""Between two events, at least."""
TELL_SHARE = 0.03
"""Of a run's time, at most, goes into telling."""
KEEP_SECONDS = 5.0
"""Between two checkpoints, at least."""
KEEP_SHARE = 0.02
BROKEN = 1000.0
"""Times its first value (or one): a loss larger than that has diverged."""


class Learner(Protocol):
    """What a lesson brings. Losses and metrics are named alike in curves, event file and page."""

    def step(self, number: int) -> Mapping[str, Any]:
        """Take step ``number``, from 1 on; its losses as tensors without dimensions.

        It depends on the number and the state alone, so that a resumed run is the same run.
        """
        ...

    def validate(self) -> Mapping[str, float]:
        """Measures on what was held back; ``validation`` is the one that should fall."""
        ...

    def samples(self) -> Output:
        """What it makes now, from noise that stays the same: small, for telling."""
        ...

    def set_learning_rate(self, rate: float) -> None:
        """From the next step on."""
        ...

    def state(self) -> dict[str, Any]:
        """Tensors by name: all that is needed to go on exactly as if nothing had happened. Not copied."""
        ...

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up such a state."""
        ...

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """The model and what shows it, as it is now."""
        ...


@dataclass(frozen=True)
class Plan:
    """How long to train, how fast, and how often to look.

    ``steps`` and ``seconds`` end the run, whichever comes first; None never does. ``patience`` validations
    without progress end it too; 0 never does. ``point_every`` and ``validate_every`` count steps.
    """

    steps: int | None
    seconds: float | None
    learning_rate: float
    patience: int = 0
    point_every: int = 10
    validate_every: int = 100


@dataclass
class Standing:
    """Where a run is: what a checkpoint holds besides the learner's tensors."""

    step: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0
    until: int | None = None
    best: float = math.inf
    best_step: int = 0
    waited: int = 0
    first: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)


class Run:
    """One run of one learner.

    Args:
        learner: what learns.
        plan: how long.
        emit: tells events; raises to stop.
        context: folder, controls, giving way.
        about: goes into the card: data, licence, seed and the like.
        identity: what is trained, so that only the same is gone on with.
        earlier: a finished run to go on from; its steps count on.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        learner: Learner,
        plan: Plan,
        emit: Emit,
        context: RunContext,
        about: Mapping[str, Any],
        identity: Mapping[str, Any],
        earlier: Snapshot | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._learner, self._plan, self._emit, self._context = learner, plan, emit, context
        self._clock = clock
        self._at = Standing(learning_rate=plan.learning_rate, until=plan.steps)
        self._curves = Curves()
        self._keeper = Keeper(context.folder, identity, about)
        self._fresh: list[CurvePoint] = []
        self._told = -math.inf
        self._pause_between = TELL_SECONDS
        self._notes: tuple[str, ...] = ()
        self._ending: Ending | None = None
        if earlier is not None:
            self._go_on_from(earlier)
        left = self._keeper.left()
        if left is not None:
            self._take_up(left)
        self._learner.set_learning_rate(self._at.learning_rate)
        self._seconds_before, self._began = self._at.seconds, self._clock()
        self._started_with = self._at.seconds if left is None else float(left.standing["started_with"])
        self._kept = self._began
        self._good = self._copied_state()

    def __call__(self) -> tuple[Output, ...]:
        """Train to the end; the files that are left."""
        self._emit(Progress(self._at.step, self._at.until or self._at.step, self._eta()))
        self._tell(samples=True)
        try:
            while self._ending is None:
                self._context.give_way()
                self._listen()
                if not self._over():
                    self._step()
        except CancelledByVisitor:
            self._keep(final=True)
            raise
        return self._finished()

    # -- one step ---------------------------------------------------------------------------------

    def _step(self) -> None:
        at, plan = self._at, self._plan
        at.step += 1
        losses = self._learner.step(at.step)
        at.seconds = self._seconds_before + self._clock() - self._began
        if at.step == 1 or at.step % plan.point_every == 0:
            self._point({name: float(value) for name, value in losses.items()})
        now = self._clock()
        if now - self._told >= self._pause_between:
            self._tell(samples=True)
        self._emit(Progress(at.step, at.until or at.step, self._eta()))
        if now - self._kept >= max(KEEP_SECONDS, self._keeper.seconds / KEEP_SHARE):
            self._keep()

    def _point(self, losses: dict[str, float]) -> None:
        at = self._at
        if not at.first:
            at.first = losses
        if self._diverged(losses):
            self._break_off()
            return
        values = losses
        if at.step % self._plan.validate_every == 0:
            at.metrics = dict(self._learner.validate())
            values = losses | at.metrics
            self._judge(at.metrics["validation"])
            self._good = self._copied_state()
        self._fresh.append(self._curves.add(at.step, values))
        self._keeper.measured(at.step, values)

    def _judge(self, validation: float) -> None:
        """Early stopping: count the validations since the best one."""
        at = self._at
        if validation < at.best:
            at.best, at.best_step, at.waited = validation, at.step, 0
            return
        at.waited += 1
        if self._plan.patience and at.waited >= self._plan.patience:
            self._ending = "early_stop"
            self._notes = ("early_stop",)

    def _diverged(self, losses: Mapping[str, float]) -> bool:
        first = self._at.first
        return any(
            not math.isfinite(value) or abs(value) > BROKEN * max(1.0, abs(first.get(name, 1.0)))
            for name, value in losses.items()
        )

    def _break_off(self) -> None:
        """Numbers broke: back to the last good weights, and end."""
        self._learner.load(self._good)
        self._ending = "diverged"
        self._notes = ("diverged",)

    # -- limits and what a visitor says ---------------------------------------------------------------

    def _over(self) -> bool:
        at, plan = self._at, self._plan
        if at.until is not None and at.step >= at.until:
            self._ending = "steps"
        elif plan.seconds is not None and at.seconds - self._started_with >= plan.seconds:
            self._ending = "seconds"
        return self._ending is not None

    def _listen(self) -> None:
        for told in self._context.controls():
            self._hear(told)

    def _hear(self, told: RunControl) -> None:
        match told.action:
            case "finish":
                self._ending, self._notes = "finished", ("finished",)
            case "pause":
                self._tell(samples=True)
                self._keep(final=True)
                raise PausedByVisitor
            case "adjust":
                if told.learning_rate is not None:
                    self._at.learning_rate = told.learning_rate
                    self._learner.set_learning_rate(told.learning_rate)
                if told.more_steps is not None:
                    self._at.until = self._at.step + told.more_steps
                self._tell(samples=False)

    def _eta(self) -> float | None:
        at, plan = self._at, self._plan
        spent = at.seconds - self._started_with
        ends = [] if plan.seconds is None else [plan.seconds - spent]
        if at.until is not None and at.step:
            ends.append(at.seconds / at.step * (at.until - at.step))
        return max(0.0, min(ends)) if ends else None

    # -- telling and keeping --------------------------------------------------------------------------

    def _tell(self, *, samples: bool) -> None:
        """Tell how it stands; what that took decides when it is told again."""
        began = self._clock()
        at = self._at
        points, self._fresh = tuple(self._fresh), []
        last = self._curves.points[-1].values if self._curves.points else {}
        self._emit(
            Training(
                step=at.step,
                total=at.until,
                seconds=at.seconds,
                learning_rate=at.learning_rate,
                losses={name: last[name] for name in at.first if name in last},
                metrics=at.metrics,
                points=points,
                samples=self._learner.samples() if samples else None,
                patience=(at.waited, self._plan.patience) if self._plan.patience else None,
                notes=self._notes,
            )
        )
        self._told = self._clock()
        self._pause_between = max(TELL_SECONDS, (self._told - began) / TELL_SHARE)

    def _measures(self) -> dict[str, Any]:
        at = self._at
        last = self._curves.points[-1].values if self._curves.points else {}
        return {
            "steps": at.step,
            "seconds": round(at.seconds, 2),
            "learning_rate": at.learning_rate,
            "ended": self._ending or "stopped",
            "losses": {name: last[name] for name in at.first if name in last},
            "measures": at.metrics,
            "best_validation": at.best if math.isfinite(at.best) else None,
            "best_step": at.best_step,
        }

    def _keep(self, *, final: bool = False) -> None:
        """Write a checkpoint: the files as they are now, and all that is needed to go on."""
        if (self._at.step or final) and self._sound():
            standing = vars(self._at) | {"started_with": self._started_with}
            files = self._learner.files(self._measures())
            self._keeper.keep(self._learner.state(), standing, self._curves, files, self._measures())
        self._kept = self._clock()

    def _copied_state(self) -> dict[str, Any]:
        return {name: tensor.clone() for name, tensor in self._learner.state().items()}

    def _sound(self) -> bool:
        """Whether all numbers are numbers: nothing else may replace a good checkpoint."""
        sums = [tensor.sum() for tensor in self._learner.state().values() if tensor.is_floating_point()]
        return all(math.isfinite(float(one)) for one in sums)

    def _go_on_from(self, earlier: Snapshot) -> None:
        """Another run's end is this one's beginning: its steps and curves count on, its limits do not."""
        self._learner.load(earlier.tensors)
        self._curves = earlier.curves
        old = earlier.standing
        self._at.step, self._at.seconds = int(old["step"]), float(old["seconds"])
        self._at.first, self._at.metrics = dict(old["first"]), dict(old["metrics"])
        if self._plan.steps is not None:
            self._at.until = self._at.step + self._plan.steps
        self._fresh = list(earlier.curves.points)

    def _take_up(self, left: Snapshot) -> None:
        """An earlier attempt at this very run left a checkpoint."""
        self._learner.load(left.tensors)
        self._curves = left.curves
        known = {name: value for name, value in left.standing.items() if name in vars(self._at)}
        self._at = Standing(**known)
        self._fresh = list(left.curves.points)

    def _finished(self) -> tuple[Output, ...]:
        self._tell(samples=True)
        measures = self._measures()
        return self._keeper.outputs(
            self._learner.state(),
            vars(self._at) | {"started_with": self._started_with},
            self._curves,
            self._learner.files(measures),
            measures,
        )
