"""Learning from preferences by HTTP: what is left, what is refused in a sentence, how it is taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from safetensors.torch import load
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build
from tests.api.conftest import settled

PAIRS = json.dumps([["#1", "#2"], ["床前明月光\n疑是地上霜", "#3"]])


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("preferences")
    studio = Studio(Settings(data_dir=folder, engine="inline", debug_models=True))
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client
    studio.close(grace=0)


def asked(client: TestClient, **params: Any) -> Any:
    body = {"task": "preference", "model": "debug-preference-trainer", "params": params, "seed": 2}
    return client.post("/api/jobs", json=body)


def trained(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = asked(client, **params)
    assert answer.status_code == 202, answer.text
    item = settled(client, answer.json()["id"])
    assert item["status"] == "done", item.get("error")
    return item


def file(client: TestClient, item: dict[str, Any], name: str) -> Any:
    return client.get(f"/media/{item['id']}/{name}").json()


def own_models(client: TestClient) -> list[str]:
    return [
        one["id"]
        for one in client.get("/api/models", params={"task": "text"}).json()["items"]
        if one["id"].startswith("mine:")
    ]


@pytest.fixture(scope="module")
def head(ann: TestClient) -> dict[str, Any]:
    return trained(ann, method="head", data="poems", pairs=PAIRS)


@pytest.fixture(scope="module")
def policy(ann: TestClient) -> dict[str, Any]:
    return trained(ann, method="policy", rule="rhyme", steps=8)


def test_a_head_leaves_its_ranking_and_a_model_that_no_tab_lists(
    ann: TestClient, head: dict[str, Any]
) -> None:
    names = [output["name"] for output in head["outputs"]]
    assert names[:4] == ["samples.txt", "model.safetensors", "config.json", "ranking.json"]
    ranking = file(ann, head, "ranking.json")
    assert ranking["pairs"] == 2
    assert ranking["scores"][1] > ranking["scores"][2]
    assert f"mine:{head['id']}" not in own_models(ann)


def test_a_policy_leaves_a_model_that_writes_couplets_in_text(
    ann: TestClient, policy: dict[str, Any]
) -> None:
    assert f"mine:{policy['id']}" in own_models(ann)
    body = {"task": "text", "model": f"mine:{policy['id']}", "params": {"prompt": "山"}, "seed": 1}
    item = settled(ann, ann.post("/api/jobs", json=body).json()["id"])
    assert item["status"] == "done", item.get("error")
    assert item["outputs"][0]["text"].startswith("山")


def test_undo_writes_again_as_before_the_first_reward(ann: TestClient, policy: dict[str, Any]) -> None:
    base = f"{policy['id']}/state.safetensors"
    undone = trained(ann, method="policy", rule="rhyme", base=base, undo=True)
    before = file(ann, policy, "rewarded.json")["before"]
    assert file(ann, undone, "rewarded.json")["after"] == before
    assert file(ann, policy, "rewarded.json")["after"] != before


def test_a_training_that_went_on_is_the_one_that_never_stopped(ann: TestClient) -> None:
    half = trained(ann, method="policy", steps=5)
    on = trained(ann, method="policy", steps=5, base=f"{half['id']}/state.safetensors")
    whole = trained(ann, method="policy", steps=10)
    one, other = (load(ann.get(f"/media/{item['id']}/model.safetensors").content) for item in (on, whole))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"method": "head", "pairs": "better"}, "must be a list of pairs"),
        ({"method": "head", "pairs": '[["#1", "#1"]]'}, "must be a list of pairs"),
        ({"method": "head", "pairs": '[["#1", 2]]'}, "must be a list of pairs"),
        ({"method": "head", "pairs": '[["#1", "#48"]]'}, "nothing called “#48”"),
        ({"method": "head", "data": "tunes", "pairs": '[["a tune", "#4"]]'}, "nothing called “a tune”"),
        ({"method": "head", "pairs": json.dumps([["#1", "#2"]] * 201)}, "At most 200 pairs"),
        ({"method": "head", "pairs": "[" * 100_000}, "must be a list of pairs"),
        ({"method": "policy", "undo": True}, "Choose the earlier training"),
    ],
    ids=["words", "twice", "number", "absent", "tune", "many", "deep", "undo"],
)
def test_what_cannot_be_learnt_from_is_refused_in_a_sentence(
    ann: TestClient, params: dict[str, Any], says: str
) -> None:
    answer = asked(ann, **params)
    assert answer.status_code == 422, answer.text
    assert says in answer.json()["error"]["message"]


def test_a_state_of_another_kind_is_refused_in_a_sentence(ann: TestClient, head: dict[str, Any]) -> None:
    answer = asked(ann, method="policy", base=f"{head['id']}/state.safetensors")
    item = settled(ann, answer.json()["id"])
    assert item["status"] == "failed"
    assert "of another kind" in item["error"]["message"]


def test_a_head_without_ratings_says_what_to_do_first(ann: TestClient) -> None:
    item = settled(ann, asked(ann, method="head").json()["id"])
    assert item["status"] == "failed"
    assert "Rate a few pairs first" in item["error"]["message"]
