"""One running job as its watchers see it: the last known state, then what is new.

Knows the newest event of each kind and a version number. A watcher that is slow skips what was
overtaken, so nothing piles up; of a training's curves each gets every point. Knows nothing of jobs, rows or
who watches.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

from aigc_demo.types import (
    Cancelled,
    CurvePoint,
    Event,
    Failed,
    Finished,
    Loading,
    Output,
    Partial,
    Paused,
    Progress,
    Queued,
    Training,
)

Terminal = Finished | Failed | Cancelled
MOST_POINTS = 2000
"""Points of a curve that a late watcher is told; of more every second one."""


class Live:
    """A tiny topic: written by one lane thread, read by any number of asyncio watchers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._newest: dict[type, tuple[int, Event]] = {}
        self._closed = False
        self._watchers: set[_Watcher] = set()
        self._points: list[tuple[int, CurvePoint]] = []
        self._samples_of = 0  # the version that brought the newest samples

    def publish(self, event: Event) -> None:
        """Make ``event`` the newest of its kind and wake the watchers. A new state hides older ones."""
        with self._lock:
            if self._closed:
                return
            self._put(event)
        self._wake()

    def reset(self, event: Event) -> None:
        """Forget what was shown: the job starts anew."""
        with self._lock:
            self._newest.clear()
            self._points.clear()
            self._put(event)
        self._wake()

    def close(self, last: Event) -> None:
        """Publish the last event; watchers end after it."""
        with self._lock:
            if self._closed:
                return
            self._put(last)
            self._closed = True
        self._wake()

    def newest(self) -> Event | None:
        """The newest event of all."""
        with self._lock:
            return max(self._newest.values(), key=lambda pair: pair[0])[1] if self._newest else None

    def last_partial(self) -> tuple[Output, ...]:
        """What was made so far, if anything."""
        with self._lock:
            entry = self._newest.get(Partial)
        return (entry[1].output,) if entry and isinstance(entry[1], Partial) else ()

    async def follow(self) -> AsyncIterator[Event]:
        """The newest event of each kind in the order they happened, then live ones to the end."""
        watcher = _Watcher(asyncio.get_running_loop())
        with self._lock:
            self._watchers.add(watcher)
        seen = 0
        try:
            while True:
                watcher.event.clear()
                with self._lock:
                    fresh = [pair for pair in self._newest.values() if pair[0] > seen]
                    closed = self._closed
                    fresh = [(version, self._for(event, seen)) for version, event in fresh]
                for version, event in sorted(fresh, key=lambda pair: pair[0]):
                    seen = version
                    yield event
                if closed:
                    return
                await watcher.event.wait()
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def _put(self, event: Event) -> None:
        self._version += 1
        if isinstance(event, Loading):
            self._newest.pop(Queued, None)
            self._newest.pop(Paused, None)
        elif isinstance(event, Progress | Partial | Training):
            for over in (Queued, Loading, Paused):
                self._newest.pop(over, None)
        if isinstance(event, Training):
            event = self._gathered(event)
        self._newest[type(event)] = (self._version, event)

    def _gathered(self, event: Training) -> Training:
        """Keep the event's points; it, with the newest samples there are.

        They replace those from their first step on: a resumed run goes back a little.
        """
        earlier = self._newest.get(Training)
        if event.samples is not None:
            self._samples_of = self._version
        if event.points:
            first = event.points[0].step
            self._points = [entry for entry in self._points if entry[1].step < first]
        if earlier is not None and isinstance(earlier[1], Training):
            event = event.after(replace(earlier[1], points=()))
        self._points += [(self._version, point) for point in event.points]
        if len(self._points) > MOST_POINTS:
            self._points = self._points[::2]
        return event

    def _for(self, event: Event, seen: int) -> Event:
        """The event as a watcher is told it who knows everything up to the version ``seen``."""
        if not isinstance(event, Training):
            return event
        points = tuple(point for version, point in self._points if version > seen)
        return replace(event, points=points, samples=event.samples if self._samples_of > seen else None)

    def _wake(self) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.wake()


class _Watcher:
    """Wakes one coroutine from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.event = asyncio.Event()
        self._loop = loop

    def wake(self) -> None:
        # A watcher whose loop has closed is on its way out.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.event.set)
