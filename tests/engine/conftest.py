"""What the engine's tests share: a data folder of their own, requests, and a tiny real model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import ModelSpec, Request
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
