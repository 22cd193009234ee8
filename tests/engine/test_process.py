"""The engine in a child process: it may die, hang or be killed, and one job pays for it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from aigc_demo.engine import lending, make_engine
from aigc_demo.engine.local import LocalEngine
from aigc_demo.engine.process import ProcessEngine
from aigc_demo.settings import ROOT, Settings
from aigc_demo.types import Cancelled, Event, Failed, Finished, Loading, Partial
from tests.engine.conftest import Followed, ask, follow


@pytest.fixture
def engine(settings: Settings) -> Iterator[ProcessEngine]:
    engine = ProcessEngine(settings, grace=0.5)
    yield engine
    engine.close()


def wait_for(stream: Followed, kind: type[Event]) -> Event:
    return next(event for event in stream if isinstance(event, kind))


def child_of(engine: ProcessEngine) -> int:
    assert engine._child is not None
    return engine._child.process.pid


def failed(stream: Followed) -> Failed:
    (*_, last) = stream
    assert isinstance(last, Failed), last
    return last


def test_a_run_in_the_child_gives_the_same_events_as_one_here(
    engine: ProcessEngine, settings: Settings
) -> None:
    (*_, there) = follow(engine, ask())
    local = LocalEngine(settings)
    (*_, here) = follow(local, ask())
    local.close()
    assert isinstance(there, Finished) and isinstance(here, Finished)
    assert there.outputs[0].text == here.outputs[0].text
    assert engine.loaded() == {"debug-text"}


def test_a_run_is_cancelled_in_the_middle(engine: ProcessEngine) -> None:
    stream = follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))
    wait_for(stream, Partial)
    stream.close()  # a hundred seconds of words are still to come
    assert list(stream)[-1] == Cancelled()


def test_a_crash_fails_its_job_as_crashed_and_the_next_job_finds_a_new_child(engine: ProcessEngine) -> None:
    last = failed(follow(engine, ask("crash", model="debug-text-faulty")))
    assert last.crashed and last.problem.code == "worker_died"
    assert engine.loaded() == frozenset()
    assert isinstance(list(follow(engine, ask()))[-1], Finished)


def test_kill_9_of_the_worker_ends_every_running_stream(engine: ProcessEngine) -> None:
    streams = [follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))]
    wait_for(streams[0], Partial)
    streams.append(follow(engine, ask(model="debug-text-slow")))  # waits for the model
    os.kill(child_of(engine), signal.SIGKILL)
    assert all(failed(stream).crashed for stream in streams)
    assert isinstance(list(follow(engine, ask()))[-1], Finished)


def test_a_child_that_falls_silent_is_replaced_long_before_its_jobs_time_is_over(settings: Settings) -> None:
    engine = ProcessEngine(settings, patience=4.0)
    try:
        stream = follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))
        wait_for(stream, Partial)
        silent = child_of(engine)
        os.kill(silent, signal.SIGSTOP)
        last = failed(stream)
        assert last.crashed and last.problem.code == "worker_stuck"
        assert isinstance(list(follow(engine, ask()))[-1], Finished)
        assert child_of(engine) != silent
    finally:
        engine.close()


def test_a_child_that_is_stuck_in_a_native_call_falls_silent(settings: Settings) -> None:
    engine = ProcessEngine(settings, patience=4.0)
    try:
        assert failed(follow(engine, ask("freeze", model="debug-text-faulty"))).problem.code == "worker_stuck"
    finally:
        engine.close()


def test_a_job_deaf_to_cancelling_is_ended_with_its_child(engine: ProcessEngine) -> None:
    stream = follow(engine, ask("hang", model="debug-text-faulty"))
    wait_for(stream, Loading)
    time.sleep(0.3)
    stream.close()
    assert list(stream)[-1] == Cancelled()
    assert isinstance(list(follow(engine, ask()))[-1], Finished)


def test_a_job_that_hangs_fails_after_its_time_and_the_others_may_be_tried_again(settings: Settings) -> None:
    engine = ProcessEngine(settings.model_copy(update={"job_timeout_seconds": 1.5}), grace=0.3)
    try:
        hung = follow(engine, ask("hang", model="debug-text-faulty"))
        last = failed(hung)
        assert last.problem.code == "timeout" and not last.crashed
    finally:
        engine.close()


def test_a_job_too_slow_for_its_time_is_stopped_with_a_clear_sentence(settings: Settings) -> None:
    engine = ProcessEngine(settings.model_copy(update={"job_timeout_seconds": 1.0}))
    try:
        last = failed(follow(engine, ask(model="debug-text-slow", max_new_tokens=2000)))
        assert last.problem.key == "error.timeout"
        assert isinstance(list(follow(engine, ask()))[-1], Finished), "the child lives on"
    finally:
        engine.close()


def test_errors_cross_the_border_with_their_values(engine: ProcessEngine) -> None:
    problem = failed(follow(engine, ask("refuse", model="debug-text-faulty"))).problem
    assert problem.values == {"tokens": 9, "limit": 8} and problem.field == "prompt"


def test_many_runs_at_once_keep_their_events_apart(engine: ProcessEngine) -> None:
    results: dict[int, str | None] = {}

    def go(seed: int) -> None:
        (*_, last) = follow(engine, ask(seed=seed, model="debug-text"))
        assert isinstance(last, Finished)
        results[seed] = last.outputs[0].text

    threads = [threading.Thread(target=go, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (0, 11):
        (*_, last) = follow(engine, ask(seed=seed))
        assert isinstance(last, Finished) and results[seed] == last.outputs[0].text
    assert len(set(results.values())) == 12


def test_memory_and_unload_reach_the_child(engine: ProcessEngine) -> None:
    list(follow(engine, ask()))
    report = engine.memory()
    assert set(report.models) == {"debug-text"} and report.budget == 2_000_000_000
    engine.unload()
    deadline = time.monotonic() + 5
    while engine.loaded() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert engine.memory().models == {}


def test_an_engine_that_was_never_used_starts_no_child_and_reports_nothing(engine: ProcessEngine) -> None:
    assert engine.loaded() == frozenset()
    assert engine.memory().models == {}
    assert psutil.Process().children() == [] or engine._child is None


def test_the_child_starts_with_sleeping_threads_that_fit_its_lanes(settings: Settings) -> None:
    engine = ProcessEngine(settings)
    list(follow(engine, ask()))
    env = psutil.Process(child_of(engine)).environ()
    engine.close()
    assert env["OMP_WAIT_POLICY"] == "PASSIVE"
    assert int(env["OMP_NUM_THREADS"]) >= 1
    assert env["HF_HUB_OFFLINE"] == "1"
    assert env["ONEDNN_MAX_CPU_ISA"] == "AVX512_CORE_FP16"  # nothing that uses tile registers


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from aigc_demo.settings import Settings\n"
        "from aigc_demo.engine import make_engine\n"
        "from tests.engine.conftest import ask, follow\n"
        f"engine = make_engine(Settings(data_dir={str(tmp_path)!r}, debug_models=True))\n"
        "stream = follow(engine, ask(model='debug-text-slow', max_new_tokens=2000))\n"
        "next(stream); print(engine._child.process.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(5)
    assert not child.is_running()


def test_the_parent_imports_no_torch() -> None:
    script = (
        "import sys\n"
        "from aigc_demo.settings import Settings\n"
        "from aigc_demo.engine import make_engine, devices, sources\n"
        "from aigc_demo import catalog\n"
        "settings = Settings()\n"
        "make_engine(settings)\n"
        "models = catalog.of(settings).models.values()\n"
        "[(devices.fits(spec, settings), sources.installed(spec, settings)) for spec in models]\n"
        "print(sorted({'torch', 'transformers', 'diffusers', 'accelerate'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_settings_choose_the_engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_engine(settings), ProcessEngine)
    assert isinstance(make_engine(settings.model_copy(update={"engine": "inline"})), LocalEngine)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")  # the GPU is lent to this process only
    monkeypatch.setattr(lending, "LendingEngine", lambda settings, tokens: (settings, tokens))
    lent, _ = make_engine(settings)
    assert lent == settings
