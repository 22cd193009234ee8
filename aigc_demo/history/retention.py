"""Retention's caution: most of a store goes only when a second look, an hour later, still says so.

Knows that a clock may jump: a machine that wakes up in the wrong year would find everything outlived. The
hour is measured by the process's own clock, which does not jump. Knows nothing of tables.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SECOND_LOOK_SECONDS = 3600.0


class Caution:
    """Says whether items that are past their days may go. Asked at every round of the upkeep."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds and never jumps."""
        self._clock = clock
        self._doubted: float | None = None

    def allows(self, due: int, kept: int) -> bool:
        """Whether ``due`` of the ``kept`` items may be removed now.

        More than half is put off at the first look and allowed when it is so an hour later; a look that
        finds less in between (the clock was put right) begins anew.
        """
        if 2 * due <= kept:
            self._doubted = None
            return True
        now = self._clock()
        if self._doubted is None:
            self._doubted = now
            log.warning(
                "%d of %d items are past their days: that is most of the history, so they stay for an hour"
                " and are looked at again. If this surprises you, check the clock and AIGC_RETENTION_DAYS.",
                due,
                kept,
            )
        if now - self._doubted < SECOND_LOOK_SECONDS:
            return False
        self._doubted = None
        log.warning("%d of %d items were still past their days at the second look: they go", due, kept)
        return True
