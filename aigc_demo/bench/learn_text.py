"""Learn's words: whether networks beat the trigram after the same two minutes, and how soon ShiGPT is tuned.

The networks train by time, the tuning by epochs. Seconds hold for an idle machine with two cores; each run
computes on one of them, as it does beside others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from aigc_demo import bench
from aigc_demo.tasks.train_text import TRAINERS
from aigc_demo.tasks.train_text.params import TrainTextParams
from aigc_demo.tasks.train_text.pipeline import TextTrainer
from aigc_demo.types import Training

SECONDS = 120.0
"""Of training, for each network."""
TUNED_WITHIN = 120.0


def figures() -> Iterator[bench.Figure]:
    """All figures."""
    for method in ("gpt", "lstm"):
        yield _beside_trigram(method)
    yield from _tuned()


def _trained(**values: object) -> list[Training]:
    """What a run told."""
    told: list[Training] = []

    def emit(event: object) -> None:
        if isinstance(event, Training):
            told.append(event)

    params = TrainTextParams.model_validate({"seed": 1, "patience": 0, **values})
    TextTrainer(tuner=TRAINERS[0].options["tuner"])(params, emit)
    return told


def _beside_trigram(method: str) -> bench.Figure:
    told = _trained(method=method, data="tang", seconds=SECONDS)
    last = told[-1]
    bits, counted = last.metrics["validation"], last.metrics["trigram"]
    note = f"{bits:.2f} bits a character over the trigram's {counted:.2f}, {last.step} steps, {SECONDS:.0f} s"
    return bench.at_most(f"learn.{method}.bits", bits / counted, 1.0, note)


def _tuned() -> Iterator[bench.Figure]:
    began = time.perf_counter()
    told = _trained(method="lora", data="frontier")
    seconds = time.perf_counter() - began
    last = told[-1]
    note = f"200 poems, five epochs ({last.step} steps), everything included"
    yield bench.Figure(
        "learn.lora.seconds",
        round(seconds, 1),
        TUNED_WITHIN,
        "seconds, at most",
        seconds <= TUNED_WITHIN,
        note,
    )
    bits, before = last.metrics["validation"], last.metrics["untuned"]
    note = f"{bits:.2f} bits a character of poems held back over {before:.2f} untuned"
    yield bench.at_most("learn.lora.bits", bits / before, 1.0, note)
