"""Whether a child process still answers: it beats, and silence counts by what it does meanwhile.

Knows the time between two beats and what the system tells of a process: CPU time and bytes read from disk.
Knows nothing of what the process computes.

A native call that holds Python's lock keeps the beats back too, and may be rightful: loading the libraries
of a GPU from a slow disk takes half a minute. It uses the CPU or reads the disk. A process that is stuck does
neither.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

INTERVAL = 2.0
"""Seconds between two beats."""

_AT_WORK = 0.25
"""What a second of silence counts while the process is seen to work."""

_CPU = 0.01
"""Seconds of CPU time between two looks: less is no work. The system counts in this unit."""


@dataclass(frozen=True)
class _Work:
    """What a process has done since its start: CPU seconds, bytes that came from the disk for it."""

    cpu: float = 0.0
    read: int = 0


class Pulse:
    """How long one process has been silent.

    Args:
        pid: the process.
        patience: seconds of silence that a process may keep while it does nothing; four times as many
            while it works.
    """

    def __init__(self, pid: int, patience: float) -> None:
        self._process = psutil.Process(pid)
        self._patience = patience
        self._silence = 0.0
        self._work = _Work()

    def heard(self) -> None:
        """It said something."""
        self._silence = 0.0

    def missed(self) -> bool:
        """Nothing came for one :data:`INTERVAL`; whether it has been silent for too long by now.

        Counting intervals, and not looking at a clock, is fair to both when the machine or the parent
        slept meanwhile.
        """
        work = self._measure()
        busy = work.cpu - self._work.cpu >= _CPU or work.read > self._work.read
        self._work = work
        self._silence += INTERVAL * (_AT_WORK if busy else 1.0)
        return self._silence >= self._patience

    def _measure(self) -> _Work:
        cpu, read = 0.0, 0
        with contextlib.suppress(psutil.Error, OSError):
            times = self._process.cpu_times()
            cpu = times.user + times.system
        with contextlib.suppress(psutil.Error, OSError, AttributeError):  # macOS counts no reads
            read = self._process.io_counters().read_bytes
        return _Work(cpu, read)
