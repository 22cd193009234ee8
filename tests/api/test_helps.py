"""What helps with a wish: richer words, English for Chinese, the names that a setting may have here."""

from __future__ import annotations

from starlette.testclient import TestClient

from aigc_demo.studio import Studio
from tests.api.conftest import NewVisitor
from tests.declared import CATALOG


def test_a_wish_becomes_richer_and_says_by_what(ann: TestClient) -> None:
    submission = {"text": "a lighthouse", "model": "sd-turbo"}
    answer = ann.post("/api/tasks/image/expand", json=submission).json()
    assert answer["text"] == ", ".join(["a lighthouse", *answer["added"]])
    assert answer == ann.post("/api/tasks/image/expand", json=submission).json()
    plain = ann.post("/api/tasks/music/expand", json={"text": "a jig"}).json()
    assert plain == {"text": "a jig", "added": []}
    assert ann.post("/api/tasks/image/expand", json={"text": "a", "model": "nothing"}).status_code == 404


def test_loras_are_listed_by_name_and_never_by_path(ann: TestClient, studio: Studio) -> None:
    folder = studio.settings.image_loras
    assert folder is not None
    assert ann.get("/api/tasks/image/choices/lora").json() == {"items": []}
    folder.mkdir()
    for name in (
        "Water colour.safetensors",
        "ink.safetensors",
        "notes.txt",
        "-x.safetensors",
        "a;b.safetensors",
    ):
        (folder / name).write_bytes(b"")
    (folder / "below").mkdir()
    (folder / "below" / "deep.safetensors").write_bytes(b"")
    answer = ann.get("/api/tasks/image/choices/lora")
    assert answer.json() == {"items": ["Water colour", "ink"]}
    assert str(folder) not in answer.text


def test_models_that_the_settings_name_are_offered_by_the_installation_that_has_them(ann: TestClient) -> None:
    offered = [model["id"] for model in ann.get("/api/models", params={"task": "text"}).json()["items"]]
    assert "own-tinyx" in offered
    assert "own-tinyx" not in CATALOG.models, "the code declares no model of an owner's"


def test_a_setting_that_stands_for_nothing_here_offers_nothing(ann: TestClient) -> None:
    assert ann.get("/api/tasks/image/choices/prompt").json() == {"items": []}
    assert ann.get("/api/tasks/nothing/choices/lora").status_code == 404


def test_chinese_becomes_english_as_a_job_of_the_visitors_own(visitor: NewVisitor) -> None:
    ann = visitor()
    answer = ann.post("/api/translate", json={"text": "一座灯塔"})
    assert answer.status_code == 202
    job = answer.json()
    assert (job["task"], job["model"], job["params"]["prompt"]) == ("text", "debug-translator", "一座灯塔")
    assert "English" in job["params"]["system"] and job["params"]["temperature"] == 0
    assert visitor().get(f"/api/jobs/{job['id']}").status_code == 404


def test_a_model_that_does_not_translate_is_not_asked_to(ann: TestClient) -> None:
    answer = ann.post("/api/translate", json={"text": "猫", "model": "shigpt"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_translator")
