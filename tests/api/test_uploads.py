"""What a visitor brings in and keeps, over HTTP: theirs alone, counted, removed when they say so."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.history import History
from aigc_demo.history.media import LocalMedia
from aigc_demo.studio import Studio
from aigc_demo.types import Kind, Output, Params, Request
from tests.api.conftest import result, submit
from tests.test_provenance import FILES


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
    submission = {"task": "image", "model": "debug-image", "params": {"prompt": "a cat", "image": upload}}
    answer = ann.post("/api/jobs", json=submission)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith("is not there any more. Choose it again.")


def test_what_is_kept_is_told_with_its_limit(ann: TestClient, ben: TestClient) -> None:
    assert ann.get("/api/history/usage").json() == {
        "items": 0, "item_bytes": 0, "uploads": 0, "upload_bytes": 0, "upload_limit_bytes": 500_000_000,
        "passing": False, "notice": None,
        "signed_in": False,
    }  # fmt: skip
    bring(ann)
    job = result(ann)
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
    assert result(ann)["status"] == "done"


def test_many_ids_are_bounded_and_taken_once_before_anything_is_looked_up(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = result(ann)
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
    theirs = result(ben)
    mixed = ann.request("DELETE", "/api/history", json={"ids": [running["id"], theirs["id"]]})
    assert mixed.status_code == 404
    assert [job["id"] for job in ann.get("/api/jobs").json()["items"]] == [running["id"]]
    assert ann.request("DELETE", "/api/history", json={"ids": [running["id"]]}).json() == {"deleted": 1}
    assert ann.get("/api/jobs").json()["items"] == []


# -- what is taken --------------------------------------------------------------------------------

TUNE = b"X:1\nT:A tune\nM:4/4\nL:1/8\nK:D\nD2F2A2d2 |]\n"


def bring_for(client: TestClient, task: str, field: str, data: bytes, name: str = "a.bin") -> tuple[int, Any]:
    where = {"task": task, "field": field}
    answer = client.post("/api/uploads", params=where, files={"file": (name, data)})
    return answer.status_code, answer.json()


def test_a_file_brought_for_a_setting_must_be_of_a_kind_that_it_takes(ann: TestClient) -> None:
    assert bring_for(ann, "music", "start", TUNE)[0] == 201
    assert bring_for(ann, "image", "image", picture())[0] == 201
    status, answer = bring_for(ann, "music", "start", picture(), "tune.mid")
    assert (status, answer["error"]["field"]) == (415, "start")
    assert answer["error"]["message"] == (
        "This file can't be used as “Beginning”. Choose a sound (WAV, Ogg, MP3, FLAC, M4A), "
        "a tune (MIDI, ABC, MusicXML, MXL), MP4 or WebM."
    )


@pytest.mark.parametrize(
    ("task", "field", "status"),
    [("music", "prompt", 422), ("music", "nothing", 422), ("nothing", "start", 404)],
)
def test_a_setting_that_takes_no_file_and_a_task_that_is_none_are_told(
    ann: TestClient, task: str, field: str, status: int
) -> None:
    assert bring_for(ann, task, field, TUNE)[0] == status


def test_a_file_brought_for_no_setting_must_be_of_a_kind_that_any_takes(ann: TestClient) -> None:
    for data in (TUNE, picture(), b"hello", b"%PDF-1.7\n"):
        assert ann.post("/api/uploads", files={"file": ("a", data)}).status_code == 201
    refused = ann.post("/api/uploads", files={"file": ("a.csv", b"\x7fELF\x02\x01\x01\0")})
    assert refused.status_code == 415
    assert "Choose a picture (PNG, JPEG, WebP, AVIF), a clip (" in refused.json()["error"]["message"]


def test_a_wish_is_refused_where_a_file_is_of_a_kind_that_the_setting_does_not_take(
    ann: TestClient, studio: Studio
) -> None:
    tune, drawn = (
        ann.post("/api/uploads", files={"file": ("a", data)}).json()["id"] for data in (TUNE, picture())
    )
    written = result(ann)
    for reference in (tune, f"{written['id']}/text.txt"):
        submission = {
            "task": "image",
            "model": "debug-image",
            "params": {"prompt": "a cat", "image": reference},
        }
        answer = ann.post("/api/jobs", json=submission)
        assert answer.status_code == 415
        assert answer.json()["error"]["field"] == "image"
    submission = {"task": "music", "model": "debug-music", "params": {"action": "vary", "start": drawn}}
    assert ann.post("/api/jobs", json=submission).status_code == 415


@pytest.mark.parametrize(
    ("media_type", "kind", "sent_as"),
    [
        ("audio/mpeg", "audio", "audio/mpeg"),
        ("audio/flac", "audio", "audio/flac"),
        ("video/webm", "video", "video/webm"),
        ("text/csv", "file", "application/octet-stream"),
        ("application/zip", "file", "application/octet-stream"),
        ("text/html", "file", "application/octet-stream"),
    ],
)
def test_a_result_is_sent_as_what_it_is_where_that_may_be_shown_and_as_plain_bytes_elsewhere(
    ann: TestClient, ben: TestClient, studio: Studio, media_type: str, kind: Kind, sent_as: str
) -> None:
    ann.get("/api/jobs")
    owner = studio.identity.from_cookies(f"{COOKIE}={ann.cookies[COOKIE]}")
    assert owner is not None
    job = studio.history.create(Request("text", "debug-text", Params(), owner))
    studio.history.start(job.id)
    output = Output(kind, "made", media_type, data=FILES.get(media_type, b"bytes"))
    name = studio.history.finish(job.id, "done", [output]).outputs[0].name
    answer = ann.get(f"/media/{job.id}/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, sent_as)
    token = studio.history.links.make(owner, job.id, show_prompt=True).token
    assert ben.get(f"/r/{token}/media/{name}").headers["content-type"] == sent_as
