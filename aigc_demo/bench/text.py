"""Text: SmolLM2 by our shared decoder, beside transformers' ``generate()`` and llama.cpp.

All take the likeliest token of the same prompts; ours and a peer take turns, and the median of the ratios
counts. The eight prompts begin alike, and ours reads such a beginning once for all; nothing is kept from
round to round. Beside the speeds stands what they cost in quality: perplexity on a fixed text over that of
float32. Company is measured too: eight at once must advance alike, and write what each writes alone.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from aigc_demo import bench
from aigc_demo.bench import text_peer
from aigc_demo.engine import devices, sources
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import ROOT, Settings
from aigc_demo.tasks.text.models import SMOLLM2_135M
from aigc_demo.tasks.text.params import ChatParams

THINGS = ("sky", "sea", "grass", "sun", "moon", "night", "snow", "rain")
PROMPTS = [f"Explain to a ten-year-old why the {thing} looks as it does" for thing in THINGS]
TOKENS = 64
ROUNDS = 5
_MEMORY = (
    "import sys; sys.path.insert(0, sys.argv[1]); from aigc_demo.bench.text import memory_in_use; "
    "print(memory_in_use())"
)


def main() -> None:
    """Measure and tell."""
    pool = ModelPool(Settings(memory_gb=4.0))
    with pool.lease(SMOLLM2_135M) as lease:
        ours = _Ours(lease.pipeline)
        figures = [_over_generate(ours), *_over_llama(ours), *_co_batch(ours), _first(ours)]
    bench.tell([*figures, _memory()])


class _Ours:
    """Our decoder, and what is said beside each of its speeds."""

    def __init__(self, pipeline: Any) -> None:
        from aigc_demo.decoding import format_selection
        from aigc_demo.tasks.text import causal

        self.pipeline = pipeline
        self.prompts = [pipeline.chat.encode("", prompt) for prompt in PROMPTS]
        self.threads = devices.threads(Settings())
        probe = pipeline.chat.encode("", "", causal.PROBE.read_text("utf-8"))[len(self.prompts[0]) :]
        quality = f"perplexity {format_selection.perplexity(pipeline.decoder.network, probe):.3f}"
        self.note = f"{pipeline.number_format}, {quality}, {self.threads} thread(s)"

    def __call__(self, number: int, tokens: int = TOKENS, batch: Any = None) -> list[int]:
        """Answer one prompt; unless given, the batch is fresh and cannot guess what it said before."""
        from aigc_demo import decoding

        batch = batch or decoding.ContinuousBatcher(self.pipeline.decoder.network, 8)
        how = decoding.Sampling(temperature=0.0)
        result = decoding.generate(batch, self.prompts[number], how, tokens, stop=())
        return [token for token in result if token is not None]

    def together(self) -> tuple[list[list[int]], list[float]]:
        """What eight write at once, and the seconds that each took."""
        from aigc_demo import decoding

        batch = decoding.ContinuousBatcher(self.pipeline.decoder.network, 8)
        results: list[list[int]] = [[] for _ in PROMPTS]
        seconds = [0.0 for _ in PROMPTS]

        def one(number: int) -> None:
            began = time.perf_counter()
            results[number] = self(number, TOKENS, batch)
            seconds[number] = time.perf_counter() - began

        threads = [threading.Thread(target=one, args=(number,)) for number in range(len(PROMPTS))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results, seconds


def _over_generate(ours: _Ours) -> bench.Figure:
    import torch
    from transformers import AutoModelForCausalLM

    from aigc_demo.tasks.text import convert

    shipped = sources.fetch(SMOLLM2_135M, Settings(), lambda done, total: None)
    with tempfile.TemporaryDirectory() as room:
        folder = convert.llama_folder(shipped, Path(room) / "model", lambda done, total: None)
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).eval()
    ids = torch.tensor([ours.prompts[0]])

    def peer() -> None:
        settings = {"do_sample": False, "max_new_tokens": TOKENS, "min_new_tokens": TOKENS}
        model.generate(ids, attention_mask=torch.ones_like(ids), pad_token_id=0, **settings)

    quick, slow, ratio = _alternated(lambda: ours(0), peer)
    note = f"tokens/s over generate() in float32: {_speed(quick)} over {_speed(slow)}; {ours.note}"
    return bench.at_least("text.one", ratio, 5.0, note)


def _over_llama(ours: _Ours) -> list[bench.Figure]:
    if not text_peer.installed():
        return []
    spec = SMOLLM2_135M
    shipped = sources.fetch(spec, Settings(), lambda done, total: None)
    frame = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    prompts = [frame.format(prompt) for prompt in PROMPTS]
    single = text_peer.Peer(shipped, 1, ours.threads)
    quick, slow, ratio = _alternated(lambda: ours(0), lambda: single(prompts[:1], TOKENS))
    note = f"tokens/s over xllamacpp on the shipped Q4_1: {_speed(quick)} over {_speed(slow)}; {ours.note}"
    figures = [bench.at_least("text.one.llama", ratio, 1.0, note)]
    with tempfile.TemporaryDirectory() as folder:
        eight = text_peer.Peer(text_peer.in_q4_0(shipped, Path(folder) / "q4_0.gguf"), 8, ours.threads)
        quick, slow, ratio = _alternated(ours.together, lambda: eight(prompts, TOKENS))
    note = f"eight together over xllamacpp's eight slots on Q4_0: {_speed(quick, 8)} over {_speed(slow, 8)}"
    return [*figures, bench.at_least("text.eight.llama", ratio, 2.0, f"{note} tokens/s; {ours.note}")]


def _co_batch(ours: _Ours) -> list[bench.Figure]:
    """Whether eight at once advance alike (Jain's index of their speeds) and write the same as alone."""
    alone = [ours(number) for number in range(len(PROMPTS))]
    results, seconds = ours.together()
    speeds = [TOKENS / taken for taken in seconds]
    fair = sum(speeds) ** 2 / len(speeds) / sum(speed * speed for speed in speeds)
    same = sum(a == b for a, b in zip(alone, results, strict=True))
    return [
        bench.at_least("text.fair", fair, 0.98, "Jain's index of the speeds of eight at once"),
        bench.at_least("text.same", same / len(alone), 1.0, "of eight answers in company, the same as alone"),
    ]


def _first(ours: _Ours) -> bench.Figure:
    times = [_seconds(partial(ours, number % 8, 1)) for number in range(2 * ROUNDS)]
    middle = statistics.median(times)
    note = f"until the first token, the model loaded, {len(ours.prompts[0])} tokens of prompt; {ours.note}"
    return bench.Figure("text.first", round(middle, 3), 0.3, "seconds, at most", middle <= 0.3, note)


def _memory() -> bench.Figure:
    command = [sys.executable, "-c", _MEMORY, str(ROOT)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    used = int(done.stdout.split()[-1])
    note = "RSS of a process that holds SmolLM2 and has answered once"
    return bench.Figure("text.memory", used, 500, "MB, at most", used <= 500, note)


def memory_in_use() -> int:
    """Load the model in this process, answer once, and tell its RSS in megabytes."""
    from aigc_demo.engine import memory

    pool = ModelPool(Settings(memory_gb=4.0))
    with pool.lease(SMOLLM2_135M) as lease:
        params = ChatParams(prompt=PROMPTS[0], max_new_tokens=16, seed=1)
        lease.pipeline(params, lambda event: None)
        return round(memory.rss() / 1e6)


def _alternated(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float, float]:
    """Median seconds of both, taking turns, and the median of the ratios; the first round is not counted."""
    times = [(_seconds(ours), _seconds(peer)) for _ in range(ROUNDS + 1)][1:]
    quick, slow = (statistics.median(side) for side in zip(*times, strict=True))
    return quick, slow, statistics.median(theirs / mine for mine, theirs in times)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _speed(seconds: float, streams: int = 1) -> str:
    return f"{streams * TOKENS / seconds:.1f}"
