"""A training as visitors have it: started, watched, told things, used in Image, and nobody else's."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.provenance.tensors import content as weights
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build
from tests.api.conftest import events, settled

LONG = {"data": "digits", "method": "gan", "steps": 100_000, "patience": 0}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("trainings")
    studio = Studio(Settings(data_dir=folder, engine="inline", debug_models=True))
    yield studio
    studio.close(grace=0)


@pytest.fixture(scope="module")
def app(studio: Studio) -> Iterator[TestClient]:
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client


@pytest.fixture
def ann(app: TestClient) -> TestClient:
    return app


@pytest.fixture
def ben(app: TestClient) -> TestClient:
    return TestClient(app.app, base_url="http://localhost")


def start(client: TestClient, seed: int = 1, **params: Any) -> str:
    body = {"task": "train_pictures", "model": "debug-picture-trainer", "params": params, "seed": seed}
    answer = client.post("/api/jobs", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def trained(client: TestClient, **params: Any) -> dict[str, Any]:
    item = settled(client, start(client, **{"data": "digits", "method": "gan", "steps": 4, **params}))
    assert item["status"] == "done", item.get("error")
    return item


def until(client: TestClient, job: str, **wanted: Any) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        item: dict[str, Any] = client.get(f"/api/jobs/{job}").json()
        if all(item.get(name) == value for name, value in wanted.items()):
            return item
        assert time.monotonic() < deadline, item
        time.sleep(0.02)


def told(client: TestClient, job: str, **body: Any) -> Any:
    return client.post(f"/api/jobs/{job}/control", json=body)


def card(client: TestClient, item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/media/{item['id']}/card.json").json()
    return found


@pytest.mark.parametrize("method", ["gan", "dcgan", "vae", "flow"])
def test_a_training_of_each_method_leaves_a_model_that_image_draws_with(ann: TestClient, method: str) -> None:
    item = trained(ann, method=method)
    assert [output["name"] for output in item["outputs"]] == [
        "grid.png",
        "model.safetensors",
        "config.json",
        "nearest.png",
        *(["judged.json"] if "gan" in method else []),
        "card.json",
        "curves.csv",
        "events.out.tfevents",
        "state.safetensors",
    ]
    assert [output["kind"] for output in item["outputs"]][:2] == ["image", "model"]
    assert card(ann, item)["steps"] == 4
    assert card(ann, item)["data_licence"]
    body = {"task": "image", "model": f"mine:{item['id']}", "params": {"label": "7", "batch": 2}, "seed": 2}
    drawn = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    assert drawn["status"] == "done", drawn.get("error")
    assert drawn["model"] == f"mine:{item['id']}"
    assert [output["meta"]["labels"] for output in drawn["outputs"]] == [["7"], ["7"]]
    assert drawn["title"] == "7"


def test_own_pictures_are_learnt_and_drawn_and_a_link_keeps_them_back(
    ann: TestClient, ben: TestClient
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(20):
            drawn = io.BytesIO()
            Image.new("RGB", (16, 16), (12 * number, 0, 0)).save(drawn, "PNG")
            archive.writestr(f"{'cats' if number % 2 else 'mice'}/{number}.png", drawn.getvalue())
    where = {"task": "train_pictures", "field": "pictures"}
    brought = ann.post("/api/uploads", params=where, files={"file": ("mine.zip", packed.getvalue())})
    assert brought.status_code == 201, brought.text
    item = trained(ann, data="mine", pictures=brought.json()["id"])
    body = {"task": "image", "model": f"mine:{item['id']}", "params": {"label": "cats"}, "seed": 2}
    made = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    assert made["status"] == "done", made.get("error")
    token = ann.post(f"/api/history/{item['id']}/share", json={}).json()["token"]
    assert ann.get(f"/media/{item['id']}/nearest.png").status_code == 200
    adopted = ben.post(f"/api/shared/{token}/adopt")
    assert adopted.status_code in (200, 201), adopted.text
    names = {one["name"] for one in ben.get(f"/api/history/{adopted.json()['id']}").json()["outputs"]}
    assert "model.safetensors" in names
    assert "nearest.png" not in names
    refused = settled(ann, start(ann, data="mine"))
    assert "20 to 200" in refused["error"]["message"]


def test_the_same_seed_and_steps_make_the_same_model(ann: TestClient) -> None:
    one, other, third = trained(ann, steps=12), trained(ann, steps=12), trained(ann, steps=12, seed=2)

    def model(item: dict[str, Any]) -> bytes:
        return weights(ann.get(f"/media/{item['id']}/model.safetensors").content)

    assert model(one) == model(other) != model(third)


def test_own_models_are_listed_to_their_owner_alone(ann: TestClient, ben: TestClient) -> None:
    item = trained(ann)
    name = f"mine:{item['id']}"
    listed = {one["id"]: one for one in ann.get("/api/models", params={"task": "image"}).json()["items"]}
    assert listed[name]["mine"]
    assert listed[name]["name"] == "Digits, GAN"
    assert not listed["emojiflow"]["mine"]
    assert name not in [one["id"] for one in ben.get("/api/models", params={"task": "image"}).json()["items"]]
    assert name not in [one["id"] for one in ann.get("/api/models", params={"task": "text"}).json()["items"]]
    body = {"task": "image", "model": name, "params": {"label": "7"}}
    refused = ben.post("/api/jobs", json=body)
    unknown = ben.post("/api/jobs", json={**body, "model": "mine:" + "0" * 26})
    assert refused.status_code == unknown.status_code == 404
    assert refused.json()["error"]["code"] == unknown.json()["error"]["code"] == "unknown_model"
    assert ann.post("/api/jobs", json={**body, "task": "text"}).status_code == 404


def test_a_label_that_the_model_does_not_know_is_answered_with_those_it_knows(ann: TestClient) -> None:
    body = {"task": "image", "model": f"mine:{trained(ann)['id']}", "params": {"label": "cat"}}
    item = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    assert item["status"] == "failed"
    assert "0, 1, 2" in item["error"]["message"]


def test_a_model_whose_file_was_changed_is_not_used(ann: TestClient, studio: Studio) -> None:
    item = trained(ann)
    (file,) = Path(studio.settings.data).rglob(f"{item['id']}/model.safetensors")
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    body = {"task": "image", "model": f"mine:{item['id']}", "params": {"label": "7"}}
    drawn = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    assert drawn["status"] == "failed"
    assert drawn["error"]["code"] == "trained_damaged"
    assert ann.get(f"/api/history/{item['id']}").status_code == 200, "nothing else is lost"


def test_watchers_are_told_losses_measures_points_and_samples(ann: TestClient) -> None:
    job = start(ann, data="digits", method="gan", steps=120)
    heard = events(ann, job)
    names = [name for name, _ in heard]
    assert names[-1] == "finished"
    trainings = [data for name, data in heard if name == "training"]
    steps = [point["step"] for one in trainings for point in one["points"]]
    assert steps == [1, *range(10, 121, 10)]
    last = trainings[-1]
    assert set(last["losses"]) == {"discriminator", "generator"}
    assert last["metrics"]["recognised"] >= 0
    judged = ann.get(f"/media/{job}/judged.json").json()
    assert (sum(judged["drawn"]), len(judged["real"])) == (500, 20)
    assert any(one.get("samples", {}).get("url", "").startswith("data:image/png") for one in trainings)
    text = ann.get(f"/media/{job}/curves.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["step"]) for row in rows] == steps


def test_pause_and_continue_give_the_same_model_as_no_pause(ann: TestClient) -> None:
    job = start(ann, seed=5, **{**LONG, "steps": 400})
    until(ann, job, status="running")
    assert told(ann, job, action="pause").status_code == 200
    paused = until(ann, job, paused=True)
    assert paused["status"] == "queued"
    assert told(ann, job, action="pause").status_code == 409
    assert told(ann, job, action="continue").status_code == 200
    item = settled(ann, job)
    assert item["status"] == "done"
    whole = settled(ann, start(ann, seed=5, **{**LONG, "steps": 400}))
    ours, theirs = (
        weights(ann.get(f"/media/{one['id']}/model.safetensors").content) for one in (item, whole)
    )
    assert ours == theirs


def test_it_is_finished_with_more_steps_and_another_rate(ann: TestClient) -> None:
    job = start(ann, **LONG)
    until(ann, job, status="running")
    assert told(ann, job, action="adjust", learning_rate=0.001, more_steps=5).status_code == 200
    item = settled(ann, job)
    assert card(ann, item)["learning_rate"] == 0.001
    assert card(ann, item)["ended"] == "steps"
    job = start(ann, **LONG)
    until(ann, job, status="running")
    assert told(ann, job, action="finish").status_code == 200
    assert card(ann, settled(ann, job))["ended"] == "finished"


def test_a_cancelled_training_keeps_its_model(ann: TestClient, studio: Studio) -> None:
    job = start(ann, **LONG)
    until(ann, job, status="running")
    began = time.monotonic()
    ann.delete(f"/api/jobs/{job}")
    assert time.monotonic() - began < 5, "a second on a machine with nothing else to do"
    item = settled(ann, job)
    assert item["status"] == "cancelled"
    assert "model.safetensors" in [output["name"] for output in item["outputs"]]
    until(ann, job, status="cancelled")
    folder = studio.settings.data / "runs" / job
    deadline = time.monotonic() + 10
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_finished_training_is_gone_on_with(ann: TestClient) -> None:
    first = trained(ann, steps=15)
    more = trained(ann, steps=15, base=f"{first['id']}/state.safetensors")
    assert card(ann, more)["steps"] == 30
    whole = trained(ann, steps=30)
    ours, theirs = (
        weights(ann.get(f"/media/{one['id']}/model.safetensors").content) for one in (more, whole)
    )
    assert ours == theirs
    other = settled(
        ann, start(ann, data="digits", method="vae", steps=3, base=f"{first['id']}/state.safetensors")
    )
    assert other["status"] == "failed"
    assert other["error"]["code"] == "other_base"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "adjust", "learning_rate": -1}, 422),
        ({"action": "adjust", "learning_rate": 1e9}, 422),
        ({"action": "adjust", "more_steps": 0}, 422),
        ({"action": "explode"}, 422),
        ({}, 422),
        ({"action": "finish"}, 409),
    ],
)
def test_nonsense_is_refused_and_an_ended_training_can_be_told_nothing(
    ann: TestClient, body: dict[str, Any], status: int
) -> None:
    assert told(ann, trained(ann)["id"], **body).status_code == status


def test_nobody_else_can_tell_it_anything(ann: TestClient, ben: TestClient) -> None:
    job = start(ann, **LONG)
    until(ann, job, status="running")
    assert told(ben, job, action="finish").status_code == 404
    assert told(ann, job, action="finish").status_code == 200
    settled(ann, job)


@pytest.mark.parametrize("rate", [100, 20])
def test_a_learning_rate_that_is_far_too_large_is_said_to_diverge(ann: TestClient, rate: float) -> None:
    item = trained(ann, steps=2000, learning_rate=rate)
    assert card(ann, item)["ended"] == "diverged"
    model = next(output for output in item["outputs"] if output["kind"] == "model")
    assert model["meta"]["ended"] == "diverged"


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "-1"])
def test_a_learning_rate_that_is_none_is_refused(ann: TestClient, rate: str) -> None:
    body = f'{{"task": "train_pictures", "params": {{"learning_rate": {rate}}}}}'
    answer = ann.post("/api/jobs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    json.loads(answer.text)


def test_a_shared_model_becomes_a_strangers_own_by_its_link(ann: TestClient, ben: TestClient) -> None:
    item = trained(ann, steps=11, seed=7)
    token = ann.post(f"/api/history/{item['id']}/share", json={"show_prompt": True}).json()["token"]
    page = ben.get(f"/r/{token}").text
    assert f"?adopt={token}" in page
    mine = ben.post(f"/api/shared/{token}/adopt")
    assert mine.status_code == 201, mine.text
    assert mine.json()["id"] != item["id"]
    again = ben.post(f"/api/shared/{token}/adopt").json()
    assert again["id"] == mine.json()["id"], "once is enough"
    assert ann.post(f"/api/shared/{token}/adopt").json()["id"] == item["id"]
    body = {"task": "image", "model": f"mine:{again['id']}", "params": {"label": "3"}, "seed": 1}
    drawn = settled(ben, ben.post("/api/jobs", json=body).json()["id"])
    assert drawn["status"] == "done", drawn.get("error")
    further = trained(ben, steps=5, base=f"{again['id']}/state.safetensors")
    assert card(ben, further)["steps"] == 16
    ann.delete(f"/api/history/{item['id']}/share")
    assert ben.post(f"/api/shared/{token}/adopt").status_code == 404


def test_a_link_to_something_else_gives_no_model(ann: TestClient, ben: TestClient) -> None:
    body = {"task": "text", "model": "debug-text", "params": {"prompt": "hello", "max_new_tokens": 4}}
    text = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    token = ann.post(f"/api/history/{text['id']}/share", json={"show_prompt": True}).json()["token"]
    assert ben.post(f"/api/shared/{token}/adopt").status_code == 422


def test_faces_are_learnt_with_labels_that_go_together(ann: TestClient) -> None:
    item = trained(ann, data="faces", method="dcgan", steps=2)
    names = ["long_hair", "fair_hair", "glasses", "beard", "smile"]
    assert item["outputs"][1]["meta"]["names"] == names
    body = {"task": "image", "model": f"mine:{item['id']}", "params": {"label": "glasses, smile"}}
    drawn = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    assert drawn["outputs"][0]["meta"]["labels"] == ["glasses", "smile"]


def inside(client: TestClient, item: dict[str, Any], **params: Any) -> dict[str, Any]:
    """What is seen inside a picture that a trained model drew, by the kind of the section."""
    body = {"task": "image", "model": f"mine:{item['id']}", "params": {"label": "7", **params}, "seed": 5}
    drawn = settled(client, client.post("/api/jobs", json=body).json()["id"])
    assert drawn["status"] == "done", drawn.get("error")
    answer = client.post(f"/api/history/{drawn['id']}/explain")
    assert answer.status_code == 202, answer.text
    look = settled(client, answer.json()["job"]["id"])
    assert look["status"] == "done", look.get("error")
    seen = client.get(answer.json()["url"]).json()
    assert len(seen["words"]) == len(seen["sections"])
    return {section["kind"]: section["data"] for section in seen["sections"]}


def test_a_picture_of_an_own_flow_shows_its_way_and_what_is_nearest_of_all_that_was_learnt(
    ann: TestClient,
) -> None:
    seen = inside(ann, trained(ann, method="flow"), num_inference_steps=6, guidance_scale=2.0)
    assert list(seen) == ["film", "learnt", "walk"]
    latents, arriving, free = seen["film"]["rows"]
    assert seen["film"]["noise"][-1] == 0
    assert arriving["far"][-1] == pytest.approx(0, abs=1e-3), "the last step goes where it expects to"
    assert latents["far"][0] > latents["far"][-1]
    assert free["far"][0] != arriving["far"][0]
    far = [one["far"] for one in seen["learnt"]["things"]]
    assert far == sorted(far)
    assert seen["walk"]["frames"][0]["far"] == 0


def test_a_picture_of_an_own_gan_has_no_steps_to_show(ann: TestClient) -> None:
    assert list(inside(ann, trained(ann))) == ["learnt", "walk"]
