"""The waiting line: fair turns between visitors, as a plain data structure.

Knows tickets by id, owner and model, and who was served when. Knows nothing of time, threads or
what a job does; the scheduler guards it with its lock.

Rule: of the visitors who wait, the one served least recently comes first, among equals the one whose
ticket is oldest; a visitor's own tickets keep their order. Newcomers, who have never been served and could
be one program under ever new names, get at most every second turn while anybody else waits.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LOOK_AHEAD = 4
"""How many turns ahead to look for a ticket that is cheaper to serve now."""
MAX_PASSED_OVER = 3
"""How often a ticket may be passed over that way before it must go first."""
_REMEMBERED = 10_000


_Turn = tuple[int, int, str, int]
"""When the owner was served last, the ticket's arrival, the owner, the ticket's index in the owner's line."""


@dataclass
class Place:
    """One ticket's place in the line."""

    id: str
    owner: str
    model: str
    arrival: int
    passed_over: int = 0


class Line:
    """Tickets of many visitors in fair order. Not thread-safe."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Place]] = {}
        self._served: dict[str, int] = {}
        self._newcomers: set[str] = set()
        self._newcomer_served = False
        self._turn = 0
        self._arrivals = 0

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __contains__(self, ticket_id: str) -> bool:
        return any(place.id == ticket_id for line in self._lines.values() for place in line)

    def count(self, owner: str) -> int:
        """How many tickets of this visitor wait."""
        return len(self._lines.get(owner, ()))

    def newcomers(self) -> int:
        """How many tickets of newcomers wait."""
        return sum(map(self.count, self._newcomers))

    def is_newcomer(self, owner: str) -> bool:
        """Whether this visitor waits and has never come back."""
        return owner in self._newcomers

    def welcome(self, owner: str) -> None:
        """Count a visitor who has come back as no newcomer any more."""
        self._newcomers.discard(owner)

    def join(
        self, ticket_id: str, owner: str, model: str, *, front: bool = False, newcomer: bool = False
    ) -> None:
        """Stand at the end of the visitor's own line; ``front`` is for a job that lost its turn."""
        self._arrivals += 1
        if newcomer:
            self._newcomers.add(owner)
        line = self._lines.setdefault(owner, deque())
        if front:
            self._served[owner] = -self._arrivals
            line.appendleft(Place(ticket_id, owner, model, -self._arrivals))
        else:
            line.append(Place(ticket_id, owner, model, self._arrivals))

    def leave(self, ticket_id: str) -> bool:
        """Step out of the line; False if it was not there."""
        for owner, line in self._lines.items():
            for place in line:
                if place.id == ticket_id:
                    line.remove(place)
                    if not line:
                        del self._lines[owner]
                        self._newcomers.discard(owner)
                    return True
        return False

    def order(self) -> Iterator[Place]:
        """All tickets in the order of their turns, if nobody else came."""
        turn, newcomer = self._turn, self._newcomer_served
        known: list[_Turn] = []
        new: list[_Turn] = []
        for owner, line in self._lines.items():
            turns = new if owner in self._newcomers else known
            turns.append((self._last(owner), line[0].arrival, owner, 0))
        heapq.heapify(known)
        heapq.heapify(new)
        while known or new:
            newcomer = bool(new) and (not known or (not newcomer and new[0] < known[0]))
            turns = new if newcomer else known
            _, _, owner, index = heapq.heappop(turns)
            line = self._lines[owner]
            yield line[index]
            turn += 1
            if index + 1 < len(line):
                heapq.heappush(turns, (turn, line[index + 1].arrival, owner, index + 1))

    def next(self, can_run: Callable[[str], bool], prefers: Callable[[str], bool]) -> Place | None:
        """Take the next ticket whose model ``can_run`` now; None if there is none.

        Among the first few turns one whose model is preferred (loaded already) may go ahead, unless
        somebody was passed over too often already.
        """
        runnable = (place for place in self.order() if can_run(place.model))
        ahead = [place for place, _ in zip(runnable, range(LOOK_AHEAD), strict=False)]
        if not ahead:
            return None
        chosen = ahead[0]
        if chosen.passed_over < MAX_PASSED_OVER and not prefers(chosen.model):
            chosen = next((place for place in ahead if prefers(place.model)), chosen)
        for place in ahead[: ahead.index(chosen)]:
            place.passed_over += 1
        self._serve(chosen)
        return chosen

    def _serve(self, place: Place) -> None:
        self._newcomer_served = place.owner in self._newcomers
        self.leave(place.id)
        self._turn += 1
        self._served[place.owner] = self._turn
        while len(self._served) > _REMEMBERED:
            # The one served longest ago is as good as never served.
            del self._served[min(self._served, key=self._served.__getitem__)]

    def _last(self, owner: str) -> int:
        return self._served.get(owner, 0)
