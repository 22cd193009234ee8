"""The baseline that a network has to beat: counting which token follows which two.

Interpolated Kneser-Ney (1995): what was never met after two tokens is guessed from one, and that from how
many different tokens it has been met after. Knows token ids. Learns in a second and cannot see further back.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

Context = tuple[int, ...]


class Trigram:
    """Counts of all orders up to three.

    Args:
        rows: texts as token ids.
        vocabulary: how many tokens there are; each has a chance of its own before anything was counted.
    """

    order = 2

    def __init__(self, rows: Sequence[Sequence[int]], vocabulary: int) -> None:
        self._vocabulary = vocabulary
        self._counts: list[dict[Context, Counter[int]]] = [
            defaultdict(Counter) for _ in range(self.order + 1)
        ]
        highest = self._counts[self.order]
        for row in rows:
            padded = [-1] * self.order + list(row)
            for place in range(self.order, len(padded)):
                highest[tuple(padded[place - self.order : place])][padded[place]] += 1
        for order in range(self.order, 0, -1):
            for context, counts in self._counts[order].items():
                for token in counts:
                    self._counts[order - 1][context[1:]][token] += 1
        self._cuts = [_discount(level) for level in self._counts]

    def probability(self, context: Sequence[int], token: int) -> float:
        """How likely a token is after these, of which the last two count."""
        value = 1 / self._vocabulary
        for order in range(self.order + 1):
            counts = self._counts[order].get(tuple(context[len(context) - order :]))
            if counts is None:
                break
            total, cut = counts.total(), self._cuts[order]
            value = max(counts.get(token, 0) - cut, 0.0) / total + cut * len(counts) / total * value
        return value

    def bits(self, rows: Sequence[Sequence[int]]) -> float:
        """Mean surprise of a token of these texts, in bits."""
        total = tokens = 0.0
        for row in rows:
            padded = [-1] * self.order + list(row)
            for place in range(self.order, len(padded)):
                total -= math.log2(self.probability(padded[place - self.order : place], padded[place]))
            tokens += len(row)
        return total / max(1.0, tokens)


def _discount(level: dict[Context, Counter[int]]) -> float:
    """What Ney, Essen and Kneser (1994) take off each count: by how many there are of one and of two."""
    met = Counter(count for counts in level.values() for count in counts.values())
    return met[1] / (met[1] + 2 * met[2]) if met[1] else 0.5
