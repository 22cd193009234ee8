"""A training run while it goes: what it tells, what it may be told, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aigc_demo.types.jobs import Output


@dataclass(frozen=True)
class CurvePoint:
    """Losses and metrics by name at one step; a metric that was not measured there is missing."""

    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Training:
    """How a training stands after ``step`` of ``total`` steps (None where only time or validation ends it).

    ``seconds`` are those spent training, over every sitting. ``points`` are those of the curves since the
    event before. ``samples`` is what it draws or writes now, from noise that stays the same; None where it
    was not looked at since. ``patience`` is how many of the checks without progress have passed and how many
    may. ``notes`` are keys of sentences on what happened ("diverged").
    """

    step: int
    total: int | None
    seconds: float
    learning_rate: float
    losses: Mapping[str, float]
    metrics: Mapping[str, float] = field(default_factory=dict)
    points: tuple[CurvePoint, ...] = ()
    samples: Output | None = None
    patience: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    def after(self, earlier: Training) -> Training:
        """The same for whoever missed ``earlier``: with its points, and its samples if there are no newer."""
        return replace(
            self,
            points=(*earlier.points, *self.points),
            samples=self.samples if self.samples is not None else earlier.samples,
        )


@dataclass(frozen=True)
class RunControl:
    """What a visitor tells a training that runs.

    ``pause`` lays it aside, its state kept and its slot free, until ``continue``. ``finish`` ends it with
    what it has. ``adjust`` changes its learning rate, or how many more steps it takes from here.
    """

    action: Literal["pause", "continue", "finish", "adjust"]
    learning_rate: float | None = None
    more_steps: int | None = None


@dataclass(frozen=True)
class RunContext:
    """What a training is given besides its parameters.

    ``folder`` is the job's own until it has ended: a run that begins there finds what an earlier attempt
    left. Without one nothing is kept. ``controls`` answers what the visitor told since it was asked last.
    ``give_way`` is called between steps and comes back when the machine can spare one.
    """

    folder: Path | None = None
    controls: Callable[[], Sequence[RunControl]] = tuple
    give_way: Callable[[], None] = lambda: None


class PausedByVisitor(Exception):
    """Raised by a training that was told to pause, once its state lies in its folder."""
