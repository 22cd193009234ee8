"""On ZeroGPU the models are there before the page opens, and a call borrows the GPU through ``spaces``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aigc_demo.engine import devices
from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.types import Cancelled, Failed, Finished, Partial
from tests.declared import CATALOG
from tests.engine.conftest import ask, follow


@pytest.fixture
def borrowed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A stand-in for the ``spaces`` package that notes each borrowing."""
    calls: list[float] = []
    spaces = ModuleType("spaces")

    def gpu(duration: float) -> Callable[[Any], Any]:
        def decorate(stream: Any) -> Any:
            def borrowing(*arguments: Any) -> Iterator[Any]:
                calls.append(duration)
                yield from stream(*arguments)

            return borrowing

        return decorate

    spaces.GPU = gpu  # type: ignore[attr-defined]
    spaces.__spec__ = type(sys.__spec__)("spaces", None)  # find_spec asks loaded modules for theirs
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    return calls


@pytest.fixture
def engine(borrowed: list[float], tmp_path: Path) -> Iterator[LocalEngine]:
    """An engine as a ZeroGPU Space has it."""
    settings = Settings(data_dir=tmp_path, debug_models=True, preload=("debug-text",), memory_gb=2.0)
    engine = LocalEngine(settings)
    yield engine
    engine.close()


def test_models_to_preload_are_resident_before_the_first_request(engine: LocalEngine) -> None:
    engine.warm()
    assert engine.loaded() == {"debug-text"}


def test_a_request_runs_on_the_borrowed_gpu_and_streams(engine: LocalEngine, borrowed: list[float]) -> None:
    engine.warm()
    events = list(follow(engine, ask()))
    assert len(borrowed) == 1
    assert any(isinstance(event, Partial) for event in events)
    assert isinstance(events[-1], Finished)
    assert events[-1].outputs[0].text


def test_a_visitors_error_comes_back_from_the_fork(engine: LocalEngine) -> None:
    last = list(follow(engine, ask("refuse", model="debug-text-faulty")))[-1]
    assert isinstance(last, Failed)
    assert last.problem.code == "prompt_too_long"


def test_a_cancelled_request_gives_the_gpu_back(engine: LocalEngine) -> None:
    stream = follow(engine, ask(model="debug-text-slow", max_new_tokens=500))
    for event in stream:
        if isinstance(event, Partial):
            stream.close()
            break
    assert isinstance(list(stream)[-1], Cancelled)


def test_everything_is_placed_on_cuda_whole(engine: LocalEngine, tmp_path: Path) -> None:

    placement = devices.place(CATALOG.model("smollm2-135m"), Settings(data_dir=tmp_path))
    assert (placement.policy, placement.device) == ("zerogpu", "cuda")
