"""What the engine's tests share: a data folder of their own, requests, and a tiny real model."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_demo.engine import FINAL, Engine
from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Event, ModelSpec, Request
from tests.engine import tiny_llama


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose data folder is the test's own."""
    return Settings(data_dir=tmp_path / "data", debug_models=True, memory_gb=2.0, slots=2)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama in a model folder."""
    return tiny_llama.save(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture
def engine(settings: Settings) -> Iterator[LocalEngine]:
    """An engine in this process."""
    engine = LocalEngine(settings)
    yield engine
    engine.close()


class Followed(Iterator[Event]):
    """A run whose events a test takes one by one, the final one last."""

    def __init__(self, engine: Engine, request: Request) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._run = engine.run(request, self._events.put)
        self._ended = False
        self.close, self.control = self._run.close, self._run.control
        threading.Thread(target=lambda: self._events.put(self._run.wait()), daemon=True).start()

    def __next__(self) -> Event:
        if self._ended:
            raise StopIteration
        event = self._events.get()
        self._ended = isinstance(event, FINAL)
        return event


def follow(engine: Engine, request: Request) -> Followed:
    """Start a run and follow it."""
    return Followed(engine, request)


def ask(prompt: str = "a cat", model: str = "debug-text", **params: Any) -> Request:
    """A request to a text model."""
    values = {"max_new_tokens": 8, "seed": 7, **params}
    return Request("text", model, ChatParams(prompt=prompt, **values), owner="me")


def spec(model_id: str = "tiny", **metadata: Any) -> ModelSpec:
    """A text model's declaration with a few facts of its own."""
    known = {
        "task": "text",
        "name": "Tiny",
        "pipeline": "aigc_demo.tasks.text.debug:words",
        "sources": (),
        "license": "Apache-2.0",
        "memory_gb": 0.01,
    }
    return ModelSpec(id=model_id, **{**known, **metadata})
