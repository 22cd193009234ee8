"""The HTTP contract: a wish becomes a job that can be followed, cancelled, found and read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build
from tests.api.conftest import events, result, settled, submission, submit


def test_a_wish_is_accepted_at_once_with_its_place(ann: TestClient) -> None:
    job = submit(ann)
    assert job["status"] in ("queued", "loading", "running", "done")
    assert (job["task"], job["model"], job["seed"]) == ("text", "debug-text", 7)
    assert settled(ann, job["id"])["status"] == "done"


def test_a_finished_job_has_its_text_seconds_and_a_file_to_save(ann: TestClient) -> None:
    job = result(ann)
    output = job["outputs"][0]
    assert output["kind"] == "text"
    assert output["text"]
    assert job["seconds"] >= 0
    answer = ann.get(output["url"])
    assert answer.text == output["text"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert "attachment" in ann.get(output["url"], params={"download": True}).headers["content-disposition"]


def test_the_same_seed_and_settings_give_the_same_text(ann: TestClient, ben: TestClient) -> None:
    first, second = result(ann), result(ben)
    other = result(ann, prompt="a dog")
    assert first["outputs"][0]["text"] == second["outputs"][0]["text"] != other["outputs"][0]["text"]


def test_events_tell_the_way_and_end_with_the_whole_item(ann: TestClient) -> None:
    job = submit(ann, model="debug-text-slow")
    seen = events(ann, job["id"])
    names = [name for name, _ in seen]
    assert {"loading", "progress", "partial"} <= set(names)
    assert names[-1] == "finished"
    assert seen[-1][1]["outputs"][0]["text"].startswith(
        next(data["text"] for name, data in seen if name == "partial")
    )


def test_who_watches_a_settled_job_gets_its_end_at_once(ann: TestClient) -> None:
    job = result(ann)
    assert [name for name, _ in events(ann, job["id"])] == ["finished"]


def test_a_running_job_is_cancelled_and_keeps_what_there_is(ann: TestClient) -> None:
    job = submit(ann, model="debug-text-slow", max_new_tokens=500)
    while not ann.get(f"/api/jobs/{job['id']}").json().get("progress", {}).get("done"):
        time.sleep(0.02)
    cancelled = ann.delete(f"/api/jobs/{job['id']}").json()
    assert cancelled["status"] == "cancelled"
    assert cancelled["outputs"][0]["text"]


def test_a_job_that_fails_says_so_in_the_readers_language(ann: TestClient) -> None:
    job = result(ann, prompt="bug", model="debug-text-faulty")
    assert job["status"] == "failed"
    assert job["error"]["reference"]
    assert "Traceback" not in job["error"]["message"]
    chinese = ann.get(f"/api/jobs/{job['id']}", params={"lang": "zh"}).json()
    assert "请" in chinese["error"]["message"]


def test_one_visitor_may_have_only_so_many_waiting(ann: TestClient) -> None:
    answers = [
        ann.post("/api/jobs", json=submission(model="debug-text-slow", max_new_tokens=60)) for _ in range(12)
    ]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].json()["error"]["code"] == "too_many_waiting"
    for answer in answers:
        if answer.status_code == 202:
            ann.delete(f"/api/jobs/{answer.json()['id']}")


def test_the_list_of_active_jobs_lets_a_reloaded_page_find_its_job(ann: TestClient) -> None:
    job = submit(ann, model="debug-text-slow", max_new_tokens=200)
    assert [item["id"] for item in ann.get("/api/jobs").json()["items"]] == [job["id"]]
    ann.delete(f"/api/jobs/{job['id']}")
    assert ann.get("/api/jobs").json()["items"] == []


BAD_BODIES: dict[str, Any] = {
    "empty prompt": submission(prompt="  "),
    "a NUL in the prompt": submission(prompt="a\x00b"),
    "100 kB of prompt": submission(prompt="x" * 100_000),
    "a list for a number": submission(temperature=[1]),
    "a number out of range": submission(temperature=99),
    "an unknown parameter": submission(flavour="sweet"),
    "an unknown model": submission(model="../model"),
    "an unknown task": {**submission(), "task": "cooking"},
    "an unknown member": {**submission(), "owner": "ann"},
    "an array": [1, 2],
    "a seed that is too large": {**submission(), "seed": 2**64},
    "a text for a seed": {**submission(), "seed": "7"},
    "another's job as parent": {**submission(), "parent": "0" * 26},
    "an array as parent": {**submission(), "parent": ["a"]},
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_bad_wishes_are_refused_in_a_whole_sentence(ann: TestClient, body: Any) -> None:
    answer = ann.post("/api/jobs", json=body)
    assert answer.status_code in (404, 422)
    message = answer.json()["error"]["message"]
    assert message.endswith((".", "。"))
    assert "null" not in message


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b'{"task": "text", "params": {"prompt": "a", "temperature": NaN}}']
)
def test_broken_json_is_refused_in_a_whole_sentence(ann: TestClient, raw: bytes) -> None:
    answer = ann.post("/api/jobs", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


def test_a_lone_surrogate_is_refused(ann: TestClient) -> None:
    body = b'{"task": "text", "model": "debug-text", "params": {"prompt": "a\\ud800b"}}'
    answer = ann.post("/api/jobs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "prompt"


def test_the_contract_is_published_without_asking_another_host(ann: TestClient) -> None:
    document = ann.get("/api/openapi.json").json()
    assert {"/api/jobs", "/api/jobs/{job_id}", "/api/jobs/{job_id}/events", "/api/history"} <= set(
        document["paths"]
    )


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/jobs/x/y", "/media/x", "/media/" + "0" * 26 + "/%2e%2e%2fsecret"]
)
def test_unknown_addresses_are_told_in_our_own_form(ann: TestClient, path: str) -> None:
    answer = ann.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_wrong_method_is_named_as_such(ann: TestClient) -> None:
    assert ann.put("/api/jobs").status_code == 405


def test_models_are_listed_with_what_they_are_and_need(ann: TestClient) -> None:
    models = ann.get("/api/models", params={"task": "text"}).json()["items"]
    smollm2 = next(model for model in models if model["id"] == "smollm2-135m")
    assert smollm2["license"] == "Apache-2.0"
    assert smollm2["about"] != "model.smollm2-135m"


def test_a_program_without_cookies_cannot_fill_the_line(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        engine="inline",
        debug_models=True,
        slots=1,
        max_waiting=8,
        max_waiting_per_visitor=8,
    )
    studio = Studio(settings)
    slow = submission(model="debug-text-slow", max_new_tokens=2000)
    with TestClient(web.create(studio, build(studio)), base_url="http://studio.test") as known:
        assert known.get("/healthz").cookies
        answers = []
        for _ in range(12):
            program = TestClient(known.app, base_url="http://studio.test")
            answers.append(program.post("/api/jobs", json=slow))
        refused = answers[-1]
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "queue_full"
        assert refused.headers["retry-after"] == "1"
        mine = known.post("/api/jobs", json=slow)
        assert mine.status_code == 202
        assert mine.json()["place"] <= 1, "every second turn is for those who have come back"
        again = program.post("/api/jobs", json=slow)
        assert again.status_code == 202, "with its cookie it is a visitor like any other"
