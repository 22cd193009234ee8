"""Who writes to a bucket: a lease with a sign of life, where no lock can be had.

Knows one small file, by which several servers tell one another who of them writes: its holder counts up in
it. Whoever finds that it no longer counts takes it over, with a higher epoch; whoever finds a higher epoch
has lost it. Knows nothing of what is written.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from aigc_demo.history.bucket import Bucket
from aigc_demo.history.pace import Pace

log = logging.getLogger(__name__)

NAME = "lease.json"
_LARGEST = 4096


@dataclass(frozen=True)
class Claim:
    """What the file says: ``beat`` counts up, ``at`` is the holder's clock in seconds since 1970."""

    holder: str
    epoch: int
    beat: int = 0
    at: float = 0.0
    released: bool = False


_TORN = Claim("?", 0, at=float("inf"))
"""What is read while somebody writes, or for ever where a kill tore it: it lapses like any other."""


class Lease:
    """One server's view of the lease. Used by one thread at a time."""

    def __init__(
        self,
        bucket: Bucket,
        note: Path,
        pace: Pace,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """``note`` remembers, on this disk, who we were: nobody else can have been that and still live."""
        self._bucket = bucket
        self._note = note
        self._pace = pace
        self._clock = clock
        self._wall = wall
        self.me = secrets.token_hex(4)
        """What we are called in the file."""
        self._before = _read_note(note)
        self._mine: Claim | None = None
        self._seen: Claim | None = None
        self._since = clock()

    @property
    def held(self) -> bool:
        """Whether we are the one that writes, as far as we know."""
        return self._mine is not None

    @property
    def epoch(self) -> int:
        """The epoch of our claim, 0 without one."""
        return self._mine.epoch if self._mine else 0

    @property
    def lapses_in(self) -> float:
        """Seconds until the other's lease lapses, unless they give a sign of life."""
        return max(0.0, self._pace.lease - (self._clock() - self._since))

    def claim(self, above: int = 0) -> bool:
        """Take the lease if it is free, with an epoch over that of the last holder and ``above``.

        Whether we hold it. OSError where the bucket does not answer.
        """
        there = self._look()
        if there is not None and not self._is_free(there):
            return False
        mine = Claim(self.me, max(there.epoch if there else 0, above) + 1, 0, self._wall())
        self._note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._note.write_text(self.me, "ascii")
        self._write(mine)
        found = self._read()
        self._mine = mine if found is None or not self._is_above(found, mine) else None
        return self.held

    def beat(self) -> bool:
        """A sign of life; False where somebody else holds the lease now. OSError as in :meth:`claim`."""
        if not self.check() or self._mine is None:
            return False
        self._mine = replace(self._mine, beat=self._mine.beat + 1, at=self._wall())
        self._write(self._mine)
        return True

    def check(self) -> bool:
        """Whether the lease is still ours, as the file says."""
        if self._mine is None:
            return False
        found = self._read()
        if found is not None and self._is_above(found, self._mine):
            log.warning(
                "another server writes to the bucket now; this one serves what is there and writes nothing"
            )
            self._mine = None
            self._look()
        return self.held

    def release(self) -> None:
        """Let the next server write at once."""
        if self.held and self.beat() and self._mine is not None:
            self._write(replace(self._mine, released=True))
        self._mine = None

    def _is_free(self, there: Claim) -> bool:
        if there.released or there.holder in (self.me, self._before):
            return True
        if self._wall() - there.at > self._pace.stale:
            return True
        return self.lapses_in <= 0

    def _is_above(self, found: Claim, mine: Claim) -> bool:
        """Whether another's claim goes before ours: the higher epoch, then the larger name."""
        return found.holder != mine.holder and (found.epoch, found.holder) > (mine.epoch, mine.holder)

    def _look(self) -> Claim | None:
        """Read the file and note since when it says the same."""
        found = self._read()
        if found != self._seen:
            self._seen, self._since = found, self._clock()
        return found

    def _read(self) -> Claim | None:
        try:
            said = json.loads(b"".join(self._bucket.read(NAME))[:_LARGEST])
            return Claim(
                str(said["holder"]),
                int(said["epoch"]),
                int(said["beat"]),
                float(said["at"]),
                bool(said["released"]),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return _TORN

    def _write(self, claim: Claim) -> None:
        self._bucket.write(NAME, [json.dumps(asdict(claim)).encode()])


def _read_note(note: Path) -> str | None:
    try:
        return note.read_text("ascii", "replace").strip() or None
    except OSError:
        return None
