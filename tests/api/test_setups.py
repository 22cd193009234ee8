"""Settings links over HTTP: told in the visitor's language, and as a code."""

from __future__ import annotations

import io

import segno
from starlette.testclient import TestClient


def test_a_link_is_told_as_far_as_it_is_valid(ann: TestClient) -> None:
    answer = ann.get("/api/setup?task=image&steps=7&guidance=99&lock=model,steps&hide=look&lang=zh")
    assert answer.json() == {
        "task": "image",
        "model": "emojiflow",
        "values": {"num_inference_steps": 7},
        "locked": ["model", "num_inference_steps"],
        "hidden": ["look"],
        "refused": [{"name": "guidance", "message": "“引导强度”太大：最多为 20。"}],
    }


def test_a_task_that_is_not_there_is_a_404(ann: TestClient) -> None:
    assert ann.get("/api/setup?task=none").status_code == 404
    assert ann.get("/api/setup").status_code == 404


def test_the_code_says_the_link(ann: TestClient) -> None:
    answer = ann.get("/api/setup/qr?task=image&prompt=%E7%8C%AB&lock=model")
    assert answer.headers["content-type"] == "image/svg+xml"
    link = "http://studio.test/?task=image&prompt=%E7%8C%AB&lock=model"
    wanted = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        wanted, kind="svg", border=4, dark="#000", light="#fff", omitsize=True
    )
    assert answer.content == wanted.getvalue()


def test_a_link_that_no_code_can_hold_is_refused_in_a_sentence(ann: TestClient) -> None:
    answer = ann.get("/api/setup/qr?task=image&prompt=" + "a" * 3000)
    assert answer.status_code == 413
    assert "too long" in answer.json()["error"]["message"]
