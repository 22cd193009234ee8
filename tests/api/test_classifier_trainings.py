"""A classifier of digits: what it leaves, that its report is about what was held back, and what fools it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

from aigc_demo import web
from aigc_demo.learning.pictures.data import digits
from aigc_demo.provenance.tensors import content as weights
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.tasks.train_classifier import pretext
from aigc_demo.tasks.train_classifier.learner import ClassifierLearner, Recipe
from aigc_demo.tasks.train_classifier.net import Classifier, saliency, worst_signs
from aigc_demo.ui.app import build
from tests.api.conftest import settled


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("classifiers")
    studio = Studio(Settings(data_dir=folder, engine="inline", debug_models=True))
    with TestClient(web.create(studio, build(studio)), base_url="http://localhost") as client:
        yield client
    studio.close(grace=0)


def trained(client: TestClient, **params: Any) -> dict[str, Any]:
    body = {"task": "train_classifier", "model": "debug-classifier-trainer", "params": params, "seed": 2}
    answer = client.post("/api/jobs", json=body)
    assert answer.status_code == 202, answer.text
    item = settled(client, answer.json()["id"])
    assert item["status"] == "done", item.get("error")
    return item


def file(client: TestClient, item: dict[str, Any], name: str) -> Any:
    return client.get(f"/media/{item['id']}/{name}").json()


@pytest.fixture(scope="module")
def item(ann: TestClient) -> dict[str, Any]:
    return trained(ann, steps=120, width=4, learning_rate=0.01)


def test_a_classifier_leaves_its_filters_its_report_and_what_it_sees(item: dict[str, Any]) -> None:
    assert [output["name"] for output in item["outputs"]][:5] == [
        "filters.png",
        "model.safetensors",
        "config.json",
        "report.json",
        "seen.json",
    ]
    assert item["title"] == "Digits told apart"


def test_the_report_counts_every_digit_held_back_once(ann: TestClient, item: dict[str, Any]) -> None:
    report = file(ann, item, "report.json")
    held = digits().held_labels.argmax(1).bincount().tolist()
    assert [sum(row) for row in report["confusion"]] == held
    assert report["averages"]["weighted"]["support"] == sum(held)
    assert report["accuracy"] == pytest.approx(report["averages"]["micro"]["f1"])
    assert report["accuracy"] > 0.8


def test_a_small_push_in_the_worst_direction_fools_it(ann: TestClient, item: dict[str, Any]) -> None:
    seen = file(ann, item, "seen.json")
    assert seen["accuracy"][0] == pytest.approx(file(ann, item, "report.json")["accuracy"], abs=1e-4)
    assert seen["accuracy"][-1] < 0.2
    assert [digit["label"] for digit in seen["digits"]] == [number // 2 for number in range(20)]
    assert all(len(digit["guesses"]) == len(seen["epsilons"]) for digit in seen["digits"])
    assert all(max(digit["saliency"]) == 1 for digit in seen["digits"])


def test_signs_point_where_the_loss_rises_and_saliency_is_the_gradient() -> None:
    torch.manual_seed(0)
    net, known = Classifier(3), digits()
    pictures, labels = known.pictures[:6], known.labels[:6].argmax(1)
    signs = worst_signs(net, pictures, labels)
    loss = torch.nn.functional.cross_entropy
    assert loss(net(pictures + 0.01 * signs), labels) > loss(net(pictures), labels)
    moved = pictures[:1].clone()
    moved[0, 0, 3, 4] += 1e-3
    change = (net(moved) - net(pictures[:1]))[0, labels[0]].abs() / 1e-3
    assert float(saliency(net, pictures[:1], labels[:1])[0, 3, 4]) == pytest.approx(
        float(change.detach()), rel=0.05
    )


def test_a_training_that_went_on_is_the_one_that_never_stopped(ann: TestClient) -> None:
    half = trained(ann, steps=5)
    on = trained(ann, steps=5, base=f"{half['id']}/state.safetensors")
    whole = trained(ann, steps=10)
    one, other = (weights(ann.get(f"/media/{item['id']}/model.safetensors").content) for item in (on, whole))
    assert one == other


def test_what_is_learnt_without_labels_is_shown_beside_a_twin_that_did_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pretext, "STEPS", 40)
    for kind in ("rotated", "masked"):
        learner = ClassifierLearner(digits(), 4, Recipe(32, 1, labels=2, pretext=kind))
        again = ClassifierLearner(digits(), 4, Recipe(32, 1, labels=2, pretext=kind))
        assert learner.data.labels[learner.labelled].sum(0).tolist() == [2.0] * 10
        before = [float(learner.step(number)["pretext"]) for number in range(1, 41)]
        assert sum(before[-5:]) < sum(before[:5])
        again.load({name: tensor.clone() for name, tensor in learner.state().items()})
        for one in (learner, again):
            assert set(one.step(41)) == {"loss", "loss_plain"}
        assert learner.validate() == again.validate()
        assert set(learner.validate()) == {"validation", "accuracy", "accuracy_plain"}
