"""SmolLM2 from the disk to its first token beside llama.cpp, and one stream by one thread and by two.

Both peers read the same GGUF file with the same number of threads, in this process, and take turns. Two
threads can only be quicker as far as memory gives them more to read: what it gives to one and to two stands
in the note.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from aigc_demo import bench, catalog, decoding
from aigc_demo.bench import text_peer
from aigc_demo.decoding.native import NativeModel
from aigc_demo.engine import sources
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings

PROMPT = "Explain to a ten-year-old why the sky is blue"
FRAME = f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n"
ROUNDS, TOKENS = 5, 96
LARGE = 1 << 28
"""Bytes that are in no cache."""


def figures(cache: Path) -> list[bench.Figure]:
    """Both figures; the peer's only where it is installed."""
    settings = Settings(cache_dir=cache, memory_gb=4.0)
    return [*_load(settings), *_threads(settings)]


def _load(settings: Settings) -> list[bench.Figure]:
    if not text_peer.installed():
        return []
    spec = catalog.of(settings).model("smollm2-135m")
    file = sources.fetch(spec, settings, lambda done, total: None)
    params = spec.params(**{**catalog.default_params(spec), "prompt": PROMPT, "max_new_tokens": 1, "seed": 1})

    def ours() -> None:
        pool = ModelPool(settings)
        with pool.lease(spec) as lease:
            lease.pipeline(params, lambda event: None)
        pool.close()

    def peer() -> None:
        text_peer.Peer(file, 1, 1)([FRAME], 1)

    times = [(_seconds(ours), _seconds(peer)) for _ in range(ROUNDS + 1)][1:]
    mine, theirs = (statistics.median(side) for side in zip(*times, strict=True))
    note = f"loading and first token over llama.cpp's, one thread, one file: {mine:.2f} over {theirs:.2f} s"
    return [bench.at_most("start.load", mine / theirs, 1.5, note)]


def _threads(settings: Settings) -> list[bench.Figure]:
    spec = catalog.of(settings).model("smollm2-135m")
    count = [1]
    with ModelPool(settings).lease(spec) as lease:
        decoder: Any = lease.pipeline.decoder  # type: ignore[attr-defined]
        if not isinstance(decoder.network, NativeModel):
            return []
        decoder.network.threads = lambda: count[0]
        prompt = lease.pipeline.chat.encode("", PROMPT)  # type: ignore[attr-defined]

        def speed(threads: int) -> float:
            count[0] = threads
            return _speed(decoder.network, prompt)

        speed(1)
        pairs = [(speed(2), speed(1)) for _ in range(ROUNDS)]
    two, one = (statistics.median(side) for side in zip(*pairs, strict=True))
    wide, narrow = _bandwidth(2), _bandwidth(1)
    note = (
        f"tokens/s of one stream by two threads over one: {two:.0f} over {one:.0f}; "
        f"memory gives {wide:.0f} over {narrow:.0f} GB/s"
    )
    ratio = statistics.median(both / alone for both, alone in pairs)
    return [bench.at_least("start.threads", ratio, min(1.5, 0.9 * wide / narrow), note)]


def _speed(network: NativeModel, prompt: list[int]) -> float:
    """Tokens a second after the first one, of one stream that nothing is guessed for."""
    batch = decoding.ContinuousBatcher(network, 1, speculate=False)
    came = [
        time.perf_counter()
        for token in decoding.generate(batch, prompt, decoding.Sampling(temperature=0.0), TOKENS, stop=())
        if token is not None
    ]
    return (len(came) - 1) / (came[-1] - came[0])


def _bandwidth(threads: int) -> float:
    """Gigabytes a second that so many threads read together."""
    parts = np.ones(LARGE // 8, np.int64).reshape(threads, -1)
    with ThreadPoolExecutor(threads) as pool:
        seconds = min(_seconds(lambda: list(pool.map(np.max, parts))) for _ in range(ROUNDS))
    return LARGE / seconds / 1e9


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
