"""How many seconds of a borrowed GPU to ask for, from those that calls like this one have taken.

Knows models, settings that make a call longer, and seconds. Knows nothing of who lends the GPU.
What is asked for must still be left of the visitor's quota, so asking for much more than is used turns
visitors away; asking for less has the call ended in the middle.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from dataclasses import dataclass

from aigc_demo import catalog
from aigc_demo.types import ModelSpec, Params

SCALES = ("max_new_tokens", "num_inference_steps", "steps", "batch", "width", "height")
"""Parameters that a call's time grows with, in proportion."""
MARGIN = 1.1
ALIKE = 1.2
"""Calls whose work differs by no more than this factor are alike."""
LEAST_SHARE = 0.2
"""Of a call's time is what does not shrink with its work."""
KEPT = 8
"""Newest calls of a model that are remembered."""
START_SECONDS = 1.0
"""From the lending to the first step, until that was measured."""
MOST = 600


@dataclass(frozen=True)
class _Call:
    work: float
    seconds: float


def work(values: dict[str, object]) -> float:
    """How much there is to do, in a unit of the model's own."""
    product = 1.0
    for name in SCALES:
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            product *= value
    return product


class GpuSeconds:
    """Measured calls by model, and what they foretell. Callable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, deque[_Call]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._starts: dict[str, float] = {}

    def started(self, model_id: str, seconds: float) -> None:
        """A fresh process was ready so long after it was asked for; waiting for a GPU may be among that."""
        with self._lock:
            self._starts[model_id] = min(seconds, self._starts.get(model_id, seconds))

    def took(self, model_id: str, params: Params, seconds: float) -> None:
        """Learn from one call how long it computed."""
        with self._lock:
            self._calls[model_id].append(_Call(work(params.model_dump()), seconds))

    def ask(self, spec: ModelSpec, params: Params) -> int:
        """Whole seconds to ask for: what this is expected to take, and a little more."""
        wanted = work(params.model_dump())
        with self._lock:
            start = self._starts.get(spec.id, START_SECONDS)
            calls = list(self._calls[spec.id])
        if calls:
            expected = start + _foretold(calls, wanted)
        else:
            expected = _scaled(spec.gpu_seconds, wanted / work(catalog.default_params(spec)))
        return max(1, min(MOST, math.ceil(expected * MARGIN)))


def _foretold(calls: list[_Call], wanted: float) -> float:
    """The longest of the calls that were alike, else the nearest of the others, scaled."""
    alike = [call.seconds for call in calls if max(call.work / wanted, wanted / call.work) <= ALIKE]
    if alike:
        return max(alike)
    nearest = min(reversed(calls), key=lambda call: abs(math.log(call.work / wanted)))
    return _scaled(nearest.seconds, wanted / nearest.work)


def _scaled(seconds: float, ratio: float) -> float:
    """What takes so long, with so many times the work."""
    return seconds * (ratio if ratio >= 1.0 else LEAST_SHARE + (1.0 - LEAST_SHARE) * ratio)
