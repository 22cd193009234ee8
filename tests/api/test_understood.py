"""The settings that a wish in words names."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.api.conftest import NewVisitor


def test_words_name_settings_where_a_task_reads_them(ann: TestClient) -> None:
    answer = ann.post("/api/tasks/music/parse", json={"text": "a sad waltz in A minor"})
    assert answer.status_code == 200
    values = answer.json()["values"]
    assert (values["style"], values["key"], values["mode"]) == ("waltz", "A", "minor")


def test_a_task_that_reads_no_words_understands_nothing(ann: TestClient) -> None:
    assert ann.post("/api/tasks/style/parse", json={"text": "in blue"}).json() == {"values": {}}


def test_an_unknown_task_and_a_wish_without_end_are_refused(visitor: NewVisitor) -> None:
    ann = visitor()
    assert ann.post("/api/tasks/nothing/parse", json={"text": ""}).status_code == 404
    assert ann.post("/api/tasks/music/parse", json={"text": "a" * 8_001}).status_code == 422
    assert ann.post("/api/tasks/music/parse", json={"words": "a jig"}).status_code == 422
