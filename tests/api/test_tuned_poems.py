"""ShiGPT tuned on a visitor's poems: it keeps the rules, at any strength, and writes to the same prompts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.learning.texts.data import theme_lines
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.tasks.poems import tuned_model
from aigc_demo.tasks.poems.tokens import Vocabulary
from aigc_demo.tasks.poems.tuning import poems_of
from aigc_demo.types import UserError
from aigc_demo.ui.app import build
from tests.api.conftest import settled

LINES = "\n".join(theme_lines("farewell")[:30])


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("tunings")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the worker; several wait for one another where the machine is busy
    studio = Studio(Settings(data_dir=folder, engine="inline", debug_models=True))
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client
    studio.close(grace=0)
    torch.set_num_threads(threads)


def job(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/jobs", json={"seed": 2, **body})
    assert answer.status_code == 202, answer.text
    return settled(client, answer.json()["id"])


def tuned(client: TestClient, **params: Any) -> dict[str, Any]:
    params = {"data": "mine", "text": LINES, "method": "lora", "steps": 3, "batch_size": 8, **params}
    return job(client, task="train_text", model="debug-text-trainer", params=params)


def poem(client: TestClient, item: dict[str, Any], strength: float = 1.0) -> dict[str, Any]:
    params = {"prompt": "送友人", "form": "五绝", "strength": strength}
    found = job(client, task="text", model=f"mine:{item['id']}", params=params)
    assert found["status"] == "done", found.get("error")
    return found


@pytest.fixture(scope="module")
def items(ann: TestClient) -> dict[str, dict[str, Any]]:
    found = {method: tuned(ann, method=method, learning_rate=0.01) for method in ("lora", "finetune")}
    assert [item["status"] for item in found.values()] == ["done", "done"]
    return found


@pytest.mark.parametrize("method", ["lora", "finetune"])
def test_a_tuned_shigpt_writes_poems_that_keep_the_rules(
    ann: TestClient, items: dict[str, dict[str, Any]], method: str
) -> None:
    item = items[method]
    assert item["outputs"][1]["meta"]["method"] == method
    listed = {one["id"]: one for one in ann.get("/api/models", params={"task": "text"}).json()["items"]}
    assert listed[f"mine:{item['id']}"]["family"] == "TunedParams"
    told = poem(ann, item)["outputs"][0]["meta"]["poem"]
    assert told["keeps"]
    assert [len(line) for line in told["lines"]] == [5, 5, 5, 5]


@pytest.mark.parametrize("method", ["lora", "finetune"])
def test_none_of_the_tuning_is_shigpt_itself(
    ann: TestClient, items: dict[str, dict[str, Any]], method: str
) -> None:
    item = items[method]
    none, half, whole = (poem(ann, item, strength)["outputs"][0]["text"] for strength in (0.0, 0.5, 1.0))
    other = items["lora" if method == "finetune" else "finetune"]
    assert none == poem(ann, other, 0.0)["outputs"][0]["text"]
    assert len({none, half, whole}) > 1


def test_the_same_titles_are_written_to_before_and_after(items: dict[str, dict[str, Any]]) -> None:
    text = items["lora"]["outputs"][0]["text"]
    assert text.count("《") == text.count("○") == text.count("●") == 2
    before, after = (line[2:] for line in text.splitlines()[1:3])
    assert before != after


def test_validation_stands_beside_that_of_shigpt_as_it_ships(
    ann: TestClient, items: dict[str, dict[str, Any]]
) -> None:
    curves = ann.get(f"/media/{items['lora']['id']}/curves.csv").text.splitlines()
    assert curves[0] == "step,train,validation,untuned"
    assert curves[3].count(",") == 3
    assert not curves[3].endswith(",")


def test_a_tuning_that_went_on_is_the_one_that_never_stopped(ann: TestClient) -> None:
    half = tuned(ann, steps=2)
    on = tuned(ann, steps=2, base=f"{half['id']}/state.safetensors")
    whole = tuned(ann, steps=4)
    one, other = (load(ann.get(f"/media/{item['id']}/model.safetensors").content) for item in (on, whole))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)  # their labels say how each came to be


def test_two_kinds_of_own_models_are_asked_for_with_different_things(
    ann: TestClient, items: dict[str, dict[str, Any]]
) -> None:
    body = {"task": "text", "model": f"mine:{items['lora']['id']}", "params": {"prompt": "a", "top_k": 3}}
    assert ann.post("/api/jobs", json=body).status_code == 422


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"text": "\n".join(f"the {n} little birds sing" for n in range(30))}, "hold 0 of them"),
        ({"data": "tunes"}, "cannot learn tunes"),
        ({"text": "春眠不觉晓"}, "Too few lines"),
    ],
)
def test_what_shigpt_cannot_learn_from_gets_one_sentence(
    ann: TestClient, params: dict[str, Any], said: str
) -> None:
    item = tuned(ann, **params)
    assert item["status"] == "failed"
    assert said in item["error"]["message"]


def test_verses_are_put_together_to_poems() -> None:
    vocabulary = Vocabulary.load(tuned_model.BASE / "tokens.json")
    whole = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"
    assert [poem.form for poem in poems_of([whole], vocabulary)] == ["五绝"]
    parts = ["春眠不觉晓，", "处处闻啼鸟。", "夜來風雨聲，", "花落知多少。"]
    (found,) = poems_of(parts, vocabulary)
    assert found.lines == ("春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少")
    assert poems_of(["春眠不觉晓，处处闻啼鸟。", "hello", "夜来风雨声，花落知多少。"], vocabulary) == []
    assert poems_of(["春眠不觉晓，两个黄鹂鸣翠柳。" * 4], vocabulary) == []


def test_a_changed_file_of_a_tuning_is_refused(tmp_path: Path) -> None:
    told = tuned_model.config("lora")
    net = tuned_model.base()
    tuned_model.with_low_rank(net, told, torch.Generator())
    weights = {name: tensor for name, tensor in net.state_dict().items() if ".lora_" in name}
    path = tmp_path / "model.safetensors"
    path.write_bytes(tuned_model.to_bytes(weights, told))
    assert tuned_model.read(path)[1] == told
    other = told.model_copy(update={"base_sha256": "0" * 64})
    for data in (b"", tuned_model.to_bytes(weights, other), tuned_model.to_bytes({}, told)):
        path.write_bytes(data)
        with pytest.raises(UserError):
            tuned_model.read(path)
