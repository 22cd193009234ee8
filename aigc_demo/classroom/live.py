"""A room as it stands now, for everybody who follows it: each is told what has changed of their own part.

One picture of the room is read from the store after each change and shared by all; nothing is queued for
anybody, so that a slow phone skips what was overtaken and a reload begins with all of it. Knows jobs as they
are watched. Knows nothing of who may see what.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aigc_demo.history.class_values import Result, RoomView
from aigc_demo.studio import Studio
from aigc_demo.types import FINAL, Event, Finished, Job, Loading, Queued, UserError

_KEPT_JOBS = 3_000
STAFF_PAUSE, SEAT_PAUSE = 0.04, 0.15
"""Seconds between two looks of the wall and of a phone: what happens meanwhile is told together."""
Part = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A room at one moment with the jobs of its results, and how those fare that are being made."""

    view: RoomView
    jobs: Mapping[str, Job]
    progress: Mapping[str, tuple[str, int | None, float | None]] = field(default_factory=dict)
    here: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def results_of(self) -> dict[str, list[Result]]:
        """Results by seat."""
        found: dict[str, list[Result]] = {}
        for result in self.view.results:
            found.setdefault(result.seat, []).append(result)
        return found

    @cached_property
    def answer_of(self) -> dict[tuple[str, str], Any]:
        """Answers by round and seat."""
        return {(one.round, one.seat): one.answer for one in self.view.answers}


@dataclass
class _Room:
    """What is kept of a room that somebody follows."""

    loop: asyncio.AbstractEventLoop
    snapshot: Snapshot | None = None
    followers: dict[object, tuple[asyncio.Event, str | None]] = field(default_factory=dict)
    progress: dict[str, tuple[str, int | None, float | None]] = field(default_factory=dict)
    here: Counter[str] = field(default_factory=Counter)
    watches: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stale: bool = False


class Live:
    """Every room that is followed at present."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._rooms: dict[str, _Room] = {}
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._jobs_lock = threading.Lock()

    def look(self, room_id: str) -> Snapshot:
        """The room as it stands; the one 404 where it has ended. May wait for the disk."""
        view = self._studio.history.classrooms.view(room_id)
        room = self._rooms.get(room_id)
        progress = {} if room is None else dict(room.progress)
        here = {} if room is None else dict(room.here)
        return Snapshot(view, self._jobs_of(view), progress, here)

    def touched(self, room_id: str) -> None:
        """Something of the room has changed: read it again and tell whoever follows. From any thread."""
        room = self._rooms.get(room_id)
        if room is None:
            return
        room.stale = True
        while room.stale and room.lock.acquire(blocking=False):
            try:
                room.stale = False
                try:
                    snapshot = self.look(room_id)
                except UserError:
                    snapshot = None
                room.loop.call_soon_threadsafe(self._publish, room_id, room, snapshot)
            finally:
                room.lock.release()

    async def follow(
        self, room_id: str, part: Callable[[Snapshot], Part], seat: str | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """What ``part`` makes of the room, whole at first, then what has changed of it; ends with the room.

        A name that is gone is told as None. ``seat`` is whose phone follows, None for teacher and wall.
        """
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = _Room(asyncio.get_running_loop())
        key, woken = object(), asyncio.Event()
        room.followers[key] = (woken, seat)
        if seat is not None:
            room.here[seat] += 1
        try:
            await asyncio.to_thread(self.touched, room_id)
            if room.snapshot is not None:
                woken.set()  # all of it is told, also where nothing changes
            told: Part = {}
            while True:
                await woken.wait()
                woken.clear()
                if room.snapshot is None:
                    return
                now = part(room.snapshot)
                changed = {
                    name: value for name, value in now.items() if name not in told or told[name] != value
                }
                changed |= {name: None for name in told if name not in now}
                if changed:
                    yield changed
                told = now
                await asyncio.sleep(STAFF_PAUSE if seat is None else SEAT_PAUSE)
        finally:
            self._left(room_id, room, key, seat)

    # -- on the event loop --------------------------------------------------------------------------

    def _left(self, room_id: str, room: _Room, key: object, seat: str | None) -> None:
        room.followers.pop(key, None)
        if seat is not None:
            room.here[seat] -= 1
            room.here += Counter()
        if room.followers:
            self._changed_here(room)
            return
        for watch in room.watches.values():
            watch.cancel()
        if self._rooms.get(room_id) is room:
            del self._rooms[room_id]

    def _changed_here(self, room: _Room) -> None:
        """Tell the staff how jobs fare and who is there, which no store knows."""
        if room.snapshot is not None:
            before = room.snapshot
            room.snapshot = Snapshot(before.view, before.jobs, dict(room.progress), dict(room.here))
            self._wake(room, set())

    def _publish(self, room_id: str, room: _Room, snapshot: Snapshot | None) -> None:
        before, room.snapshot = room.snapshot, snapshot
        if snapshot is None or before is None or _of_all(before) != _of_all(snapshot):
            self._wake(room, None)
        else:
            self._wake(room, _seats_changed(before, snapshot))
        if snapshot is None:
            return
        for job in snapshot.jobs.values():
            if job.status not in FINAL and job.id not in room.watches:
                room.watches[job.id] = room.loop.create_task(self._watch(room_id, room, job))

    @staticmethod
    def _wake(room: _Room, seats: set[str] | None) -> None:
        """Wake the staff and these seats; everybody for None."""
        for woken, seat in room.followers.values():
            if seats is None or seat is None or seat in seats:
                woken.set()

    async def _watch(self, room_id: str, room: _Room, job: Job) -> None:
        """Follow a job to its end, for the seats that wait for it."""
        try:
            async for event in self._studio.watch(job.owner, job.id):
                said = _fares(event)
                if said == room.progress.get(job.id) or room.snapshot is None:
                    continue
                room.progress[job.id] = said
                before = room.snapshot
                room.snapshot = Snapshot(before.view, before.jobs, dict(room.progress), before.here)
                self._wake(room, {one.seat for one in before.view.results if one.job == job.id})
        except UserError:
            pass  # it is gone with its room
        finally:
            room.progress.pop(job.id, None)
            room.watches.pop(job.id, None)
        await asyncio.to_thread(self.touched, room_id)

    # -- jobs ---------------------------------------------------------------------------------------

    def _jobs_of(self, view: RoomView) -> dict[str, Job]:
        wanted = dict.fromkeys(result.job for result in view.results)
        with self._jobs_lock:
            known = {job_id: self._jobs[job_id] for job_id in wanted if job_id in self._jobs}
        found = self._studio.history.classrooms.jobs([one for one in wanted if one not in known])
        with self._jobs_lock:
            self._jobs |= {job.id: job for job in found.values() if job.status in FINAL}
            while len(self._jobs) > _KEPT_JOBS:
                self._jobs.popitem(last=False)
        return known | found

    def forget(self, job_ids: list[str]) -> None:
        """Keep nothing of these jobs."""
        with self._jobs_lock:
            for job_id in job_ids:
                self._jobs.pop(job_id, None)


def _of_all(snapshot: Snapshot) -> tuple[Any, ...]:
    """What every phone shows some of."""
    return snapshot.view.room, snapshot.view.rounds


def _seats_changed(before: Snapshot, now: Snapshot) -> set[str]:
    """Whose phones show something new."""
    changed = {one.id for one in set(now.view.seats) ^ set(before.view.seats)}
    for seat in {*before.results_of, *now.results_of}:
        old, new = before.results_of.get(seat, []), now.results_of.get(seat, [])
        if old != new or any(_status(before, one) != _status(now, one) for one in new):
            changed.add(seat)
    for key in {*before.answer_of, *now.answer_of}:
        if before.answer_of.get(key) != now.answer_of.get(key):
            changed.add(key[1])
    return changed


def _status(snapshot: Snapshot, result: Result) -> str:
    job = snapshot.jobs.get(result.job)
    return "" if job is None else job.status


def _fares(event: Event) -> tuple[str, int | None, float | None]:
    """How a job fares: what is done with it, how many are ahead, seconds to the start."""
    match event:
        case Queued(place, eta):
            return "queued", place, None if eta is None else round(eta)
        case Loading():
            return "loading", None, None
        case Finished():
            return "storing", None, None
    return "running", None, None
