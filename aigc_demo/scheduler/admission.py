"""Who may join the line: so many jobs a visitor, so many of all, and never only people nobody knows.

Knows counts. Knows nothing of turns, nor of how a visitor is recognised.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aigc_demo.scheduler import Scheduler
from aigc_demo.types import UserError

NEWCOMERS_SHARE = 0.75
"""Part of the line for newcomers. A program that never sends its cookie back is a new one each time."""


class Admission:
    """Admits wishes to a scheduler's line. Callable from any thread.

    Args:
        scheduler: whose line.
        per_visitor: jobs of one visitor that may wait at once.
        total: jobs that may wait at once.
    """

    def __init__(self, scheduler: Scheduler, *, per_visitor: int, total: int) -> None:
        self._scheduler = scheduler
        self._per_visitor = per_visitor
        self._total = total
        self._for_newcomers = max(1, int(total * NEWCOMERS_SHARE))
        self._lock = threading.Lock()
        self._arriving: Counter[str] = Counter()
        self._newcomers_arriving = 0

    @contextmanager
    def place(self, owner: str, *, newcomer: bool) -> Iterator[None]:
        """Hold a place between the count and the line, so that simultaneous wishes can't pass a cap.

        Raises:
            UserError: 429 too many of this visitor's own, 503 the line is full, for newcomers or for all.
        """
        with self._lock:
            self._refuse_too_many(owner)
            self._refuse_if_full(newcomer)
            self._arriving[owner] += 1
            self._newcomers_arriving += newcomer
        try:
            yield
        finally:
            with self._lock:
                self._newcomers_arriving -= newcomer
                self._arriving[owner] -= 1
                self._arriving += Counter()  # drops the zeros

    def _refuse_too_many(self, owner: str) -> None:
        own = self._scheduler.counts(owner)[0] + self._arriving[owner]
        if own >= self._per_visitor:
            seconds = self._scheduler.wait_estimate() * own
            raise UserError(
                "too_many_waiting",
                "error.too_many_waiting",
                status=429,
                count=own,
                retry_after=max(1, round(seconds)),
            )

    def _refuse_if_full(self, newcomer: bool) -> None:
        waiting = self._scheduler.counts()[0] + self._arriving.total()
        if waiting >= self._total:
            seconds = self._scheduler.wait_estimate() * waiting
            raise UserError(
                "queue_full",
                "error.queue_full",
                status=503,
                count=waiting,
                minutes=max(1, round(seconds / 60)),
                retry_after=max(1, round(seconds)),
            )
        newcomers = self._scheduler.newcomers() + self._newcomers_arriving
        if newcomer and newcomers >= self._for_newcomers:
            raise UserError(
                "queue_full", "error.queue_full_for_newcomers", status=503, count=newcomers, retry_after=1
            )
