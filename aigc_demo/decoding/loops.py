"""Loops: where a text has begun to say the same thing for ever.

Knows token ids. A small model that has said something three times in a row does not stop by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 64
"""Tokens of what is said again and again, at most."""
TIMES = 3
LEAST = 18
"""Tokens that a loop takes up at least: a laugh or a row of dots is none."""


def looped(tokens: Sequence[int]) -> int:
    """How many tokens at the end only repeat what stands before them; 0 where there is no loop.

    The same tokens stand there ``TIMES`` over, or as often as makes ``LEAST`` tokens.
    """
    for period in range(1, min(LONGEST, len(tokens) // TIMES) + 1):
        times = max(TIMES, -(-LEAST // period))
        span = period * times
        if span > len(tokens) or tokens[-1] != tokens[-1 - period]:
            continue
        if all(tokens[-at] == tokens[-at - period] for at in range(1, span - period + 1)):
            return span - period
    return 0
