"""A strong baseline for small language models: n-grams with modified Kneser-Ney smoothing and a cache.

Knows token ids. Below the longest context a token counts for the contexts it was met in, not for how often
(Kneser and Ney 1995), and counts of one, two and more are discounted differently (Chen and Goodman 1999).
What a row has said itself is counted on top, for rows repeat themselves (a cache, Kuhn and De Mori 1990).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

Counts = dict[tuple[int, ...], Counter[int]]

_START = -1
_TRUST = (6.0, 2.0, 3.0, 6.0, 10.0, 12.0)
"""For own contexts of one, two ... tokens: how many counts what was known before is worth.

They are the best of a few dozen tried on the validation tunes of the folk model."""


class Ngram:
    """Counts of all orders up to ``order`` tokens of context."""

    def __init__(self, rows: Sequence[Sequence[int]], vocabulary: int, order: int = 5) -> None:
        self.order, self.vocabulary = order, vocabulary
        self._counts = _all_orders(rows, order)
        self._discounts = [_discounts(level) for level in self._counts]
        self._freed = [
            {context: _freed(counts, cuts) for context, counts in level.items()}
            for level, cuts in zip(self._counts, self._discounts, strict=True)
        ]

    def probability(self, context: Sequence[int], token: int) -> float:
        """How likely ``token`` is after ``context``, of which the last ``order`` are looked at."""
        value = 1.0 / self.vocabulary
        for n in range(self.order + 1):
            key = tuple(context[len(context) - n :])
            counts = self._counts[n].get(key)
            if counts is None:
                break
            count = counts.get(token, 0)
            seen = (count - self._discounts[n][min(count, 3)]) / counts.total()
            value = seen + self._freed[n][key] * value
        return value

    def bits(
        self,
        row: Sequence[int],
        given: int = 0,
        memory: int = len(_TRUST),
        trust: Sequence[float] = _TRUST,
    ) -> float:
        """The surprise in bits of a whole row but for the first ``given`` tokens.

        ``memory`` is the longest own context that the cache looks at; 0 turns it off. ``trust`` says for each
        length how many counts what was known before is worth.
        """
        own: Counts = defaultdict(Counter)
        padded = [_START] * max(self.order, memory) + list(row)
        first = len(padded) - len(row)
        total = 0.0
        for i in range(first, len(padded)):
            value = self.probability(padded[i - self.order : i], padded[i])
            for n, known in enumerate(trust[:memory], 1):
                counts = own[tuple(padded[i - n : i])]
                value = (counts[padded[i]] + known * value) / (counts.total() + known)
                counts[padded[i]] += 1
            total -= math.log2(value) if i >= first + given else 0.0
        return total


def _all_orders(rows: Sequence[Sequence[int]], order: int) -> list[Counts]:
    """Plain counts of the longest contexts and of those at a row's start; of others, in how many they met."""
    levels: list[Counts] = [defaultdict(Counter) for _ in range(order + 1)]
    for row in rows:
        padded = [_START] * order + list(row)
        for i in range(order, len(padded)):
            levels[order][tuple(padded[i - order : i])][padded[i]] += 1
    for n in reversed(range(order)):
        for context, counts in levels[n + 1].items():
            shorter = levels[n][context[1:]]
            for token, count in counts.items():
                shorter[token] += count if context[1:2] == (_START,) else 1
    return levels


def _discounts(level: Counts) -> tuple[float, float, float, float]:
    """What is taken off counts of none, one, two, and three or more."""
    met = Counter(count for counts in level.values() for count in counts.values())
    if not (met[1] and met[2]):
        return (0.0, 0.5, 0.5, 0.5)
    share = met[1] / (met[1] + 2 * met[2])
    cuts = (n - (n + 1) * share * met[n + 1] / met[n] if met[n] else 0.5 * n for n in (1, 2, 3))
    one, two, more = (min(max(cut, 0.1), n - 0.05) for n, cut in enumerate(cuts, 1))
    return (0.0, one, two, more)


def _freed(counts: Counter[int], cuts: tuple[float, float, float, float]) -> float:
    """The probability that the discounts leave for shorter contexts."""
    return sum(cuts[min(count, 3)] for count in counts.values()) / counts.total()
