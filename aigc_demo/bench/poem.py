"""Poems: how long a visitor waits for a quatrain, everything included but the loading."""

from __future__ import annotations

import statistics
import time

from aigc_demo import bench
from aigc_demo.engine import devices
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.tasks.poems.models import SHIGPT
from aigc_demo.tasks.poems.params import PoemParams

ROUNDS = 7
LIMIT = 0.5
"""Seconds that a quatrain of seven characters a line may take."""


def main() -> None:
    """Measure and tell."""
    bench.tell(figures())


def figures() -> list[bench.Figure]:
    """The quatrain's figure; seconds hold for an idle machine with two cores."""
    with ModelPool(Settings()).lease(SHIGPT) as lease:
        found = []
        for seed in range(ROUNDS):
            params = PoemParams(form="七绝", prompt="秋夜", seed=seed)
            began = time.perf_counter()
            lease.pipeline(params, lambda event: None)
            found.append(time.perf_counter() - began)
    median = statistics.median(found)
    note = f"a 七绝 with its report, {devices.threads(Settings())} threads, median of {ROUNDS}"
    unit = "seconds, at most"
    return [bench.Figure("text.quatrain", round(median, 3), LIMIT, unit, median <= LIMIT, note)]
