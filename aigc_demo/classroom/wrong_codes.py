"""How often one may be wrong about a code: buckets of tries that fill again with time.

Knows counts and seconds. A class behind one address mistypes a hundred times without harm; whoever tries
codes by the thousand gets one a second, of two hundred million.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from aigc_demo.types import UserError

_REMEMBERED = 10_000


class WrongCodes:
    """Wrong codes by whoever types them. Callable from any thread.

    Args:
        most: wrong codes in a row.
        each_second: how many come back in a second.
        clock: seconds that only go forward.
    """

    def __init__(
        self, most: int = 200, each_second: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rate, self._clock = most, each_second, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, who: str) -> None:
        """Raise UserError 429 where this one may not guess at present, right or wrong."""
        with self._lock:
            left = self._now(who)
        if left < 1:
            seconds = max(1, round((1 - left) / self._rate))
            raise UserError("too_many_guesses", "error.too_many_guesses", status=429, retry_after=seconds)

    def wrong(self, who: str) -> None:
        """Count a wrong code."""
        with self._lock:
            self._left[who] = (self._now(who) - 1, self._clock())
            self._left.move_to_end(who)
            if len(self._left) > _REMEMBERED:
                self._left.popitem(last=False)

    def _now(self, who: str) -> float:
        left, since = self._left.get(who, (float(self._most), self._clock()))
        return min(self._most, left + (self._clock() - since) * self._rate)
