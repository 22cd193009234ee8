"""How long jobs take, from those that were measured: the base of every waiting time we show.

Knows models and seconds, nothing of jobs. Not thread-safe; the scheduler guards it with its lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_WEIGHT = 0.3
"""Of the newest measurement in the moving average."""


class Timings:
    """A moving average of seconds per job, by model."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def add(self, model: str, seconds: float) -> None:
        """Learn from one finished job."""
        old = self._seconds.get(model, seconds)
        self._seconds[model] = old + _WEIGHT * (seconds - old)

    def of(self, model: str) -> float | None:
        """Seconds a job of this model takes; the mean of all models while it is unknown, else None."""
        if model in self._seconds:
            return self._seconds[model]
        return sum(self._seconds.values()) / len(self._seconds) if self._seconds else None

    def typical(self) -> float:
        """Seconds of a middling job; ten while nothing is known."""
        return self.of("") or 10.0


def starts(
    waiting: Sequence[float | None], running: Iterable[float | None], lanes: int
) -> list[float | None]:
    """When each waiting job starts, in seconds from now, if lanes take them in order.

    Args:
        waiting: expected seconds of each waiting job, in order; None where unknown.
        running: expected seconds left of each running job; None where unknown.
        lanes: jobs computed at once.

    Returns:
        A time for each waiting job; None from the first job on that depends on an unknown time.
    """
    left = list(running)
    if any(seconds is None for seconds in left):
        # One unknown running job only hides the lane it is in.
        lanes -= sum(seconds is None for seconds in left)
        left = [seconds for seconds in left if seconds is not None]
    if lanes <= 0:
        return [None] * len(waiting)
    free = sorted([float(s) for s in left if s is not None] + [0.0] * max(0, lanes - len(left)))
    begun: list[float | None] = []
    for seconds in waiting:
        if not free:
            begun.append(None)
            continue
        start = free.pop(0)
        begun.append(start)
        if seconds is not None:
            free = sorted([*free, start + seconds])
    return begun
