"""A whole server in this process: real routes, real store, debug models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build

NewVisitor = Callable[[], TestClient]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One installation for the tests of a file; each test brings visitors of its own."""
    folder = tmp_path_factory.mktemp("studio")
    settings = Settings(
        data_dir=folder,
        engine="inline",
        debug_models=True,
        max_body_mb=1.0,
        slots=2,
        image_loras=folder / "loras",
        text_models="acme/tiny/tinyx.gguf",
    )
    studio = Studio(settings)
    yield studio
    studio.close(grace=0)


@pytest.fixture(scope="module")
def server(studio: Studio) -> Iterator[Any]:
    """The ASGI application, started."""
    app = web.create(studio, build(studio))
    with TestClient(app, base_url="http://studio.test"):
        yield app


@pytest.fixture
def visitor(server: Any) -> NewVisitor:
    """Makes browsers that have never been here; each keeps its own cookies."""
    return lambda: TestClient(server, base_url="http://studio.test", raise_server_exceptions=False)


@pytest.fixture
def ann(visitor: NewVisitor) -> TestClient:
    """A visitor."""
    return visitor()


@pytest.fixture
def ben(visitor: NewVisitor) -> TestClient:
    """Another visitor."""
    return visitor()


def submission(prompt: str = "a cat", model: str = "debug-text", **params: Any) -> dict[str, Any]:
    """The body of a submission."""
    return {
        "task": "text",
        "model": model,
        "params": {"prompt": prompt, "max_new_tokens": 8, **params},
        "seed": 7,
    }


def submit(client: TestClient, **metadata: Any) -> dict[str, Any]:
    """Submit a wish and return the accepted job."""
    answer = client.post("/api/jobs", json=submission(**metadata))
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def settled(client: TestClient, job_id: str) -> dict[str, Any]:
    """Wait until a job has ended and return it."""
    deadline = time.monotonic() + 120  # a bound for a busy machine, not a promise
    while True:
        job: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
        if job["status"] in ("done", "failed", "cancelled"):
            return job
        assert time.monotonic() < deadline, "the job did not end"
        time.sleep(0.02)


def result(client: TestClient, **metadata: Any) -> dict[str, Any]:
    """Submit a wish and wait for its end."""
    return settled(client, submit(client, **metadata)["id"])


def events(client: TestClient, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    """All server-sent events of a job, to the end."""
    seen: list[tuple[str, dict[str, Any]]] = []
    name = ""
    for line in client.get(f"/api/jobs/{job_id}/events").text.splitlines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            seen.append((name, json.loads(line.removeprefix("data: "))))
    return seen
