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
SIZES = tuple(32 << 2 * step for step in range(7))
"""Bytes of files; words are never as many as the last of them."""
APART = 2
"""So many sizes lie between two that are compared: sixteen times as much shows what twice as much hides."""
DOUBLINGS = 2 * APART
MOST = 3.0**DOUBLINGS
"""Twice as much shall take at most three times as long: in a straight line it is two, in a square four."""
LEAST_SECONDS = 0.001
"""Of processor time; what takes less stops nobody."""
ENOUGH_SECONDS = 0.012
"""Where reading takes so long, nothing larger is tried."""
REPEATS = 5
SLACK = 64 << 10
"""Bytes by which two readings differ that are alike: caches, frames, compiled expressions."""


def used(read: Callable[[Any], object], given: Any) -> float:
    """Seconds of this thread's processor time, the best of a few."""
    best, spent = float("inf"), 0.0
    gc.disable()  # what a collection takes depends on everything else that is there
    try:
        for _ in range(REPEATS):
            began = time.thread_time()
            ask(read, given)
            took = time.thread_time() - began
            best, spent = min(best, took), spent + took
            if spent > ENOUGH_SECONDS:
                break
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
    given, seconds = make(SIZES[0]), list[float]()
    for size in SIZES if isinstance(make(1), bytes) else SIZES[:-1]:
        before, given = given, make(size)
        seconds.append(used(read, given))
        few, many = seconds[-1 - APART :][0], seconds[-1]
        if len(seconds) > APART and many > max(LEAST_SECONDS, MOST * few):
            return f"{size >> DOUBLINGS} take {few * 1e3:.3f} ms, {size} take {many * 1e3:.2f} ms"
        if many > ENOUGH_SECONDS:
            given = before  # memory is told several times as slowly
            break
    length = _length(given)
    anyhow = held(read, make(SIZES[0])) + SLACK  # what next to nothing takes says nothing of growth
    peak = held(read, given)
    if peak > allowed * length + anyhow:
        return f"holds {peak} bytes for {length}: {(peak - anyhow) / length:.1f} for each"
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
