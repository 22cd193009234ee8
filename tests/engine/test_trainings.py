"""A training in the engine: it gives way to short jobs, and survives the death of its worker."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from aigc_demo.engine import run_folders
from aigc_demo.engine.local import LocalEngine
from aigc_demo.engine.process import ProcessEngine
from aigc_demo.settings import Settings
from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.types import (
    Cancelled,
    Emit,
    Event,
    Failed,
    Finished,
    LoadContext,
    ModelSpec,
    Output,
    Params,
    Paused,
    Progress,
    Request,
    RunContext,
    RunControl,
    Training,
)

JOB = "01m8068em583ea1jd2xfcwgxqy"


class Stepper:
    """A training that takes steps until it is told to finish, and lets a test see each."""

    def __init__(self) -> None:
        self.steps = 0
        self.stepped = threading.Condition()

    def __call__(self, params: Params, emit: Emit, context: RunContext) -> tuple[Output, ...]:
        while not any(told.action == "finish" for told in context.controls()):
            context.give_way()
            with self.stepped:
                self.steps += 1
                self.stepped.notify_all()
            emit(Progress(self.steps, 1_000_000))
        return (Output("text", "steps.txt", "text/plain", text=str(self.steps)),)

    def until(self, steps: int) -> None:
        with self.stepped:
            assert self.stepped.wait_for(lambda: self.steps >= steps, 30)


class Poem:
    """A short job that works until a test lets it end."""

    def __init__(self) -> None:
        self.working, self.may_end = threading.Event(), threading.Event()

    def __call__(self, params: Params, emit: Emit) -> tuple[Output, ...]:
        emit(Progress(0, 1))
        self.working.set()
        assert self.may_end.wait(30)
        return (Output("text", "poem.txt", "text/plain", text="床前明月光"),)


STEPPER, POEM = Stepper(), Poem()


def stepper(_: LoadContext) -> Stepper:
    return STEPPER


def poem(_: LoadContext) -> Poem:
    return POEM


SPECS = {
    "stepper": ModelSpec("stepper", "t", "Stepper", f"{__name__}:stepper", (), "none", 0.01, trains=True),
    "poem": ModelSpec("poem", "t", "Poem", f"{__name__}:poem", (), "none", 0.01),
}


class Watched:
    """A run that is waited for in a thread, and what it told."""

    def __init__(self, engine: LocalEngine | ProcessEngine, request: Request) -> None:
        self.events: list[Event] = []
        self._told = threading.Condition()
        self.run = engine.run(request, self._hear)
        self._thread = threading.Thread(target=lambda: self._hear(self.run.wait()), daemon=True)
        self._thread.start()

    def _hear(self, event: Event) -> None:
        with self._told:
            self.events.append(event)
            self._told.notify_all()

    def until_step(self, step: int) -> None:
        """Wait until it tells that it is there."""

        def there() -> bool:
            return any(isinstance(event, Training) and event.step >= step for event in self.events)

        with self._told:
            assert self._told.wait_for(there, 60)

    def end(self) -> Event:
        """Wait for the final event."""
        self._thread.join(120)
        assert not self._thread.is_alive()
        return self.events[-1]


def test_a_training_takes_no_step_while_a_poem_has_the_last_slot_and_goes_on_after_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, slots=1)
    engine = LocalEngine(settings, SPECS.__getitem__, patience=60.0)
    training = Watched(engine, Request("t", "stepper", Params(), "ann"))
    STEPPER.until(3)
    short = Watched(engine, Request("t", "poem", Params(), "ben"))
    assert POEM.working.wait(30), "the poem begins while the training runs"
    with STEPPER.stepped:
        at_most = STEPPER.steps + 1  # the one that was under way
        assert not STEPPER.stepped.wait_for(lambda: STEPPER.steps > at_most, 0.3)
    POEM.may_end.set()
    assert isinstance(short.end(), Finished)
    STEPPER.until(at_most + 3)
    training.run.control(RunControl("finish"))
    assert isinstance(training.end(), Finished)
    engine.close()


def asked(**params: object) -> Request:
    values = {"data": "digits", "method": "gan", "seed": 4, "patience": 0, **params}
    return Request(
        "train_pictures", "debug-picture-trainer", TrainPicturesParams.model_validate(values), "ann", job=JOB
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, debug_models=True, memory_gb=4)


def model(last: Event) -> bytes:
    assert isinstance(last, Finished), last
    return next(output.data or b"" for output in last.outputs if output.kind == "model")


def test_a_training_whose_worker_is_killed_goes_on_from_its_checkpoint_and_ends_the_same(
    settings: Settings,
) -> None:
    engine = ProcessEngine(settings)
    try:
        whole = model(Watched(engine, asked(steps=1500)).end())
        run_folders.remove(settings, JOB)
        paused = Watched(engine, asked(steps=1500))
        paused.until_step(40)
        paused.run.control(RunControl("pause"))
        assert isinstance(paused.end(), Paused)
        assert run_folders.kept(settings, JOB), "what it has so far can be had without the worker"
        child = engine._child
        assert child is not None
        os.kill(child.process.pid, signal.SIGKILL)
        child.process.wait()
        again = Watched(engine, asked(steps=1500))
        if isinstance(again.end(), Failed):  # the death was noticed only now
            again = Watched(engine, asked(steps=1500))
        last = again.end()
        first = next(event for event in again.events if isinstance(event, Training))
        assert first.step >= 40
        assert model(last) == whole
    finally:
        engine.close()


def test_a_cancelled_training_stops_and_its_last_good_model_is_kept(settings: Settings) -> None:
    engine = ProcessEngine(settings)
    try:
        endless = Watched(engine, asked(steps=100_000))
        endless.until_step(20)
        endless.run.close()
        assert isinstance(endless.end(), Cancelled)
        kept = {output.name: output for output in run_folders.kept(settings, JOB)}
        assert kept["model.safetensors"].kind == "model"
        assert kept["grid.png"].data
    finally:
        engine.close()


def test_a_list_that_cannot_be_read_leaves_nothing_and_raises_nothing(settings: Settings) -> None:
    folder = run_folders.made(settings, JOB)
    assert run_folders.kept(settings, JOB) == ()
    for text in ("", "[{}]", '[{"kind": "model", "name": "gone", "media_type": "x", "meta": {}}]', "7"):
        (folder / run_folders.LIST).write_text(text)
        assert run_folders.kept(settings, JOB) == ()
    run_folders.sweep(settings, keep={JOB})
    assert folder.exists()
    run_folders.sweep(settings, keep=())
    assert not folder.exists()
