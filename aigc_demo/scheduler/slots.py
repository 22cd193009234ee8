"""How much is computed at once, and of which models: the one rule that taking a job and foreseeing it share.

Knows models by id and how many jobs of each run. Knows nothing of turns, time or threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Slots:
    """Lanes of compute.

    Args:
        count: jobs computed at once; jobs of one model that shares count as one.
        concurrency: how many jobs one model takes at once, by model id.
        shares: whether a model computes its jobs together, by model id.
        trains: whether a model trains, by model id: as many of these as there are slots compute beside them,
            and give way to them.
        lent: whether a model computes on a GPU that is lent for each call, by model id: beside the slots too.
    """

    count: int
    concurrency: Callable[[str], int]
    batches: Callable[[str], bool]
    trains: Callable[[str], bool] = lambda model: False
    lent: Callable[[str], bool] = lambda model: False

    def joins(self, model: str, running: Counter[str]) -> bool:
        """Whether a job would be taken into the company of one that runs, and need no lane of its own."""
        return running[model] > 0 and self.batches(model)

    def has_room(self, model: str, running: Counter[str]) -> bool:
        """Whether a job of this model may start beside those that run."""
        if running[model] >= self.concurrency(model):
            return False
        if self.trains(model):
            return sum(number for other, number in running.items() if self.trains(other)) < self.count
        return self.lent(model) or self.joins(model, running) or self.used(running) < self.count

    def used(self, running: Counter[str]) -> int:
        """Slots that are taken."""
        return sum(
            1 if self.batches(model) else number
            for model, number in running.items()
            if number and not self.trains(model) and not self.lent(model)
        )
