"""Lanes take jobs fairly, cancel at once, survive a dying worker and never compute too much at once."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aigc_demo.engine import FINAL, MemoryReport, OnEvent
from aigc_demo.scheduler import Scheduler
from aigc_demo.types import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Job,
    Output,
    Params,
    Partial,
    Problem,
    Progress,
    Queued,
    Request,
    Status,
)


class FakeTable:
    """Rows in a dictionary; remembers every state a job went through."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.states: dict[str, list[str]] = {}
        self.outputs: dict[str, tuple[Output, ...]] = {}

    def add(self, job_id: str, owner: str = "ann", model: str = "m") -> Job:
        job = Job(job_id, owner, "text", model, "queued", {}, "en", datetime.now(UTC))
        self.jobs[job_id] = job
        self.states[job_id] = ["queued"]
        return job

    def waiting(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs.values() if job.status == "queued")

    def start(self, job_id: str) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], attempts=self.jobs[job_id].attempts + 1)
        self.mark(job_id, "loading")

    def mark(self, job_id: str, status: Status) -> None:
        assert self.jobs[job_id].status not in ("done", "failed", "cancelled"), "a final state never changes"
        self.jobs[job_id] = replace(self.jobs[job_id], status=status)
        self.states[job_id].append(status)

    def put_back(self, job_id: str) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], attempts=self.jobs[job_id].attempts - 1)
        self.mark(job_id, "queued")

    def finish(self, job_id: str, status: Status, outputs: Sequence[Output], **metadata: object) -> Job:
        self.mark(job_id, status)
        self.outputs[job_id] = tuple(outputs)
        self.jobs[job_id] = replace(self.jobs[job_id], problem=metadata.get("problem"))
        return self.jobs[job_id]


class FakeRun:
    """Events pushed by the test; ``close`` ends it with Cancelled unless it is stubborn."""

    def __init__(self, request: Request, on_event: OnEvent, engine: FakeEngine) -> None:
        self.request = request
        self.on_event = on_event
        self.engine = engine
        self.events: queue.Queue[Event] = queue.Queue()
        self.stubborn = False

    def wait(self) -> Event:
        while not isinstance(event := self.events.get(timeout=10), FINAL):
            self.on_event(event)
        self.engine.open.remove(self)
        return event

    def push(self, *events: Event) -> None:
        for event in events:
            self.events.put(event)

    def close(self) -> None:
        if not self.stubborn:
            self.push(Cancelled())


class FakeEngine:
    """Remembers how many streams were open at once."""

    def __init__(self) -> None:
        self.open: list[FakeRun] = []
        self.started: queue.Queue[FakeRun] = queue.Queue()
        self.peak = 0
        self.resident: frozenset[str] = frozenset()

    def run(self, request: Request, on_event: OnEvent) -> FakeRun:
        stream = FakeRun(request, on_event, self)
        self.open.append(stream)
        self.peak = max(self.peak, len(self.open))
        self.started.put(stream)
        return stream

    def loaded(self) -> frozenset[str]:
        return self.resident

    def memory(self) -> MemoryReport:
        return MemoryReport()

    def unload(self, model_id: str | None = None) -> None: ...
    def warm(self, model_id: str | None = None) -> None: ...
    def close(self) -> None: ...


@contextmanager
def running(
    slots: int = 1,
    *jobs: Job,
    table: FakeTable | None = None,
    concurrency: int = 99,
    shared: tuple[str, ...] = (),
) -> Iterator[tuple[Scheduler, FakeTable, FakeEngine]]:
    table, engine = table or FakeTable(), FakeEngine()

    def prepare(job: Job) -> Request:
        return Request(job.task, job.model, Params(seed=int(job.id.strip("abcdefj") or 0)), job.owner)

    scheduler = Scheduler(
        table,
        engine,
        slots=slots,
        prepare=prepare,
        concurrency=lambda _: concurrency,
        batches=shared.__contains__,
    )
    scheduler.start()
    try:
        yield scheduler, table, engine
    finally:
        scheduler.stop(grace=0)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "waited five seconds in vain"
        time.sleep(0.005)


def text(value: str) -> Output:
    return Output("text", "text.txt", "text/plain", text=value)


def test_a_job_goes_from_queued_through_loading_and_running_to_done() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        engine.started.get(timeout=5).push(Progress(1, 2), Partial(text("a")), Finished((text("ab"),), 1.0))
        until(lambda: table.jobs["j1"].status == "done")
        assert table.states["j1"] == ["queued", "loading", "running", "done"]
        assert table.outputs["j1"] == (text("ab"),)


def test_jobs_left_by_an_earlier_run_are_taken_up_at_the_start() -> None:
    table = FakeTable()
    table.add("j1")
    with running(table=table) as (_, _, engine):
        engine.started.get(timeout=5).push(Finished(()))
        until(lambda: table.jobs["j1"].status == "done")


def test_no_more_jobs_compute_at_once_than_there_are_lanes() -> None:
    with running(2) as (scheduler, table, engine):
        for number in range(12):
            scheduler.submit(table.add(f"j{number}", owner=f"visitor{number}"))
        for number in range(6):
            scheduler.cancel(f"j{number * 2}")
        for _ in range(12):
            try:
                engine.started.get(timeout=0.3).push(Finished(()))
            except queue.Empty:
                break
        until(lambda: scheduler.counts() == (0, 0))
        assert engine.peak <= 2
        assert {job.status for job in table.jobs.values()} <= {"done", "cancelled"}


def test_two_jobs_of_one_model_wait_for_each_other_but_not_for_another_model() -> None:
    with running(2, concurrency=1) as (scheduler, table, engine):
        scheduler.submit(table.add("j1", model="m"))
        first = engine.started.get(timeout=5)
        scheduler.submit(table.add("j2", owner="ben", model="m"))
        scheduler.submit(table.add("j3", owner="cat", model="n"))
        second = engine.started.get(timeout=5)
        assert (first.request.model, second.request.model) == ("m", "n")
        assert scheduler.place("j2") is not None
        first.push(Finished(()))
        engine.started.get(timeout=5).push(Finished(()))
        second.push(Finished(()))
        until(lambda: table.jobs["j2"].status == "done")


def test_jobs_of_a_model_that_shares_take_one_lane_together() -> None:
    with running(1, concurrency=3, shared=("m",)) as (scheduler, table, engine):
        for number in range(4):
            scheduler.submit(table.add(f"j{number}", owner=f"visitor{number}", model="m"))
        scheduler.submit(table.add("j9", owner="zoe", model="n"))
        together = [engine.started.get(timeout=5) for _ in range(3)]
        assert {stream.request.model for stream in together} == {"m"}
        assert scheduler.counts() == (2, 3), "the fourth is one too many, the other model has no lane"
        for stream in together:
            stream.push(Finished(()))
        for _ in range(2):
            engine.started.get(timeout=5).push(Finished(()))
        until(lambda: scheduler.counts() == (0, 0))


def test_company_does_not_keep_a_lane_for_ever_while_others_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aigc_demo.scheduler.MAX_BATCH_JOINS", 3)
    with running(1, concurrency=2, shared=("m",)) as (scheduler, table, engine):
        scheduler.submit(table.add("j0", owner="visitor0", model="m"))
        scheduler.submit(table.add("j99", owner="zoe", model="n"))
        for number in range(1, 12):
            scheduler.submit(table.add(f"j{number}", owner=f"visitor{number}", model="m"))
        served: list[str] = []
        waiting = [engine.started.get(timeout=5), engine.started.get(timeout=5)]
        while waiting:
            stream = waiting.pop(0)
            served.append(stream.request.model)
            stream.push(Finished(()))
            with contextlib.suppress(queue.Empty):
                while len(waiting) < 2:
                    waiting.append(engine.started.get(timeout=0.3))
        assert len(served) == 13
        assert served.index("n") == 4, "the first of m and the three who joined come before"


def test_a_waiting_job_is_cancelled_without_ever_starting() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        blocker = engine.started.get(timeout=5)
        scheduler.submit(table.add("j2"))
        assert scheduler.cancel("j2")
        assert table.jobs["j2"].status == "cancelled"
        blocker.push(Finished(()))
        until(lambda: table.jobs["j1"].status == "done")
        assert engine.started.empty()


def test_a_cancelled_job_keeps_its_last_partial() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        engine.started.get(timeout=5).push(Partial(text("half a po")))
        until(lambda: table.jobs["j1"].status == "running")
        until(lambda: scheduler.newest("j1") is not None and isinstance(scheduler.newest("j1"), Partial))
        scheduler.cancel("j1")
        assert table.jobs["j1"].status == "cancelled"
        assert table.outputs["j1"] == (text("half a po"),)


def test_a_stubborn_body_is_cancelled_for_the_visitor_but_keeps_its_lane() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        stubborn = engine.started.get(timeout=5)
        stubborn.stubborn = True
        scheduler.submit(table.add("j2", owner="ben"))
        before = time.monotonic()
        scheduler.cancel("j1")
        assert time.monotonic() - before < 2
        assert table.jobs["j1"].status == "cancelled"
        assert engine.started.empty(), "the lane is not free before the body stopped"
        stubborn.push(Finished(()))
        engine.started.get(timeout=5).push(Finished(()))
        until(lambda: table.jobs["j2"].status == "done")
        assert table.jobs["j1"].status == "cancelled"


def test_a_job_whose_worker_died_is_tried_once_more_and_then_fails() -> None:
    died = Failed(Problem("worker_died", "error.worker_died"), crashed=True)
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        engine.started.get(timeout=5).push(died)
        engine.started.get(timeout=5).push(died)
        until(lambda: table.jobs["j1"].status == "failed")
        assert table.states["j1"] == ["queued", "loading", "queued", "loading", "failed"]
        assert table.jobs["j1"].problem == died.problem


def test_a_job_that_kills_its_worker_takes_no_other_down_with_it() -> None:
    died = Failed(Problem("worker_died", "error.worker_died"), crashed=True)
    with running(2) as (scheduler, table, engine):
        scheduler.submit(table.add("j1", owner="guilty"))
        scheduler.submit(table.add("j2", owner="innocent"))
        together = [engine.started.get(timeout=5) for _ in range(2)]
        for stream in together:
            stream.push(died)
        for _ in range(2):
            alone = engine.started.get(timeout=5)
            assert len(engine.open) == 1, "a suspect is tried again alone"
            alone.push(died if alone.request.owner == "guilty" else Finished(()))
        until(lambda: scheduler.counts() == (0, 0))
        assert table.jobs["j1"].status == "failed"
        assert table.jobs["j2"].status == "done"


def test_a_cancel_right_after_a_crash_wins() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        stream = engine.started.get(timeout=5)
        stream.stubborn = True
        canceller = threading.Thread(target=scheduler.cancel, args=["j1"])
        canceller.start()
        time.sleep(0.05)
        stream.push(Failed(Problem("worker_died", "error.worker_died"), crashed=True))
        canceller.join()
        until(lambda: scheduler.counts() == (0, 0))
        assert table.jobs["j1"].status in ("cancelled", "failed")
        assert engine.started.empty()


def test_stopping_puts_running_jobs_back_without_counting_the_attempt() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        engine.started.get(timeout=5)
        until(lambda: table.jobs["j1"].status == "loading")
        scheduler.stop(grace=0)
        assert table.jobs["j1"].status == "queued"
        assert table.jobs["j1"].attempts == 0


def test_places_and_waiting_times_follow_the_line() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        stream = engine.started.get(timeout=5)
        scheduler.submit(table.add("j2", owner="ben"))
        scheduler.submit(table.add("j3", owner="cat"))
        assert scheduler.place("j2") == Queued(0, None)
        assert scheduler.place("j3") == Queued(1, None)
        stream.push(Finished((), seconds=4.0))
        second = engine.started.get(timeout=5)
        until(lambda: (scheduler.place("j3") or Queued(9)).place == 0)
        eta = scheduler.place("j3").eta  # type: ignore[union-attr]
        assert eta is not None
        assert 0 < eta <= 4.0
        second.push(Finished(()))


class SlowTable(FakeTable):
    """Takes a while to store."""

    def finish(self, *args: Any, **metadata: Any) -> Job:
        time.sleep(0.3)
        return super().finish(*args, **metadata)


def test_the_time_that_storing_takes_is_told_as_well() -> None:
    with running(table=SlowTable()) as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        stream = engine.started.get(timeout=5)
        stream.push(Finished((), seconds=0.0))
        scheduler.submit(table.add("j2"))
        engine.started.get(timeout=5)
        assert scheduler.wait_estimate() >= 0.3


def test_a_model_that_takes_one_job_at_a_time_makes_the_others_wait_for_each_other() -> None:
    with running(slots=2, concurrency=1) as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        engine.started.get(timeout=5).push(Finished((), seconds=40.0))
        for job_id in ("j2", "j3", "j4"):
            scheduler.submit(table.add(job_id))
        second = engine.started.get(timeout=5)
        until(lambda: (scheduler.place("j4") or Queued(9)).place == 1)
        metrics = scheduler.place("j4")
        assert metrics is not None and metrics.eta is not None
        assert metrics.eta > 70, "the rest of one job and the whole of another"
        assert scheduler.wait_estimate() == 40.0
        second.push(Finished(()))


def test_a_watcher_sees_the_whole_way_and_may_come_late() -> None:
    with running() as (scheduler, table, engine):
        scheduler.submit(table.add("j1"))
        stream = engine.started.get(timeout=5)

        async def follow() -> list[Event]:
            events = scheduler.watch("j1")
            assert events is not None
            return [event async for event in events]

        async def main() -> list[Event]:
            watching = asyncio.create_task(follow())
            await asyncio.sleep(0.05)
            stream.push(Progress(1, 2), Finished((), 1.0, 0.5))
            return await watching

        events = asyncio.run(main())
        assert events[-1] == Finished((), 1.0, 0.5)
        until(lambda: scheduler.counts() == (0, 0))
        assert scheduler.watch("j1") is None
