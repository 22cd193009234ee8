"""A language model that a visitor has trained: it writes in Text or Music, and bad lines get one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.provenance.tensors import content as weights
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build
from tests.api.conftest import settled

LINES = "\n".join(f"the {number} little birds sing and {number * 7} answer" for number in range(40))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("trainings")
    studio = Studio(Settings(data_dir=folder, engine="inline", debug_models=True))
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client
    studio.close(grace=0)


@pytest.fixture
def ann(app: TestClient) -> TestClient:
    return app


@pytest.fixture
def ben(app: TestClient) -> TestClient:
    return TestClient(app.app, base_url="http://localhost")


def job(client: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/jobs", json={"seed": 2, **body})
    assert answer.status_code == 202, answer.text
    return settled(client, answer.json()["id"])


def trained(client: TestClient, **params: Any) -> dict[str, Any]:
    params = {"data": "mine", "text": LINES, "method": "gpt", "steps": 4, **params}
    return job(client, {"task": "train_text", "model": "debug-text-trainer", "params": params})


def done(item: dict[str, Any]) -> dict[str, Any]:
    assert item["status"] == "done", item.get("error")
    return item


def write(client: TestClient, item: dict[str, Any], task: str = "text", **params: Any) -> dict[str, Any]:
    return job(client, {"task": task, "model": f"mine:{item['id']}", "params": params})


def listed(client: TestClient, task: str, **only: bool) -> dict[str, dict[str, Any]]:
    items = client.get("/api/models", params={"task": task, **only}).json()["items"]
    return {one["id"]: one for one in items}


@pytest.mark.parametrize("method", ["gpt", "lstm"])
def test_a_language_model_of_own_lines_writes_in_text(ann: TestClient, method: str) -> None:
    item = done(trained(ann, method=method))
    assert [(output["kind"], output["name"]) for output in item["outputs"]] == [
        ("text", "samples.txt"),
        ("model", "model.safetensors"),
        ("file", "config.json"),
        ("file", "next.json"),
        ("file", "card.json"),
        ("file", "curves.csv"),
        ("file", "events.out.tfevents"),
        ("file", "state.safetensors"),
    ]
    assert item["title"] == f"My own lines, {method.upper()}"
    told = ann.get(f"/media/{item['id']}/next.json").json()
    assert all(len(one["scores"]) == len(told["tokens"]) for one in told["beginnings"])
    assert all(LINES.count(one["text"]) for one in told["beginnings"])
    written = done(write(ann, item, prompt="the 3", max_new_tokens=20))
    assert written["outputs"][0]["text"].startswith("the 3")
    assert written["outputs"][0]["meta"]["tokens"] <= 20
    assert f"mine:{item['id']}" in listed(ann, "text")
    assert f"mine:{item['id']}" not in listed(ann, "music")
    assert listed(ann, "text", mine=True) == {
        model: told for model, told in listed(ann, "text").items() if told.get("mine")
    }


def test_a_model_of_tunes_composes_in_music_with_whole_bars(ann: TestClient) -> None:
    item = done(trained(ann, data="tunes", method="lstm", text=""))
    assert f"mine:{item['id']}" in listed(ann, "music")
    assert f"mine:{item['id']}" not in listed(ann, "text")
    tune = done(write(ann, item, "music", prompt="a jig", bars=4))
    assert any(output["kind"] == "audio" for output in tune["outputs"])
    refused = ann.post(
        "/api/jobs", json={"task": "text", "model": f"mine:{item['id']}", "params": {"prompt": "a"}}
    )
    assert refused.status_code == 404


def test_bits_stand_beside_those_of_the_trigram(ann: TestClient) -> None:
    item = done(trained(ann, steps=50))
    card = ann.get(f"/media/{item['id']}/card.json").json()
    assert 0 < card["measures"]["trigram"] < 8
    assert 0 < card["measures"]["validation"] < 8
    curves = ann.get(f"/media/{item['id']}/curves.csv").text
    assert curves.startswith("step,train,validation,trigram\n")


def test_the_same_seed_and_steps_make_the_same_model(ann: TestClient) -> None:
    def model(item: dict[str, Any]) -> bytes:
        return weights(ann.get(f"/media/{done(item)['id']}/model.safetensors").content)

    assert model(trained(ann)) == model(trained(ann)) != model(trained(ann, steps=5))


def test_a_training_that_went_on_is_the_one_that_never_stopped(ann: TestClient) -> None:
    half = done(trained(ann, steps=6))
    on = done(trained(ann, steps=6, base=f"{half['id']}/state.safetensors"))
    whole = done(trained(ann, steps=12))
    one, other = (weights(ann.get(f"/media/{item['id']}/model.safetensors").content) for item in (on, whole))
    assert one == other


def test_a_model_from_nothing_is_fine_tuned_on_other_lines_in_its_own_characters(ann: TestClient) -> None:
    first = done(trained(ann, steps=6))
    base = f"{first['id']}/state.safetensors"
    others = "\n".join(reversed(LINES.splitlines()[:24])) + "\nζζζ"
    tuned = done(trained(ann, steps=6, text=others, base=base))
    card = ann.get(f"/media/{tuned['id']}/card.json").json()
    assert (card["steps"], card["continues"]) == (12, True)
    one, other = (ann.get(f"/media/{item['id']}/config.json").json() for item in (first, tuned))
    assert one["tokens"] == other["tokens"]
    assert done(write(ann, tuned, prompt="the", max_new_tokens=4))
    for refused, sentence in (
        ({"text": "ζ η θ\n" * 100}, "characters that the model knows"),
        ({"method": "lstm"}, "another kind"),
    ):
        item = trained(ann, base=base, **refused)
        assert sentence in item["error"]["message"]


def test_a_learning_rate_of_a_hundred_diverges_and_keeps_good_weights(ann: TestClient) -> None:
    item = done(trained(ann, learning_rate=100, steps=400, patience=0))
    assert item["outputs"][1]["meta"]["ended"] == "diverged"
    assert done(write(ann, item, prompt="the", max_new_tokens=4))


def test_without_any_progress_a_training_stops_by_itself(ann: TestClient) -> None:
    item = done(trained(ann, learning_rate=0, steps=400, patience=2))
    assert item["outputs"][1]["meta"]["ended"] == "early_stop"
    assert item["outputs"][1]["meta"]["steps"] == 150


def test_what_is_no_learning_rate_is_refused(ann: TestClient) -> None:
    for rate in ("NaN", "Infinity", "-1", "101", '"fast"'):
        body = f'{{"task": "train_text", "params": {{"learning_rate": {rate}}}}}'
        answer = ann.post("/api/jobs", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), rate
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no lines"), ("only one line", "Too few lines (1)"), ("a\n" * 50, "too short")],
)
def test_lines_that_nothing_can_be_learnt_from_get_one_sentence(
    ann: TestClient, text: str, said: str
) -> None:
    item = trained(ann, text=text)
    assert item["status"] == "failed"
    assert said in item["error"]["message"]


def test_a_file_of_lines_is_read_and_one_that_is_too_large_is_told(ann: TestClient) -> None:
    def brought(data: bytes) -> str:
        answer = ann.post("/api/uploads", files={"file": ("lines.txt", data, "text/plain")})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    done(trained(ann, text="", file=brought(LINES.encode("gb18030"))))
    item = trained(ann, text="", file=brought(LINES.encode() * 1000))
    assert item["status"] == "failed"
    assert "at most 1 MB" in item["error"]["message"]


def test_a_beginning_with_characters_that_were_never_met_is_told_those(ann: TestClient) -> None:
    item = write(ann, done(trained(ann)), prompt="the 诗")
    assert item["status"] == "failed"
    assert "诗" in item["error"]["message"]


def test_whoever_takes_a_shared_model_gets_no_lines_with_it(ann: TestClient, ben: TestClient) -> None:
    item = done(trained(ann))
    token = ann.post(f"/api/history/{item['id']}/share", json={}).json()["token"]
    adopted = ben.post(f"/api/shared/{token}/adopt")
    assert adopted.status_code in (200, 201), adopted.text
    copy = ben.get(f"/api/history/{adopted.json()['id']}").json()
    assert "little birds" not in json.dumps(copy["params"])
    assert done(write(ben, copy, prompt="the", max_new_tokens=4))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Anna Baker lives in Oslo."), ("zh", "王伟在上海上班。")]
)
def test_a_tagger_leaves_its_report_and_finds_names_in_text(
    ann: TestClient, language: str, said: str
) -> None:
    params = {"data": language, "steps": 60, "width": 24}
    item = done(job(ann, {"task": "train_tags", "model": "debug-tag-trainer", "params": params}))
    told = ann.get(f"/media/{item['id']}/report.json").json()
    assert told["averages"]["micro"]["f1"] == pytest.approx(told["accuracy"])
    assert item["outputs"][1]["meta"]["f1"] == pytest.approx(told["names"]["micro"]["f1"], abs=0.3)
    assert listed(ann, "text")[f"mine:{item['id']}"]["family"] == "TagParams"
    found = done(write(ann, item, prompt=f"{said}\n\n{said}"))
    text = found["outputs"][0]["text"]
    assert text.count("\n") == 2
    assert all(f"{name['name']} {name['kind']}]" in text for name in found["outputs"][0]["meta"]["names"])
