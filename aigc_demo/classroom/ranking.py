"""A ranking out of many small votes: strengths of Bradley and Terry, by the algorithm of Hunter (2004).

Each vote for one of several says that it beat each of the others. A weak prior (half a win and half a loss
against an average opponent) keeps whoever never lost, or never won, finite. Knows numbers.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
_ROUNDS = 200
_PRIOR = 0.5
_ENOUGH = 1e-9


def strengths(votes: Iterable[tuple[Name, Sequence[Name]]]) -> list[tuple[Name, float, int]]:
    """Each name with its strength on Elo's scale around 1000 and its wins, the strongest first.

    Args:
        votes: the chosen one, and all that it was chosen among (itself included).
    """
    wins: Counter[Name] = Counter()
    met: defaultdict[Name, Counter[Name]] = defaultdict(Counter)
    for chosen, among in votes:
        met[chosen] += Counter()
        for other in among:
            if other != chosen:
                wins[chosen] += 1
                met[chosen][other] += 1
                met[other][chosen] += 1
    strength: dict[Name, float] = dict.fromkeys(met, 1.0)
    for _ in range(_ROUNDS):
        fresh = {one: _next(one, strength, wins, met) for one in met}
        mean = math.exp(sum(map(math.log, fresh.values())) / len(fresh)) if fresh else 1.0
        fresh = {one: value / mean for one, value in fresh.items()}
        moved = max((abs(fresh[one] - strength[one]) for one in fresh), default=0.0)
        strength = fresh
        if moved < _ENOUGH:
            break
    ranked = [(one, 1000 + 400 * math.log10(value), wins[one]) for one, value in strength.items()]
    return sorted(ranked, key=lambda row: -row[1])


def _next(
    one: Name, strength: dict[Name, float], wins: Counter[Name], met: defaultdict[Name, Counter[Name]]
) -> float:
    own = strength[one]
    against = sum(count / (own + strength[other]) for other, count in met[one].items())
    return (wins[one] + _PRIOR) / (against + 2 * _PRIOR / (own + 1.0))
