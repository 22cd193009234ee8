"""What a model has learnt to make can be asked for, where it says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from aigc_demo import catalog


def test_a_model_with_a_list_beside_its_weights_tells_it(
    ann: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [{"en": "cat", "zh": "猫"}]
    (tmp_path / "models" / "upscale").mkdir(parents=True)
    (tmp_path / "models" / "upscale" / "known.json").write_text(json.dumps(words), "utf-8")
    monkeypatch.setattr(catalog, "ASSETS", tmp_path)
    assert ann.get("/api/models/upscale-fast/vocabulary").json() == {"items": words}


def test_a_model_that_says_nothing_has_an_empty_list(ann: TestClient) -> None:
    assert ann.get("/api/models/debug-image/vocabulary").json() == {"items": []}


def test_a_model_that_is_not_there_is_not_found(ann: TestClient) -> None:
    assert ann.get("/api/models/nothing/vocabulary").status_code == 404
