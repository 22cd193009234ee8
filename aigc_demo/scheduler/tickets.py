"""A job on its way through the server, and the table that its row is in.

Knows what the scheduler remembers of a job while it is not settled. Knows nothing of turns or lanes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aigc_demo.engine import Run
from aigc_demo.scheduler.live import Live
from aigc_demo.types import Job, Output, Problem, Status


class JobTable(Protocol):
    """What the scheduler needs of the history."""

    def waiting(self) -> tuple[Job, ...]:
        """All queued jobs, oldest first."""
        ...

    def start(self, job_id: str) -> object:
        """Write that an attempt begins: queued becomes loading."""
        ...

    def mark(self, job_id: str, status: Status) -> object:
        """Write a state that is not final."""
        ...

    def put_back(self, job_id: str) -> object:
        """Write that the attempt did not count: back to queued."""
        ...

    def finish(
        self,
        job_id: str,
        status: Status,
        outputs: Sequence[Output],
        *,
        seconds: float | None = None,
        load_seconds: float | None = None,
        problem: Problem | None = None,
        reference: str | None = None,
    ) -> Job:
        """Store the outputs, then write the final state."""
        ...


@dataclass
class Ticket:
    """A job on its way through the server.

    ``joined`` and ``taken`` are when it came and when its turn came (monotonic seconds). ``again`` says that
    its worker died and it goes back to the line; from then on it is a ``suspect`` and runs alone. ``held``
    says that it is a training which was paused and stands in no line, ``pausing`` that it is about to.
    ``computing`` says that it is past loading.
    ``settling`` is held while a state is written; ``settled`` is set once the final one is.
    """

    job: Job
    live: Live = field(default_factory=Live)
    attempts: int = 0
    joined: float = field(default_factory=time.monotonic)
    taken: float | None = None
    run: Run | None = None
    computing: bool = False
    cancelled: bool = False
    again: bool = False
    suspect: bool = False
    pausing: bool = False
    held: bool = False
    settled: threading.Event = field(default_factory=threading.Event)
    settling: threading.Lock = field(default_factory=threading.Lock)
