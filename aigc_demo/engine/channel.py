"""One run's events on their way from the thread that computes to the one that listens.

Knows how to thin out what comes too often: of each frequent kind (Loading, Progress, Partial, Training) only
the newest waits, the first goes out at once, later ones at most ``rate`` times a second, and the last one
always arrives; of a training no point of its curves is lost. What a visitor tells a training goes the other
way. Knows nothing of models.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from aigc_demo.engine import FINAL
from aigc_demo.types import CancelledByVisitor, Event, Loading, Partial, RunControl, Training


class Channel(Iterator[Event]):
    """The events of one run, read by one consumer, pushed by one producer.

    ``next`` blocks until there is something new; after a final event the channel ends.

    Args:
        rate: how many events of one kind may pass each second.
    """

    def __init__(self, rate: float = 8.0) -> None:
        self._interval = 1.0 / rate
        self._told: list[RunControl] = []
        self._changed = threading.Condition()
        self._waiting: dict[type, Event] = {}
        self._due: dict[type, float] = {}
        self._newest: dict[type, Event] = {}
        self._final: Event | None = None
        self._ended = False
        self._cancelled = False

    def check(self) -> None:
        """Raise :class:`CancelledByVisitor` if the consumer has asked to stop."""
        if self._cancelled:
            raise CancelledByVisitor

    def emit(self, event: Event) -> None:
        """What a pipeline calls: pass the event on, or stop."""
        self.check()
        self.push(event)

    def push(self, event: Event) -> None:
        """Add an event; nothing passes a final one."""
        with self._changed:
            if self._final is not None:
                return
            if isinstance(event, FINAL):
                self._final = event
            elif not isinstance(event, Partial) and self._newest.get(type(event)) == event:
                return
            else:
                if not isinstance(event, Loading):
                    # Once work has begun, word of the loading that still waits its turn is out of date.
                    self._waiting.pop(Loading, None)
                expected = type(event) in self._waiting
                missed = self._waiting.get(Training)
                if isinstance(event, Training) and isinstance(missed, Training):
                    event = event.after(missed)
                self._waiting[type(event)] = self._newest[type(event)] = event
                if expected:  # the consumer sleeps until it is due: waking it earlier costs time
                    return
            self._changed.notify()

    def close(self) -> None:
        """Ask the producer to stop: from any thread, without waiting. Harmless after the end."""
        self._cancelled = True

    def control(self, told: RunControl) -> None:
        """Tell the producer something: from any thread, without waiting. Harmless after the end."""
        with self._changed:
            self._told.append(told)

    def controls(self) -> tuple[RunControl, ...]:
        """What the consumer has told since this was asked last."""
        with self._changed:
            told, self._told = tuple(self._told), []
        return told

    def __next__(self) -> Event:
        with self._changed:
            while True:
                now = time.monotonic()
                for kind in self._waiting:
                    if self._final is not None or self._due.get(kind, 0.0) <= now:
                        self._due[kind] = now + self._interval
                        return self._waiting.pop(kind)
                if self._final is not None:
                    if self._ended:
                        raise StopIteration
                    self._ended = True
                    return self._final
                soonest = min((self._due[kind] for kind in self._waiting), default=None)
                self._changed.wait(None if soonest is None else max(0.0, soonest - now))
