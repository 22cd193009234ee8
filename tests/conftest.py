"""What all tests share: a fresh data folder, debug models, no network beyond the package index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

from aigc_demo.settings import Settings

CACHE = Path(__file__).parent.parent / "data" / "test-cache"
"""Weights fetched once for all test runs; ignored by git."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No AIGC_ variable of the developer's changes what a test sees."""
    for name in list(os.environ):
        if name.startswith("AIGC_"):
            monkeypatch.delenv(name)
    yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A fresh installation with the debug models listed, computing in this process."""
    return Settings(data_dir=tmp_path / "data", cache_dir=CACHE, engine="inline", debug_models=True)
