"""What a visitor brings in and keeps, over HTTP: theirs alone, counted, removed when they say so."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo.history import History
from aigc_demo.history.media import LocalMedia
from aigc_demo.studio import Studio
from tests.api.conftest import made, submit


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    return buffer.getvalue()


def bring(client: TestClient) -> str:
    answer = client.post("/api/uploads", files={"file": ("cat.png", picture())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_file_brought_in_is_removed_by_its_visitor_alone(ann: TestClient, ben: TestClient) -> None:
    upload = bring(ann)
    theirs, nobodys = (ben.delete(f"/api/uploads/{one}") for one in (upload, "0" * 26))
    assert (
        (theirs.status_code, theirs.content)
        == (nobodys.status_code, nobodys.content)
        == (404, theirs.content)
    )
    assert ann.delete(f"/api/uploads/{upload}").status_code == 204
    assert ann.delete(f"/api/uploads/{upload}").status_code == 404


def test_a_wish_with_a_file_that_is_gone_says_so_at_the_field(ann: TestClient) -> None:
    upload = bring(ann)
    ann.delete(f"/api/uploads/{upload}")
    wish = {"task": "image", "model": "debug-image", "params": {"prompt": "a cat", "image": upload}}
    answer = ann.post("/api/jobs", json=wish)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith("is not there any more. Choose it again.")


def test_what_is_kept_is_told_with_its_limit(ann: TestClient, ben: TestClient) -> None:
    assert ann.get("/api/history/usage").json() == {
        "items": 0, "item_bytes": 0, "uploads": 0, "upload_bytes": 0, "upload_limit_bytes": 500_000_000
    }  # fmt: skip
    bring(ann)
    job = made(ann)
    kept = ann.get("/api/history/usage").json()
    assert (kept["items"], kept["uploads"], kept["upload_bytes"]) == (1, 1, len(picture()))
    assert kept["item_bytes"] == job["outputs"][0]["size"]
    assert ben.get("/api/history/usage").json()["items"] == 0


@pytest.mark.parametrize(
    ("free", "limit", "code", "sentence"),
    [
        (100_000_000, 500.0, 507, "files can be brought in only while 128 MB stay free"),
        (10**12, 0.00001, 413, "of 0.0 MB of files"),
    ],
)
def test_where_there_is_no_room_the_sentence_names_the_limit_and_the_server_stays_ready(
    ann: TestClient,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    limit: float,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setattr(LocalMedia, "free_bytes", lambda _: free)
    monkeypatch.setattr(
        studio.history._receive, "_caps", studio.history.caps._replace(visitor=int(limit * 1e6))
    )
    answer = ann.post("/api/uploads", files={"file": ("cat.png", picture())})
    assert answer.status_code == code
    assert sentence in answer.json()["error"]["message"]
    assert ann.get("/readyz").status_code == 200
    assert made(ann)["status"] == "done"


def test_many_ids_are_bounded_and_taken_once_before_anything_is_looked_up(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = made(ann)
    looks: list[str] = []
    real = History.get
    monkeypatch.setattr(History, "get", lambda self, *of: looks.append(of[1]) or real(self, *of))
    many = ann.request("DELETE", "/api/history", json={"ids": [f"{n:026}" for n in range(5000)]})
    assert many.status_code == 422
    assert "At most 100 items" in many.json()["error"]["message"]
    again = ann.request("DELETE", "/api/history", json={"ids": [job["id"]] * 5000})
    assert again.json() == {"deleted": 1}
    assert looks == []


def test_of_several_that_are_deleted_the_unfinished_are_cancelled_and_none_where_one_is_not_mine(
    ann: TestClient, ben: TestClient
) -> None:
    running = submit(ann, model="debug-text-slow", max_new_tokens=500)
    theirs = made(ben)
    mixed = ann.request("DELETE", "/api/history", json={"ids": [running["id"], theirs["id"]]})
    assert mixed.status_code == 404
    assert [job["id"] for job in ann.get("/api/jobs").json()["items"]] == [running["id"]]
    assert ann.request("DELETE", "/api/history", json={"ids": [running["id"]]}).json() == {"deleted": 1}
    assert ann.get("/api/jobs").json()["items"] == []
