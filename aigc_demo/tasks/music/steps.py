"""Progress in bars, and the score so far after each. Knows events, not models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from aigc_demo.tasks.music.score import Score, to_json
from aigc_demo.types import Emit, Output, Partial, Progress

SCORE_TYPE = "application/json"


class Bars:
    """Turns finished bars into progress with a time of arrival, and into partial scores.

    Args:
        emit: takes the events; raises when the visitor has cancelled.
        total: how many bars there will be.
        had: how many there are already.
    """

    def __init__(self, emit: Emit, total: int, had: int = 0) -> None:
        self._emit, self._total, self._had, self._done = emit, total, had, had
        self._began = time.perf_counter()
        emit(Progress(had, total))

    def at(self, done: int, score: Callable[[], Score]) -> None:
        """``done`` bars are complete; ``score`` is asked for only when that is news."""
        eta = None
        if done > self._had:
            eta = (time.perf_counter() - self._began) / (done - self._had) * (self._total - done)
        self._emit(Progress(done, self._total, eta))
        if done != self._done:
            self._done = done
            text = json.dumps(to_json(score()), ensure_ascii=False, separators=(",", ":"))
            self._emit(Partial(Output("file", "score.json", SCORE_TYPE, text=text)))
