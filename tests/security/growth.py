"""How much more a reader takes of twice as much: processor time and memory, never seconds on a clock."""

from __future__ import annotations

import contextlib
import gc
import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from aigc_demo.types import UserError

REFUSALS = (UserError, ValueError, IndexError, OverflowError, ValidationError, PydanticCustomError)
"""To refuse is an answer too."""
DOUBLINGS = 2
"""Sizes grow fourfold from one to the next: noise weighs half as much as it would on a doubling."""
SIZES = tuple(512 << DOUBLINGS * step for step in range(5))
"""Bytes of files; words are never as many as the last of them."""
MOST = 3.0**DOUBLINGS
"""Twice as much shall take at most three times as long: in a straight line it is two, in a square four."""
LEAST_SECONDS = 0.001
"""Of processor time; what takes less stops nobody."""
ENOUGH_SECONDS = 0.006
"""Where reading takes so long, nothing larger is tried."""
SLACK = 64 << 10
"""Bytes that any size takes: caches, frames, compiled expressions."""


def used(read: Callable[[Any], object], given: Any) -> float:
    """Seconds of this thread's processor time, the best of a few."""
    best, spent = float("inf"), 0.0
    gc.disable()  # what a collection takes depends on everything else that is there
    try:
        while spent < 0.004 and (best == float("inf") or spent / best < 5):
            began = time.thread_time()
            ask(read, given)
            took = time.thread_time() - began
            best, spent = min(best, took), spent + took
    finally:
        gc.enable()
    return best


def held(read: Callable[[Any], object], given: Any) -> int:
    """The most bytes that reading held at once, besides what was given. Not the first time it is read."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        ask(read, given)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def fault(read: Callable[[Any], object], make: Callable[[int], Any], allowed: float) -> str | None:
    """What is wrong with how ``read`` grows on what ``make`` makes; None for a good reader.

    ``allowed`` is how many bytes it may hold for each byte that it is given.
    """
    before: float | None = None
    for size in SIZES if isinstance(make(1), bytes) else SIZES[:-1]:
        given = make(size)
        now = used(read, given)
        if before is not None and now > max(LEAST_SECONDS, MOST * before):
            return f"{size >> DOUBLINGS} take {before * 1e3:.2f} ms, {size} take {now * 1e3:.2f} ms"
        before = now
        if now > ENOUGH_SECONDS:
            break
    length = _length(given)
    peak = held(read, given)
    if peak > allowed * length + SLACK:
        return f"holds {peak} bytes for {length}: {(peak - SLACK) / length:.1f} for each"
    return None


def _length(given: Any) -> int:
    """The bytes in which it came."""
    if isinstance(given, bytes):
        return len(given)
    return len((given if isinstance(given, str) else json.dumps(given)).encode("utf-8", "replace"))


def ask(read: Callable[[Any], object], given: Any) -> None:
    """Let it be read, or refused."""
    with contextlib.suppress(*REFUSALS):
        read(given)
