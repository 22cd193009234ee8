"""Composing: half a minute of music from wish to files, and tokens a second beside ``generate()``.

Both decode from the same header, without rules and taking the likeliest token: ours in the number format that
it chose, whose perplexity is within a per cent of float32's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aigc_demo import bench
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.tasks.music.models import FOLK
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.types import Output

TOKENS = 96
ROUNDS = 5
REQUEST = ScoreParams(style="reel", key="D", mode="major", bars=16, tempo=135, chords=True, bass=True, seed=1)


def figures() -> list[bench.Figure]:
    """Both figures, with one model loaded."""
    pool = ModelPool(Settings(memory_gb=4.0))
    with pool.lease(FOLK) as lease:
        return [whole_piece(lease.pipeline), against_generate(lease.pipeline)]


def whole_piece(pipeline: Any) -> bench.Figure:
    """Seconds for at least half a minute of music, warm: composed, played, engraved, written."""
    result: list[tuple[Output, ...]] = []

    def compose() -> None:
        result.append(pipeline(REQUEST, lambda _: None))

    compose()
    seconds = statistics.median(_seconds(compose) for _ in range(ROUNDS))
    meta = result[-1][0].meta
    note = f"{meta['seconds']} s of music, {meta['tokens']} tokens, three players, every file"
    figure = bench.at_most("music.compose", seconds, 3.0, note)
    return replace(figure, unit="seconds, at most")


def against_generate(pipeline: Any) -> bench.Figure:
    """Our decoding over transformers' own."""
    import torch

    from aigc_demo import decoding
    from aigc_demo.settings import ASSETS
    from aigc_demo.tasks.music import plan, tokens
    from aigc_demo.tasks.music.composer import from_folder

    model, prompt = from_folder(ASSETS / "models" / "folkgpt"), tokens.header_ids(plan.make(REQUEST).header)
    ids = torch.tensor([prompt])
    decoder = pipeline.composer.decoder

    def ours() -> list[int]:
        result = decoding.generate(decoder, prompt, decoding.Sampling(temperature=0.0), TOKENS, stop=())
        return [token for token in result if token is not None]

    def peer() -> list[int]:
        settings = {"do_sample": False, "max_new_tokens": TOKENS, "min_new_tokens": TOKENS}
        out = model.generate(ids, attention_mask=torch.ones_like(ids), pad_token_id=0, **settings)
        return [int(token) for token in out[0, len(prompt) :]]

    ours(), peer()
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(ROUNDS):
        times["ours"].append(_seconds(ours))
        times["peer"].append(_seconds(peer))
    speed = {name: TOKENS / statistics.median(seconds) for name, seconds in times.items()}
    note = (
        f"tokens/s in {decoder.network.form} over generate() in float32, {torch.get_num_threads()} "
        f"thread(s): {speed['ours']:.0f} over {speed['peer']:.0f}"
    )
    return bench.at_least("music.tokens", speed["ours"] / speed["peer"], 5.0, note)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
