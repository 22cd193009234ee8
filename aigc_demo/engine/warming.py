"""Loading models ahead of the first request: which ones, and how often it may be asked.

Knows an engine, what is on disk and what fits this machine. Knows nothing of who looks at which tab.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from aigc_demo.engine import Engine
from aigc_demo.engine.devices import fits
from aigc_demo.engine.sources import installed
from aigc_demo.settings import Settings
from aigc_demo.types import ModelSpec

INTERVAL = 20.0
"""Seconds for which a model that was asked for ahead is not asked for again."""


class Warming:
    """Hints to an engine, however many visitors give them.

    Args:
        engine: gets the hints.
        settings: with debug models among them nothing is loaded ahead: tests must not wait for torch.
        clock: monotonic seconds.
    """

    def __init__(
        self, engine: Engine, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._settings, self._clock = engine, settings, clock
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}

    def __call__(self, spec: ModelSpec) -> bool:
        """Whether a model is, or may soon be, loaded: its files are here and it fits this machine."""
        if self._settings.debug_models or fits(spec, self._settings) or not installed(spec, self._settings):
            return False
        if spec.id not in self._engine.loaded() and self._is_due(spec.id):
            self._engine.warm(spec.id)
        return True

    def _is_due(self, model_id: str) -> bool:
        with self._lock:
            now = self._clock()
            due = now - self._asked.get(model_id, -INTERVAL) >= INTERVAL
            if due:
                self._asked[model_id] = now
            return due
