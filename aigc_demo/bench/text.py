"""Text: our decoding loop against transformers' ``generate()``, float32, the same weights and prompt."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from aigc_demo import bench, catalog
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings

PROMPT = "Explain to a ten-year-old why the sky is blue"
TOKENS = 32
ROUNDS = 5


def main() -> None:
    """Measure and tell."""
    pool = ModelPool(Settings(memory_gb=4.0))
    with pool.lease(catalog.model("smollm2-135m")) as lease:
        bench.tell([_compare(lease.pipeline)])


def _compare(pipeline: Any) -> bench.Figure:
    """Alternate the two for a few rounds and compare their medians; both take the likeliest token."""
    import torch

    from aigc_demo import decoding

    model, prompt = pipeline.model, pipeline.chat.encode("", PROMPT)
    ids = torch.tensor([prompt])

    def ours() -> list[int]:
        how = decoding.Sampling(temperature=0.0)
        made = decoding.generate(pipeline.decoder, prompt, how, TOKENS, stop=())
        return [token for token in made if token is not None]

    def peer() -> list[int]:
        mask = torch.ones_like(ids)
        settings = {"do_sample": False, "max_new_tokens": TOKENS, "min_new_tokens": TOKENS}
        out = model.generate(ids, attention_mask=mask, pad_token_id=0, **settings)
        return [int(token) for token in out[0, len(prompt) :]]

    agree = ours() == peer()
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(ROUNDS):
        times["ours"].append(_seconds(ours))
        times["peer"].append(_seconds(peer))
    speed = {name: TOKENS / statistics.median(seconds) for name, seconds in times.items()}
    note = (
        f"tokens/s over generate(), float32, {torch.get_num_threads()} thread(s), {TOKENS} tokens: "
        f"{speed['ours']:.1f} over {speed['peer']:.1f}; {'the same' if agree else 'OTHER'} tokens"
    )
    return bench.at_least("text", speed["ours"] / speed["peer"], 1.0, note)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
