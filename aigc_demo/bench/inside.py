"""How long a look inside an answer takes, its model loaded: a figure of Learn's.

Seconds hold for an idle machine with two cores.
"""

from __future__ import annotations

import statistics
import time

from aigc_demo import bench
from aigc_demo.engine.explaining import explained
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.models import SMOLLM2_135M
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Request, StoredItem, StoredOutput

TOKENS, ROUNDS, LIMIT = 60, 5, 2.0


def figure() -> bench.Figure:
    """Alternatives, surprise and attention of every token of an answer, as the file that is kept."""
    with ModelPool(Settings()).lease(SMOLLM2_135M) as lease:
        prompt = "Write a short story about a cat who opens a library"
        params = ChatParams(prompt=prompt, max_new_tokens=TOKENS, temperature=0.3, seed=7)
        (answer,) = lease.pipeline(params, lambda event: None)
        stored = StoredOutput("text", answer.name, answer.media_type, 0, answer.text, answer.meta)
        request = Request("text", SMOLLM2_135M.id, params, "bench", item=StoredItem((stored,)))
        seconds, size = [], 0
        for _ in range(ROUNDS):
            began = time.perf_counter()
            (output,) = explained(SMOLLM2_135M, lease.pipeline, request, lambda event: None)
            seconds.append(time.perf_counter() - began)
            size = len(output.data or b"")
    median = statistics.median(seconds)
    note = f"look inside {answer.meta['tokens']} tokens of {SMOLLM2_135M.name}, {size / 1000:.0f} kB of it"
    return bench.Figure("learn.inside", round(median, 2), LIMIT, "seconds, at most", median <= LIMIT, note)
