"""A running server, and the examples of docs/api.md, for clients that are programs."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import CACHE
from tests.faults.running_server import ROOT, RunningServer

Example = Callable[..., str]


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The app with debug models, in a process of its own."""
    yield from _running(tmp_path_factory.mktemp("clients") / "data", AIGC_CLIENTS="1")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[RunningServer]:
    """The app as it is on a machine of one's own: for its page alone."""
    yield from _running(tmp_path / "data")


def _running(data: Path, **settings: str) -> Iterator[RunningServer]:
    server = RunningServer(data, AIGC_CACHE_DIR=str(CACHE), **settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def token(served: RunningServer) -> str:
    """A bearer token of a new visitor."""
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}) as visitor:
        visitor.get("/api/history")
        return str(visitor.post("/api/token", json={"name": "a program"}).json()["token"])


@pytest.fixture
def example(served: RunningServer, token: str) -> Example:
    """Runs the example below a heading of docs/api.md, with this server and debug models; what it printed."""

    def run(heading: str, **models: str) -> str:
        text = (ROOT / "docs" / "api.md").read_text("utf-8").split(f"## {heading}\n", 1)[1]
        found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
        assert found is not None
        code = found[1].replace("http://127.0.0.1:7860", served.url).replace("aigc_...", token)
        for ours, debug in models.items():
            assert ours in code
            code = code.replace(ours, debug)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/api.md", "exec"), {"__name__": "example"})
        return printed.getvalue()

    return run
