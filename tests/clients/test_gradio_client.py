"""Gradio's own client finds an endpoint for each task, and its calls are jobs like any other."""

from __future__ import annotations

import time
from typing import Any

import gradio_client
import httpx
import pytest

from tests.clients.conftest import Example
from tests.declared import CATALOG
from tests.faults.running_server import RunningServer

ASKED: dict[str, dict[str, Any]] = {
    "text": {"prompt": "hello", "model": "debug-text", "max_new_tokens": 6},
    "image": {"prompt": "a blue cat", "model": "debug-image"},
    "style": {"prompt": "", "model": "debug-style", "style": "ember"},
    "music": {"prompt": "a slow air", "model": "debug-music", "bars": 4},
}


@pytest.fixture
def client(served: RunningServer, token: str) -> Any:
    return gradio_client.Client(served.url, headers={"Authorization": f"Bearer {token}"}, verbose=False)


def history(served: RunningServer, token: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    return list(httpx.get(f"{served.url}/api/history", headers=headers).json()["items"])


def test_the_example_of_the_docs_runs(example: Example) -> None:
    assert "/media/" in example("Gradio's clients", emojiflow="debug-image")


def test_there_is_an_endpoint_for_each_task_with_its_parameters(client: Any) -> None:
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == {f"/{task}" for task in CATALOG.tasks}
    for task in CATALOG.tasks.values():
        names = {parameter["parameter_name"] for parameter in endpoints[f"/{task.id}"]["parameters"]}
        drawn = {field.name for field in task.fields() if field.control.widget != "hidden"}
        assert names == drawn | {"model"}


@pytest.mark.parametrize("task", ASKED)
def test_a_call_is_a_job_of_the_callers_whose_links_open_for_anyone(
    served: RunningServer, token: str, client: Any, task: str
) -> None:
    asked = {name: value for name, value in ASKED[task].items() if value != ""}
    result = client.predict(**asked, seed=7, api_name=f"/{task}")
    item = history(served, token)[0]
    assert (item["id"], item["task"], item["model"], item["seed"]) == (
        result["id"],
        task,
        asked["model"],
        7,
    )
    for name in asked.keys() - {"model", "prompt"}:
        assert item["params"][name] == asked[name]
    for file in result["files"]:
        assert httpx.get(file["url"]).status_code == 200
    assert httpx.get(result["page"]).status_code == 200


def test_what_happens_meanwhile_is_told(client: Any) -> None:
    told = list(client.submit(**ASKED["text"], api_name="/text"))
    assert [each["text"] for each in told if each.get("text")][-1] == told[-1]["text"]
    assert {"running"} <= {each["status"] for each in told}
    assert told[-1]["status"] == "done"


def test_what_is_wrong_is_told_in_a_sentence(client: Any) -> None:
    with pytest.raises(gradio_client.exceptions.AppError, match="no-such"):
        client.predict("hello", model="no-such", api_name="/text")
    with pytest.raises(gradio_client.exceptions.AppError, match="2"):
        client.predict("hello", temperature=9, model="debug-text", api_name="/text")


def test_cancelling_through_the_client_cancels_the_job(
    served: RunningServer, token: str, client: Any
) -> None:
    job = client.submit("hello", model="debug-text-slow", max_new_tokens=2000, api_name="/text")
    for _ in range(300):
        if job.outputs():
            break
        time.sleep(0.1)
    job.cancel()
    for _ in range(300):
        if history(served, token)[0]["status"] == "cancelled":
            return
        time.sleep(0.1)
    raise AssertionError(history(served, token)[0]["status"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/file=/etc/hostname"),
        ("GET", "/gradio_api/app_id"),
    ],
)
def test_the_rest_of_gradios_routes_stays_closed(served: RunningServer, method: str, path: str) -> None:
    assert httpx.request(method, served.url + path, headers={"Origin": served.url}).status_code == 404


def test_where_it_is_not_wanted_there_is_no_endpoint(closed: RunningServer) -> None:
    for path in ("/config", "/gradio_api/info", "/gradio_api/mcp"):
        assert httpx.get(closed.url + path).status_code == 404
