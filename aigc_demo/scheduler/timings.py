"""How long jobs take, from those that were measured: the base of every waiting time we show.

Knows models, seconds and lanes, nothing of jobs. Not thread-safe; the scheduler guards it with its lock.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aigc_demo.scheduler.slots import Slots

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


@dataclass(frozen=True)
class Work:
    """A job by its model and the seconds that it (still) takes; None where that is unknown."""

    model: str
    seconds: float | None


def starts(waiting: Sequence[Work], running: Iterable[Work], slots: Slots) -> list[float | None]:
    """When each waiting job starts, in seconds from now, if all are taken in order as there is room.

    Args:
        waiting: the jobs in the order of their turns.
        running: the jobs that are computed now.
        slots: what may be computed at once.

    Returns:
        A time for each waiting job; None where it depends on a job whose time is unknown.
    """
    begun: list[float | None] = [None] * len(waiting)
    lines: dict[str, deque[int]] = defaultdict(deque)  # positions in the line, by model
    for position, work in enumerate(waiting):
        lines[work.model].append(position)
    now, busy, ends = 0.0, Counter[str](), list[tuple[float, str]]()

    def begin(work: Work) -> None:
        busy[work.model] += 1
        if work.seconds is not None:  # else its room never becomes free, as far as we know
            heapq.heappush(ends, (now + work.seconds, work.model))

    for work in running:
        begin(work)
    while True:
        able = [line[0] for model, line in lines.items() if line and slots.has_room(model, busy)]
        if able:
            position = min(able)
            begun[position] = now
            begin(waiting[lines[waiting[position].model].popleft()])
        elif ends and any(lines.values()):
            now, model = heapq.heappop(ends)
            busy[model] -= 1
        else:
            return begun
