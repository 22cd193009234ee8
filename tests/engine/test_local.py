"""One run from request to its final event, in this process."""

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from aigc_demo.engine import devices
from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.types import (
    Cancelled,
    Event,
    Failed,
    Finished,
    LoadContext,
    Loading,
    Partial,
    Placement,
    Progress,
)
from tests.declared import CATALOG
from tests.engine.conftest import Followed, ask, follow, spec


def texts(events: list[Event]) -> list[str]:
    return [event.output.text or "" for event in events if isinstance(event, Partial)]


def wait_for(stream: Followed, kind: type[Event]) -> Event:
    return next(event for event in stream if isinstance(event, kind))


def test_a_run_loads_streams_and_finishes(engine: LocalEngine) -> None:
    events = list(follow(engine, ask(model="debug-text-slow")))
    assert isinstance(events[0], Loading)
    assert isinstance(events[-1], Finished)
    assert events[-1].load_seconds > 0 and events[-1].seconds >= 0
    (output,) = events[-1].outputs
    assert output.text == texts(events)[-1]
    assert [event for event in events if isinstance(event, Progress)][-1].done == 8
    assert engine.loaded() == {"debug-text-slow"}


def test_the_second_run_does_not_load_again(engine: LocalEngine) -> None:
    list(follow(engine, ask()))
    events = list(follow(engine, ask()))
    assert not any(isinstance(event, Loading) for event in events)
    assert isinstance(events[-1], Finished) and events[-1].load_seconds == 0


def test_partials_grow(engine: LocalEngine) -> None:
    seen = texts(list(follow(engine, ask(model="debug-text-slow", max_new_tokens=20))))
    assert len(seen) > 2
    assert all(later.startswith(earlier) for earlier, later in pairwise(seen))


def test_a_cancelled_run_ends_as_cancelled_and_leaves_the_model_free(
    engine: LocalEngine,
) -> None:
    stream = follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))
    wait_for(stream, Partial)
    stream.close()  # a hundred seconds of words are still to come
    assert list(stream)[-1] == Cancelled()
    assert isinstance(list(follow(engine, ask(model="debug-text-slow", max_new_tokens=1)))[-1], Finished)


def test_a_run_is_cancelled_while_it_loads(settings: Settings) -> None:
    slow = replace(CATALOG.model("debug-text-slow"), options={"load_delay": 2.0})
    engine = LocalEngine(settings, find=lambda _: slow)
    stream = follow(engine, ask(model="debug-text-slow"))
    wait_for(stream, Loading)
    stream.close()
    assert list(stream)[-1] == Cancelled()
    assert engine.loaded() == frozenset()


def test_a_run_is_cancelled_while_it_waits_for_the_model(engine: LocalEngine) -> None:
    first = follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))
    wait_for(first, Partial)
    second = follow(engine, ask(model="debug-text-slow"))
    second.close()
    assert list(second) == [Cancelled()]
    first.close()
    assert list(first)[-1] == Cancelled()


def test_runs_of_two_models_go_on_side_by_side(engine: LocalEngine) -> None:
    slow = follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))
    wait_for(slow, Partial)
    assert isinstance(list(follow(engine, ask()))[-1], Finished)
    slow.close()
    list(slow)


def test_a_visitors_error_is_told_in_its_own_words(engine: LocalEngine) -> None:
    (*_, last) = follow(engine, ask("refuse", model="debug-text-faulty"))
    assert isinstance(last, Failed)
    assert (last.problem.code, last.problem.field, last.reference) == ("prompt_too_long", "prompt", None)


def test_a_bug_gives_a_reference_that_finds_the_trace(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    (*_, last) = follow(engine, ask("bug", model="debug-text-faulty"))
    assert isinstance(last, Failed) and last.reference is not None
    assert last.problem.code == "internal"
    assert last.problem.values == {}, "nothing of the inside goes out"
    assert last.reference in caplog.text and "ZeroDivisionError" in caplog.text


def test_an_unknown_model_is_told_too(engine: LocalEngine) -> None:
    (*_, last) = follow(engine, ask(model="no-such-model"))
    assert isinstance(last, Failed) and last.problem.code == "unknown_model"


def test_out_of_memory_fails_one_job_with_words_and_frees_the_rest(engine: LocalEngine) -> None:
    list(follow(engine, ask()))
    (*_, last) = follow(engine, ask("memory", model="debug-text-faulty"))
    assert isinstance(last, Failed) and last.problem.code == "out_of_memory"
    assert engine.loaded() == frozenset()
    assert isinstance(list(follow(engine, ask()))[-1], Finished)


def test_out_of_memory_is_tried_once_more_in_a_smaller_place(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Placement] = []

    def factory(context: LoadContext) -> Callable[..., tuple[()]]:
        places.append(context.placement)

        def pipeline(params: object, emit: object) -> tuple[()]:
            if context.placement.policy != "ram_small":
                raise MemoryError
            return ()

        return pipeline

    monkeypatch.setattr("aigc_demo.tasks.text.debug.words", factory)
    engine = LocalEngine(settings, find=lambda _: spec("hungry", offloads=True))
    (*_, last) = follow(engine, ask(model="hungry"))
    assert isinstance(last, Finished)
    assert [place.policy for place in places] == ["cpu", "ram_small"]


def test_closing_the_engine_stops_what_runs(settings: Settings) -> None:
    engine = LocalEngine(settings)
    stream = follow(engine, ask(model="debug-text-slow", max_new_tokens=2000))
    wait_for(stream, Partial)
    threading.Timer(0.1, engine.close).start()
    assert list(stream)[-1] == Cancelled()


def test_the_memory_report_counts_what_is_loaded(engine: LocalEngine) -> None:
    list(follow(engine, ask()))
    report = engine.memory()
    assert report.budget == 2_000_000_000
    assert set(report.models) == {"debug-text"}
    assert report.rss > 10_000_000


def test_a_model_that_computes_alone_may_use_every_core_and_one_in_company_its_share(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "cores", lambda: 4)
    engine = LocalEngine(settings)  # two lanes
    try:
        assert engine.threads("one") == 4
        first = follow(engine, ask("a cat", "debug-text-slow", max_new_tokens=1000))
        assert (engine.threads("debug-text-slow"), engine.threads("one")) == (4, 2)
        first.close()
        assert list(first)
        assert engine.threads("one") == 4
    finally:
        engine.close()
