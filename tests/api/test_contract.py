"""What a program can count on: every task's parameters and the type of every answer."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.studio import Studio
from tests.api.conftest import result
from tests.declared import CATALOG

GOLDEN = Path(__file__).with_name("openapi.json")
HOW = "python -m pytest tests/api/test_contract.py --write-contract"


@pytest.fixture
def contract(ann: TestClient) -> dict[str, Any]:
    return dict(ann.get("/api/openapi.json").json())


def test_the_contract_is_the_one_that_was_agreed(
    contract: dict[str, Any], pytestconfig: pytest.Config
) -> None:
    text = json.dumps(contract, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if pytestconfig.getoption("--write-contract"):
        GOLDEN.write_text(text, "utf-8")
    agreed = GOLDEN.read_text("utf-8")
    changed = "\n".join(
        list(difflib.unified_diff(agreed.splitlines(), text.splitlines(), lineterm="", n=1))[:60]
    )
    assert agreed == text, f"The contract has changed. If that is meant: {HOW}\n{changed}"


@pytest.mark.parametrize("task", CATALOG.tasks)
def test_a_program_can_ask_what_a_task_takes(ann: TestClient, studio: Studio, task: str) -> None:
    metrics = next(one for one in ann.get("/api/tasks").json()["items"] if one["id"] == task)
    declared = studio.catalog.task(task)
    assert [model["id"] for model in metrics["models"]] == [spec.id for spec in declared.models]
    assert set(metrics["labels"]) == {"en", "zh"}
    for spec in declared.models:
        schema = metrics["params"][spec.params.__name__]
        assert set(schema["properties"]) == set(spec.params.model_fields)
        drawn = [name for name, control in spec.params.controls().items() if control.widget != "hidden"]
        labels = {name: schema["properties"][name].get("labels", {}) for name in drawn}
        assert [name for name, words in labels.items() if set(words) != {"en", "zh"}] == []


def test_ranges_and_defaults_are_told(ann: TestClient) -> None:
    text = ann.get("/api/tasks").json()["items"][0]
    family = next(model["params"] for model in text["models"] if model["id"] == "smollm2-135m")
    limits = text["params"][family]["properties"]["temperature"]
    assert limits["minimum"] == 0
    assert "maximum" in limits
    assert "default" in limits


def test_the_document_knows_every_models_parameters(contract: dict[str, Any], studio: Studio) -> None:
    body = contract["paths"]["/api/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    offered = {
        (form["properties"]["task"]["const"], model): form["properties"]["params"]
        for form in body["oneOf"]
        for model in form["properties"]["model"]["enum"]
    }
    listed = [spec for spec in studio.catalog.models.values() if not spec.debug]
    assert set(offered) == {(spec.task, spec.id) for spec in listed}
    for spec in listed:
        assert set(offered[spec.task, spec.id]["properties"]) == set(spec.params.model_fields)


def test_every_answer_of_json_has_a_type(contract: dict[str, Any]) -> None:
    untyped = [
        f"{method} {path}"
        for path, methods in contract["paths"].items()
        for method, metrics in methods.items()
        for code, answer in metrics["responses"].items()
        if code.startswith("2")
        for kind, content in answer.get("content", {}).items()
        if kind == "application/json" and content["schema"] in ({}, {"type": "object"})
    ]
    assert untyped == ["get /api/jobs/{job_id}/events"] or untyped == []


def test_an_item_keeps_out_what_there_is_nothing_to_say_of(ann: TestClient) -> None:
    item = result(ann)
    assert "error" not in item
    assert "warnings" not in item
    assert item["parent"] is None


def test_paths_of_earlier_versions_answer_alike(ann: TestClient) -> None:
    body = {"text": "a slow air in G"}
    assert (
        ann.post("/api/tasks/music/understood", json=body).json()
        == ann.post("/api/tasks/music/parse", json=body).json()
    )
