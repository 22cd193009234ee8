"""When negative texts surge: CUSUM (Page 1954) and EWMA (Roberts 1959) on a row of zeros and ones.

Knows which of the texts are negative, in their order. Knows no texts. What a sensitivity costs is told by
simulation: false alarms in calm, and texts until a surge is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

import numpy as np

Method = Literal["cusum", "ewma"]

LEARNT_FROM = 20
"""The first texts, which tell how many are usually negative."""
LEAST_USUAL, MOST_USUAL = 0.05, 0.5
"""Where more than half of the first texts are negative already, nothing is left to surge."""
WEIGHT = 0.15
"""Of the newest text in an EWMA."""
CALM, SURGE = 0.12, 0.6
"""Shares of negative texts in the simulation."""
RUNS, LENGTH = 200, 300


@dataclass(frozen=True)
class Watch:
    """What a watch saw: the statistic after each text, its limit, and where alarms began."""

    usual: float
    limit: float
    values: tuple[float, ...]
    alarms: tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """What a sensitivity costs on average.

    Alarms for nothing in a thousand calm texts, and texts until a surge is noticed.
    """

    false_alarms: float
    delay: float


def watch(negative: Sequence[bool], method: Method, sensitivity: float) -> Watch:
    """Watch texts in their order.

    Args:
        negative: whether each text is.
        method: ``cusum`` adds up what speaks for a surge, ``ewma`` smooths the share of negative texts.
        sensitivity: 0 to 1; higher is sooner, and more often for nothing.
    """
    first = negative[:LEARNT_FROM]
    share = sum(first) / max(1, len(first))
    usual = min(MOST_USUAL, max(LEAST_USUAL, share))
    rule = _Cusum(usual, sensitivity) if method == "cusum" else _Ewma(usual, sensitivity)
    values, alarms, raised = [], list[int](), False
    for at, one in enumerate(negative):
        values.append(round(rule.add(one), 4))
        over = values[-1] > rule.limit and at >= LEARNT_FROM and share <= MOST_USUAL
        if over and not raised:
            alarms.append(at)
        raised = over
    return Watch(usual, round(rule.limit, 4), tuple(values), tuple(alarms))


def cost(method: Method, sensitivity: float) -> Cost:
    """By simulation with a fixed seed: calm of ``CALM``, then surges of ``SURGE`` negative texts."""
    rng = np.random.default_rng(1)
    calm = rng.random((RUNS, LENGTH)) < CALM
    surge = rng.random((RUNS, LENGTH)) < SURGE
    false = sum(len(watch(list(row), method, sensitivity).alarms) for row in calm)
    delays = []
    for before, after in zip(calm, surge, strict=True):
        seen = watch([*before[:60], *after], method, sensitivity)
        delays.append(
            next((at - 59 for at, value in enumerate(seen.values) if at >= 60 and value > seen.limit), LENGTH)
        )
    return Cost(round(1000 * false / (RUNS * LENGTH), 2), round(float(np.mean(delays)), 1))


class _Cusum:
    """The evidence for three times as many negative texts as usual, never below nothing."""

    def __init__(self, usual: float, sensitivity: float) -> None:
        more = min(0.9, 3 * usual + 0.05)
        self._yes, self._no = log(more / usual), log((1 - more) / (1 - usual))
        self.limit = 8.0 - 6.0 * sensitivity
        self._sum = 0.0

    def add(self, negative: bool) -> float:
        self._sum = max(0.0, self._sum + (self._yes if negative else self._no))
        return self._sum


class _Ewma:
    """The smoothed share of negative texts, against so many of its standard deviations above the usual."""

    def __init__(self, usual: float, sensitivity: float) -> None:
        deviation = sqrt(usual * (1 - usual) * WEIGHT / (2 - WEIGHT))
        self.limit = usual + (5.0 - 2.5 * sensitivity) * deviation
        self._mean = usual

    def add(self, negative: bool) -> float:
        self._mean += WEIGHT * (negative - self._mean)
        return self._mean
