"""How quickly a history follows onto its bucket: seconds, all in one place.

They come from what a bucket's mount was read to do: a file that was closed is uploaded within half a minute,
and what another machine wrote is seen within half a minute more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds, unless said otherwise."""

    after: float = 3.0
    """From a change to the snapshot that holds it."""
    rest: float = 40.0
    """How many times a snapshot's processor time lies between it and the next: with 40, 2.5 % at most."""
    settle: float = 45.0
    """After so long a file that was closed is taken to be in the bucket, whichever way the mount writes."""
    beat: float = 10.0
    """Between two signs of life of whoever holds the lease."""
    lease: float = 90.0
    """Without a sign of life for so long the lease has lapsed."""
    stale: float = 900.0
    """A sign of life that is older than this by the clock needs no watching: nobody is there."""

    @property
    def tick(self) -> float:
        """Between two looks at whether something is to be done."""
        return min(0.5, self.after / 4, self.beat / 4)
