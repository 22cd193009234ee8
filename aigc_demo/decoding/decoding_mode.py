"""How a text is decoded, what that promises, who else was in its batch: metadata for the run card.

Knows decoders by what they say of themselves. The promises in words are
``ui.meta.lane.<mode>``; tests of the decoders hold them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aigc_demo.decoding.continuous_batcher import ContinuousBatcher
from aigc_demo.decoding.loop import Decoder

DecodingMode = Literal["shared", "turns", "alone", "gpu", "llama"]
"""``shared``: one step serves all. ``turns``: all are served, each step one. ``alone``: one at a time, by
the model's own forward. ``gpu``: the same where the order of sums is the device's. ``llama``: by llama.cpp.
"""


def decoding_mode_of(decoder: Decoder, device: str = "cpu") -> DecodingMode:
    """The mode of a decoder."""
    if isinstance(decoder, ContinuousBatcher):
        return "shared" if decoder.network.batches else "turns"
    return "alone" if device in ("cpu", "meta") else "gpu"


@dataclass(eq=False)
class Run:
    """One text being written; ``co_batched`` is the most others that were written at the same time."""

    co_batched: int = 0


class CoBatch:
    """Who writes with one pipeline right now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: set[Run] = set()

    @contextmanager
    def __call__(self) -> Iterator[Run]:
        """Be counted while inside."""
        run = Run()
        with self._lock:
            self._now.add(run)
            for other in self._now:
                other.co_batched = max(other.co_batched, len(self._now) - 1)
        try:
            yield run
        finally:
            with self._lock:
                self._now.discard(run)


def metadata(decoding_mode: DecodingMode, run: Run) -> dict[str, Any]:
    """What the run card shows."""
    return {"lane": decoding_mode, "company": run.co_batched}
