"""A strong baseline for small language models: n-grams with interpolated absolute discounting.

Knows token ids. Every order backs off to the next shorter one by the mass that the discount frees (Ney, Essen
and Kneser 1994); the discount of an order is n1 / (n1 + 2 n2).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

_OWN_DISCOUNT = 0.8
"""Taken off each count of the row itself, for what is known from training."""


class Ngram:
    """Counts of all orders up to ``order`` tokens of context."""

    def __init__(self, rows: Sequence[Sequence[int]], vocabulary: int, order: int = 7) -> None:
        self.order, self.vocabulary = order, vocabulary
        self._counts: list[dict[tuple[int, ...], Counter[int]]] = [
            defaultdict(Counter) for _ in range(order + 1)
        ]
        for row in rows:
            padded = [-1] * order + list(row)
            for i in range(order, len(padded)):
                for n in range(order + 1):
                    self._counts[n][tuple(padded[i - n : i])][padded[i]] += 1
        self._totals = [{context: sum(c.values()) for context, c in level.items()} for level in self._counts]
        self._discounts = [_discount(level) for level in self._counts]

    def probability(self, context: Sequence[int], token: int) -> float:
        """How likely ``token`` is after ``context``, of which the last ``order`` are looked at."""
        value = 1.0 / self.vocabulary
        for n in range(self.order + 1):
            key = tuple(context[len(context) - n :])
            counts = self._counts[n].get(key)
            if counts is None:
                break
            total, discount = self._totals[n][key], self._discounts[n]
            seen = max(0.0, counts.get(token, 0) - discount) / total
            value = seen + discount * len(counts) / total * value
        return value

    def bits(self, row: Sequence[int], memory: int = 4) -> float:
        """The whole row's surprise in bits.

        What the row itself has said is counted too, in contexts of one to ``memory`` tokens, over what is
        known from training (a cache, Kuhn and De Mori 1990): music repeats itself. 0 turns that off.
        """
        own: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        padded = [-1] * self.order + list(row)
        total = 0.0
        for i in range(self.order, len(padded)):
            value = self.probability(padded[i - self.order : i], padded[i])
            for n in range(1, memory + 1):
                counts = own.get(tuple(padded[i - n : i]))
                if counts:
                    seen = max(0.0, counts.get(padded[i], 0) - _OWN_DISCOUNT) / counts.total()
                    value = seen + _OWN_DISCOUNT * len(counts) / counts.total() * value
            for n in range(1, memory + 1):
                own[tuple(padded[i - n : i])][padded[i]] += 1
            total -= math.log2(value)
        return total


def _discount(level: dict[tuple[int, ...], Counter[int]]) -> float:
    once = sum(1 for counts in level.values() for n in counts.values() if n == 1)
    twice = sum(1 for counts in level.values() for n in counts.values() if n == 2)
    return once / (once + 2 * twice) if once else 0.5
