"""Writing: what several drafts with their judge cost over one, and what an outline's masks cost over none.

Both are ratios of the same work in turns; the outline is timed by the token, one stream, without guesses, its
masks worked out before, as they are from the second text on.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from aigc_demo import bench, decoding
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.answer import sampling
from aigc_demo.tasks.text.models import SMOLLM2_135M
from aigc_demo.tasks.text.params import DraftedParams

PROMPTS = ("A cat who opens a library", "Why the sky is blue", "A slogan for a cat cafe")
TOKENS = 96
ROUNDS = 4


def main() -> None:
    """Measure and tell."""
    with ModelPool(Settings(memory_gb=4.0)).lease(SMOLLM2_135M) as lease:
        bench.tell([_drafts(lease.pipeline), _outline(lease.pipeline)])


def asked(prompt: str, **more: Any) -> DraftedParams:
    """A request as the page sends it, of a length that both sides have."""
    usual = {**SMOLLM2_135M.defaults, "prompt": prompt, "seed": 3, "max_new_tokens": TOKENS}
    return DraftedParams(**{**usual, **more})


def _drafts(pipeline: Any) -> bench.Figure:
    """By the token of the longest draft: drafts end where they like.

    The batch is fresh each time, so that nothing is guessed from a text that was written before.
    """

    def seconds(prompt: str, count: int) -> float:
        pipeline.decoder = decoding.ContinuousBatcher(pipeline.decoder.network, SMOLLM2_135M.concurrency)
        began = time.perf_counter()
        (made,) = pipeline(asked(prompt, drafts=count), lambda event: None)
        told = made.meta.get("drafts", [made.meta])
        longest = max(
            len(pipeline.chat.tokens(one["text"])) if "text" in one else one["tokens"] for one in told
        )
        return (time.perf_counter() - began) / max(1, longest)

    seconds(PROMPTS[0], 3)  # the judge's encoder is read when it is first needed
    ratios = [seconds(prompt, 3) / seconds(prompt, 1) for _ in range(ROUNDS) for prompt in PROMPTS]
    note = "seconds by the token of the longest of three drafts, judged, over those of one"
    return bench.at_most("writing.drafts", statistics.median(ratios), 2.0, note)


def _outline(pipeline: Any) -> bench.Figure:
    def seconds(prompt: str, outline: str) -> float:
        params = asked(prompt, outline=outline)
        rules, _ = pipeline.outlines(outline)
        batch = decoding.ContinuousBatcher(pipeline.decoder.network, 1, speculate=False)
        ids = pipeline.encode(params)
        written = decoding.generate(batch, ids, sampling(params), TOKENS, (), rules())
        next(token for token in written if token is not None)
        began = time.perf_counter()
        count = sum(1 for token in written if token is not None)
        return (time.perf_counter() - began) / count

    seconds(PROMPTS[0], "story")
    ratios = [seconds(prompt, "story") / seconds(prompt, "free") for _ in range(ROUNDS) for prompt in PROMPTS]
    note = "seconds by the token of a story in three parts over those of a free text, one stream"
    return bench.at_most("writing.outline", statistics.median(ratios), 1.1, note)
