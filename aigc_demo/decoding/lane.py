"""In which lane a text is written, what that promises, and who else wrote meanwhile: facts for the run card.

Knows decoders by what they say of themselves. The promises in words are ``ui.meta.lane.<lane>``; tests of the
decoders hold them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aigc_demo.decoding.batch import Batch
from aigc_demo.decoding.loop import Decoder

Lane = Literal["shared", "turns", "alone", "gpu", "llama"]
"""``shared``: one step serves all. ``turns``: all are served, each step one. ``alone``: one text at a time by
the model's own forward. ``gpu``: the same where the order of sums is the device's. ``llama``: by llama.cpp.
"""


def lane_of(decoder: Decoder, device: str = "cpu") -> Lane:
    """The lane that a decoder is."""
    if isinstance(decoder, Batch):
        return "shared" if decoder.network.shares else "turns"
    return "alone" if device in ("cpu", "meta") else "gpu"


@dataclass(eq=False)
class Run:
    """One text being written; ``company`` is the most others that were written at any one time meanwhile."""

    company: int = 0


class Company:
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
                other.company = max(other.company, len(self._now) - 1)
        try:
            yield run
        finally:
            with self._lock:
                self._now.discard(run)


def facts(lane: Lane, run: Run) -> dict[str, Any]:
    """What the run card shows."""
    return {"lane": lane, "company": run.company}
