"""The applications' understanding of language: how quickly passages are found, heads learnt, texts judged.

Seconds hold for an idle machine with two cores. Vectors that only have to be many are drawn, not read.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from aigc_demo import bench
from aigc_demo.engine.pool import ModelPool
from aigc_demo.language import linear_head
from aigc_demo.language.network import Floats
from aigc_demo.language.retrieval import PassageIndex
from aigc_demo.settings import Settings
from aigc_demo.tasks.apps import MONITOR, templates
from aigc_demo.tasks.apps.params import MonitorParams

PASSAGES, TEXTS, WIDTH = 10_000, 20_000, 384
ROUNDS = 20


def main() -> None:
    """Measure and tell."""
    bench.tell([_retrieval(), _head(), _monitor()])


def _retrieval() -> bench.Figure:
    """A query by vector and by words among ten thousand passages, its own vector not counted."""
    vectors = _drawn(PASSAGES)
    said = [one.text for one in templates.examples(held_out=False)]
    index = PassageIndex([f"{said[at % len(said)]} {at}" for at in range(PASSAGES)], vectors)
    index.search(said[0], vectors[0])
    found = [_seconds(partial(index.search, said[at], vectors[at])) for at in range(ROUNDS)]
    return _at_most("apps.retrieval", 1000 * statistics.median(found), 20, "ms", f"{PASSAGES} passages")


def _head() -> bench.Figure:
    labels = [("negative", "neutral", "positive")[at % 3] for at in range(TEXTS)]
    vectors = _drawn(TEXTS)
    seconds = _seconds(lambda: linear_head.train(vectors, labels))
    return _at_most("apps.head", seconds, 5, "s", f"a head of three classes on {TEXTS} texts that are read")


def _monitor() -> bench.Figure:
    """Texts a second, read, judged, watched and reported; none of them was read before."""
    said = "\n".join(
        f"{one.text} ({at})" for at, one in enumerate(templates.stream("en", surge=True, count=120))
    )
    with ModelPool(Settings(memory_gb=4.0)).lease(MONITOR) as lease:
        lease.pipeline(MonitorParams(texts="The bank is open.", stream="none"), lambda event: None)
        params = MonitorParams(texts=said, stream="none")
        seconds = _seconds(lambda: lease.pipeline(params, lambda event: None))
    value = len(said.splitlines()) / seconds
    note = "texts a second, read and judged by the monitor"
    return bench.Figure("apps.monitor", round(value, 1), 20, "texts/s, at least", value >= 20, note)


def _drawn(count: int) -> Floats:
    """Unit vectors (count, width) of no meaning."""
    found = np.random.default_rng(1).normal(size=(count, WIDTH)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _at_most(name: str, value: float, limit: float, unit: str, note: str) -> bench.Figure:
    return bench.Figure(name, round(value, 2), limit, f"{unit}, at most", value <= limit, note)
