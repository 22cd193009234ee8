"""Models that are loaded before anybody asks: only into free memory, only what is here, and not again and
again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.engine.local import LocalEngine
from aigc_demo.engine.pool import ModelPool
from aigc_demo.engine.process import ProcessEngine
from aigc_demo.engine.warming import INTERVAL, Warming
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import Hub, ModelSpec
from aigc_demo.ui.app import build
from tests.engine.conftest import ask, follow, spec


@pytest.fixture
def pool(settings: Settings) -> Iterator[ModelPool]:
    pool = ModelPool(settings)
    yield pool
    pool.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait; pytest's own time limit ends a wait that has no end."""
    while not condition():
        time.sleep(0.01)


def model(name: str, memory_gb: float, **metadata: Any) -> ModelSpec:
    return spec(name, memory_gb=memory_gb, **metadata)


def test_a_model_that_was_loaded_ahead_is_there_when_it_is_asked_for(pool: ModelPool) -> None:
    early = model("early", 0.5)
    pool.warm(early)
    with pool.lease(early) as lease:
        assert lease.load_seconds == 0


def test_nothing_leaves_for_a_model_that_nobody_asked_for(pool: ModelPool) -> None:
    with pool.lease(model("idle", 1.5)):
        pass
    pool.warm(model("early", 1.0))  # two gigabytes in all
    assert pool.loaded() == {"idle"}
    with pool.lease(model("early", 1.0)):  # in earnest
        assert pool.loaded() == {"early"}


def test_what_is_not_on_disk_is_not_fetched_ahead(pool: ModelPool) -> None:
    pool.warm(model("far", 0.5, sources=(Hub("acme/far", "main"),)))
    assert pool.loaded() == frozenset()


def test_a_model_that_cannot_be_loaded_ahead_is_told_of_only_when_it_is_asked_for(pool: ModelPool) -> None:
    broken = model("broken", 0.5, pipeline="aigc_demo.tasks.text.debug:no_such_name")
    pool.warm(broken)
    with pytest.raises(AttributeError), pool.lease(broken):
        pass


def test_a_model_is_loaded_ahead_beside_the_caller(engine: LocalEngine) -> None:
    engine.warm("debug-text")
    until(lambda: engine.loaded() == {"debug-text"})


def test_the_worker_loads_ahead_what_it_is_told_to(settings: Settings) -> None:
    engine = ProcessEngine(settings)
    try:
        engine.warm()
        assert engine.loaded() == frozenset()
        engine.warm("debug-text")
        until(lambda: engine.loaded() == {"debug-text"})
        assert [type(event).__name__ for event in follow(engine, ask())][-1] == "Finished"
    finally:
        engine.close()


@dataclass
class Heard:
    """An engine that notes what it is asked to load ahead."""

    asked: list[str | None] = field(default_factory=list)
    now: frozenset[str] = frozenset()

    def warm(self, model_id: str | None = None) -> None:
        self.asked.append(model_id)

    def loaded(self) -> frozenset[str]:
        return self.now

    def close(self) -> None: ...


def test_hints_that_come_often_are_passed_on_seldom(settings: Settings) -> None:
    engine, clock = Heard(), [0.0]
    warming = Warming(engine, settings.model_copy(update={"debug_models": False}), lambda: clock[0])  # type: ignore[arg-type]
    one, other = model("one", 0.5), model("other", 0.5)
    assert warming(one) and warming(one) and warming(other)
    assert engine.asked == ["one", "other"]
    clock[0] = INTERVAL
    engine.now = frozenset({"other"})
    assert warming(one) and warming(other)
    assert engine.asked == ["one", "other", "one"], "what is loaded is not asked for"
    assert not warming(model("far", 0.5, sources=(Hub("acme/far", "main"),)))
    assert not warming(model("huge", 50.0))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def server(tmp_path: Path, heard: Heard) -> Iterator[TestClient]:
    studio = Studio(Settings(data_dir=tmp_path, memory_gb=2.0), engine=heard)  # type: ignore[arg-type]
    with TestClient(web.create(studio, build(studio)), base_url="http://127.0.0.1") as client:
        yield client


def test_opening_a_tab_warms_its_default_model(server: TestClient, heard: Heard) -> None:
    assert server.post("/api/tasks/music/warm").json() == {"model": "folkgpt"}
    assert server.post("/api/tasks/music/warm").status_code == 202
    assert server.post("/api/tasks/nothing/warm").status_code == 404
    assert heard.asked.count("folkgpt") == 1
    assert heard.asked[0] is None, "the worker starts with the server"
