"""What the web process and the worker say to each other, as plain values over one socket.

Knows the messages and the connection. Both ends are this program on this machine, started by each
other; nothing a visitor sends is ever unpacked here except as values we made ourselves.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from aigc_demo.engine import MemoryReport
from aigc_demo.types import Event, Reading, Request, RunControl

# -- to the worker --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """Compute; events come back under this number."""

    number: int
    request: Request


@dataclass(frozen=True)
class Cancel:
    """Stop the run with this number."""

    number: int


@dataclass(frozen=True)
class Tell:
    """Pass on what a visitor tells the training with this number."""

    number: int
    told: RunControl


@dataclass(frozen=True)
class Unload:
    """Drop one idle model, or all."""

    model: str | None


@dataclass(frozen=True)
class AskMemory:
    """Report what is resident."""


@dataclass(frozen=True)
class Warm:
    """Load a model ahead, if there is room."""

    model: str


@dataclass(frozen=True)
class Read:
    """Have a resident, idle model read a request's words; :class:`ReadNow` comes back under this number."""

    number: int
    model: str
    values: Mapping[str, Any]


# -- from the worker ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Happened:
    """An event of a run; after a final one the number is free."""

    number: int
    event: Event


@dataclass(frozen=True)
class Beat:
    """Still here."""


@dataclass(frozen=True)
class LoadedNow:
    """The ids of the resident models changed to these."""

    models: frozenset[str]


@dataclass(frozen=True)
class MemoryNow:
    """The answer to :class:`AskMemory`."""

    report: MemoryReport


@dataclass(frozen=True)
class ReadNow:
    """The answer to :class:`Read`."""

    number: int
    reading: Reading | None


class Wire:
    """A connection that many threads may send on; one thread receives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()

    def send(self, message: Any) -> None:
        """Send one value.

        Raises:
            OSError: the other side is gone.
        """
        with self._sending:
            self._connection.send(message)

    def receive(self) -> Any:
        """Wait for the next value.

        Raises:
            EOFError: the other side is gone.
            OSError: so it is, in another way.
        """
        return self._connection.recv()

    def wait(self, seconds: float) -> bool:
        """Whether there is something to receive, the news that the other side is gone included, by then."""
        return self._connection.poll(seconds)

    def close(self) -> None:
        """Close this end; the other side notices."""
        self._connection.close()
