"""The stand-ins that tests of the Space share."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.space.hub import WRITER, Hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub of our own that the client in this process talks to, as somebody who may write, without Xet."""
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    monkeypatch.setenv("HF_TOKEN", WRITER)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    # What is tried again is tried at once.
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda _: None))
    with Hub().serving() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        yield hub
