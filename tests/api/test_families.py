"""Each model is asked for what it takes: nothing else comes in or is kept, and what once was still opens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.studio import Studio
from aigc_demo.types import Job, Output, Params, Request, param
from tests.api.conftest import settled


class Earlier(Params):
    """What a text was asked for with when all models took the same."""

    prompt: str = param("")
    form: str = param("七绝")
    strictness: str = param("enforced")
    max_new_tokens: int = param(8)


TEXT = Output("text", "text.txt", "text/plain; charset=utf-8", text="made long ago")


def owner_of(client: TestClient, studio: Studio) -> str:
    client.get("/api/jobs")
    owner = studio.identity.from_cookies(f"{COOKIE}={client.cookies[COOKIE]}")
    assert owner is not None
    return owner


def ask(client: TestClient, model: str, task: str = "text", **params: Any) -> dict[str, Any]:
    """A finished thing."""
    answer = client.post("/api/jobs", json={"task": task, "model": model, "params": params, "seed": 3})
    assert answer.status_code == 202, answer.text
    return settled(client, answer.json()["id"])


@pytest.fixture
def earlier(ann: TestClient, studio: Studio) -> Job:
    """An item of a version in which every text had a form."""
    request = Request("text", "debug-text", Earlier(prompt="a cat", seed=3), owner_of(ann, studio))
    return studio.history.adopt(request, [TEXT], status="done", created=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("model", "params", "field", "name"),
    [
        ("debug-text", {"form": "五律"}, "form", "Debug text"),
        ("debug-text", {"strictness": "off"}, "strictness", "Debug text"),
        ("debug-poem", {"system": "be brief"}, "system", "Debug poet"),
        ("smollm2-135m", {"no_such": 1}, "no_such", "SmolLM2 135M Instruct"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_model_does_not_take_is_refused_in_a_sentence_that_names_both(
    ann: TestClient, model: str, params: dict[str, Any], field: str, name: str, language: str
) -> None:
    ann.cookies.set("aigc_lang", language)
    body = {"task": "text", "model": model, "params": {"prompt": "猫", **params}}
    answer = ann.post("/api/jobs", json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert name in error["message"]


def test_a_text_is_kept_without_the_form_of_a_poem(ann: TestClient) -> None:
    kept = ask(ann, "debug-text", prompt="a cat", max_new_tokens=4)["params"]
    assert kept.keys() == {
        "prompt", "system", "max_new_tokens", "temperature", "top_p", "top_k", "repetition_penalty",
        "prefix", "turns", "seed",
    }  # fmt: skip
    assert "max_new_tokens" not in ask(ann, "debug-poem", prompt="秋夜")["params"]


def test_an_earlier_item_opens_with_what_its_model_takes_today_and_can_be_made_again(
    ann: TestClient, earlier: Job
) -> None:
    item = ann.get(f"/api/history/{earlier.id}").json()
    assert item["params"] == {"prompt": "a cat", "max_new_tokens": 8, "seed": 3}
    again = ann.post("/api/jobs", json={"task": "text", "model": item["model"], "params": item["params"]})
    assert again.status_code == 202
    assert settled(ann, again.json()["id"])["status"] == "done"


def test_an_earlier_items_link_still_gives_its_settings(ann: TestClient, earlier: Job) -> None:
    token = ann.post(f"/api/history/{earlier.id}/share", json={"show_prompt": True}).json()["token"]
    assert ann.get(f"/api/shared/{token}").json()["params"] == {
        "prompt": "a cat",
        "max_new_tokens": 8,
        "seed": 3,
    }
    assert "a cat" in ann.get(f"/r/{token}").text


def test_a_job_that_waited_through_an_update_is_made(ann: TestClient, studio: Studio) -> None:
    request = Request("text", "debug-text", Earlier(prompt="a cat", seed=3), owner_of(ann, studio))
    job = studio.history.create(request)
    studio.scheduler.submit(job)
    assert settled(ann, job.id)["status"] == "done"


def test_poems_are_texts_as_ever(ann: TestClient) -> None:
    offered = [model["id"] for model in ann.get("/api/models", params={"task": "text"}).json()["items"]]
    assert offered[:2] == ["smollm2-135m", "shigpt"]
    poem = ask(ann, "debug-poem", prompt="秋夜", form="五绝")
    assert (poem["task"], poem["params"]["form"]) == ("text", "五绝")
    found = ann.get("/api/history", params={"task": "text", "query": "秋夜"}).json()["items"]
    assert poem["id"] in [item["id"] for item in found]
