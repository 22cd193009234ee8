"""A loaded model that nobody works with reads requests; none is loaded for that, and no job waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from aigc_demo.engine.local import LocalEngine, accounted
from aigc_demo.engine.pool import ModelPool
from aigc_demo.engine.process import ProcessEngine
from aigc_demo.settings import Settings
from aigc_demo.tasks.image.params import WorldParams
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Finished, LoadContext, Output, Reading, Request, Term
from tests.declared import CATALOG
from tests.engine.conftest import ask, follow, spec


class Reader:
    """A pipeline that reads."""

    def __call__(self, params: Any, emit: Any) -> tuple[Output, ...]:
        return (Output("text", "a.txt", "text/plain", text="a"),)

    def read(self, values: Any) -> Reading:
        if values["prompt"] == "wrong":
            raise ValueError("a fault")
        return Reading((Term(values["prompt"]),))


def load(_: LoadContext) -> Reader:
    return Reader()


READS = spec("reads", pipeline=f"{__name__}:load", concurrency=2)


@pytest.fixture
def local(settings: Settings) -> Iterator[LocalEngine]:
    engine = LocalEngine(
        settings, find=lambda model_id: READS if model_id == "reads" else CATALOG.model(model_id)
    )
    yield engine
    engine.close()


def test_a_loaded_model_reads_and_none_is_loaded_for_it(local: LocalEngine) -> None:
    assert local.read("reads", {"prompt": "cat"}) is None
    assert local.loaded() == frozenset()
    list(follow(local, ask(model="reads")))
    assert local.read("reads", {"prompt": "cat"}) == Reading((Term("cat"),))


def test_a_model_that_does_not_read_says_nothing(local: LocalEngine) -> None:
    list(follow(local, ask()))
    assert local.read("debug-text", {"prompt": "cat"}) is None


def test_a_reader_with_a_fault_harms_nobody(local: LocalEngine) -> None:
    list(follow(local, ask(model="reads")))
    assert local.read("reads", {"prompt": "wrong"}) is None
    assert isinstance(list(follow(local, ask(model="reads")))[-1], Finished)


def test_a_model_that_works_is_not_asked(settings: Settings) -> None:
    pool = ModelPool(settings)
    with pool.lease(READS), pool.idle("reads") as pipeline:
        assert pipeline is None
    with pool.idle("reads") as pipeline:
        assert pipeline is not None
        pool.unload()
        assert pool.loaded() == {"reads"}  # held while it reads
    pool.close()


def test_one_request_is_read_at_a_time(local: LocalEngine) -> None:
    list(follow(local, ask(model="reads")))
    with local._reading:
        assert local.read("reads", {"prompt": "cat"}) is None
    assert local.read("reads", {"prompt": "cat"})


def test_the_worker_is_asked_across_the_process(settings: Settings) -> None:
    engine = ProcessEngine(settings)
    try:
        assert engine.read("debug-image", {"prompt": "a cat"}) is None
        params = WorldParams(prompt="a cat", num_inference_steps=2, seed=1)
        list(follow(engine, Request("image", "debug-image", params, owner="me")))
        reading = engine.read("debug-image", {"prompt": "a cat"}, patience=30.0)
        assert reading is not None and reading.kept[0].names["zh"]
    finally:
        engine.close()


def test_a_worker_that_does_not_answer_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ProcessEngine(settings)
    try:
        list(follow(engine, ask()))
        monkeypatch.setattr(engine, "_tell", lambda child, message: None)
        assert engine.read("debug-text", {"prompt": "a cat"}, patience=0.05) is None
        asked: list[Reading | None] = []
        engine._reading.acquire()
        later = threading.Thread(target=lambda: asked.append(engine.read("debug-text", {}, patience=0.05)))
        later.start()
        later.join()
        assert asked == [None]
    finally:
        engine.close()


def account(params: ChatParams, outputs: tuple[Output, ...], _: object) -> Reading:
    if params.prompt == "wrong":
        raise ValueError("a fault")
    return Reading((Term(params.prompt),) if params.prompt != "nothing" else ())


class Accounted(ChatParams):
    """Parameters whose results are told of by this test."""

    account = f"{__name__}:account"


@pytest.mark.parametrize(
    ("prompt", "told"), [("cat", {"kept": [{"words": "cat"}]}), ("nothing", None), ("wrong", None)]
)
def test_what_became_of_a_request_is_kept_with_the_first_result(
    prompt: str, told: object, caplog: pytest.LogCaptureFixture
) -> None:
    outputs = tuple(Output("text", name, "text/plain", text=name, meta={"n": 1}) for name in "ab")
    first, second = accounted(READS, Accounted(prompt=prompt), outputs)
    assert first.meta == {"n": 1} | ({"request": told} if told else {})
    assert second == outputs[1] and replace(first, meta={}) == replace(outputs[0], meta={})
    assert bool(caplog.records) is (prompt == "wrong")


def test_nothing_is_said_of_nothing(make: Callable[..., Any] = ChatParams) -> None:
    assert accounted(READS, make(prompt="a"), ()) == ()
