"""Trainings have a place beside the slots, are paused without one, told things, and leave what they had."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aigc_demo.engine import OnEvent
from aigc_demo.scheduler import Scheduler
from aigc_demo.types import (
    Cancelled,
    Finished,
    Job,
    Output,
    Params,
    Paused,
    Progress,
    Request,
    RunControl,
)
from tests.scheduler.test_scheduler import FakeEngine, FakeRun, FakeTable, text, until


class TrainingRun(FakeRun):
    """Remembers what it was told."""

    def __init__(self, request: Request, on_event: OnEvent, engine: FakeEngine) -> None:
        super().__init__(request, on_event, engine)
        self.told: list[RunControl] = []

    def control(self, told: RunControl) -> None:
        self.told.append(told)


class TrainingEngine(FakeEngine):
    """Its runs can be told things."""

    def run(self, request: Request, on_event: OnEvent) -> TrainingRun:
        run = TrainingRun(request, on_event, self)
        self.open.append(run)
        self.started.put(run)
        return run


LEFT = Output("model", "model.safetensors", "application/vnd.safetensors", data=b"good")


@contextmanager
def running(slots: int = 1) -> Iterator[tuple[Scheduler, FakeTable, TrainingEngine, list[str]]]:
    table, engine, ended = FakeTable(), TrainingEngine(), []
    scheduler = Scheduler(
        table,
        engine,
        slots=slots,
        prepare=lambda job: Request(job.task, job.model, Params(seed=0), job.owner),
        concurrency=lambda model: 8,
        trains="trainer".__eq__,
        kept=lambda job_id: (LEFT,),
        ended=ended.append,
    )
    scheduler.start()
    try:
        yield scheduler, table, engine, ended
    finally:
        scheduler.stop(grace=0)


def begun(scheduler: Scheduler, table: FakeTable, engine: TrainingEngine, name: str = "t") -> TrainingRun:
    scheduler.submit(training(table, name))
    stream = engine.started.get(timeout=5)
    assert isinstance(stream, TrainingRun)
    stream.push(Progress(1, 100))
    return stream


def training(table: FakeTable, name: str) -> Job:
    return table.add(name, owner=name, model="trainer")


def test_a_poem_finds_its_slot_while_a_training_runs() -> None:
    with running(slots=1) as (scheduler, table, engine, _):
        begun(scheduler, table, engine)
        scheduler.submit(table.add("poem", owner="ben", model="m"))
        assert engine.started.get(timeout=5).request.model == "m"


def test_no_more_trainings_run_at_once_than_there_are_slots() -> None:
    with running(slots=1) as (scheduler, table, engine, _):
        begun(scheduler, table, engine)
        scheduler.submit(training(table, "second"))
        with pytest.raises(queue.Empty):
            engine.started.get(timeout=0.2)
        place = scheduler.place("second")
        assert place is not None and place.place == 0


def test_what_a_visitor_says_reaches_the_training() -> None:
    with running() as (scheduler, table, engine, _):
        stream = begun(scheduler, table, engine)
        slower = RunControl("adjust", learning_rate=0.1)
        assert scheduler.control("t", slower)
        assert stream.told == [slower]


def test_a_job_that_trains_nothing_or_is_gone_can_be_told_nothing() -> None:
    with running() as (scheduler, table, engine, _):
        scheduler.submit(table.add("poem", model="m"))
        engine.started.get(timeout=5)
        assert not scheduler.control("poem", RunControl("pause"))
        assert not scheduler.control("nobody", RunControl("finish"))


def test_a_paused_training_gives_up_its_place_and_goes_on_in_its_turn() -> None:
    with running() as (scheduler, table, engine, ended):
        stream = begun(scheduler, table, engine)
        scheduler.submit(training(table, "second"))
        stream.push(Paused())
        second = engine.started.get(timeout=5)
        until(lambda: isinstance(scheduler.newest("t"), Paused))
        assert table.jobs["t"].status == "queued"
        assert table.jobs["t"].attempts == 0
        assert scheduler.counts("t") == (1, 0), "it counts among what this visitor has waiting"
        assert not ended, "what it kept stays"
        assert scheduler.control("t", RunControl("continue"))
        assert not scheduler.control("t", RunControl("continue"))
        second.push(Finished(()))
        again = engine.started.get(timeout=5)
        again.push(Finished((text("done"),)))
        until(lambda: table.jobs["t"].status == "done")
        until(lambda: sorted(ended) == ["second", "t"])


def test_a_training_that_waits_can_be_paused_and_passes_nobody_by() -> None:
    with running() as (scheduler, table, engine, _):
        begun(scheduler, table, engine)
        scheduler.submit(training(table, "second"))
        assert scheduler.control("second", RunControl("pause"))
        assert scheduler.place("second") is None
        assert isinstance(scheduler.newest("second"), Paused)
        assert not scheduler.control("second", RunControl("finish")), "there is nothing to finish"


def test_a_paused_training_can_be_cancelled_and_leaves_its_last_good_model() -> None:
    with running() as (scheduler, table, engine, ended):
        stream = begun(scheduler, table, engine)
        stream.push(Paused())
        until(lambda: isinstance(scheduler.newest("t"), Paused))
        assert scheduler.cancel("t")
        assert table.jobs["t"].status == "cancelled"
        assert table.outputs["t"] == (LEFT,)
        assert ended == ["t"]


def test_a_cancelled_training_leaves_its_last_good_model_however_slow_it_is_to_stop() -> None:
    with running() as (scheduler, table, engine, ended):
        stream = begun(scheduler, table, engine)
        stream.stubborn = True
        assert scheduler.cancel("t")
        assert table.jobs["t"].status == "cancelled"
        assert table.outputs["t"] == (LEFT,)
        assert not ended, "it may still be writing"
        stream.push(Cancelled())
        until(lambda: ended == ["t"])
