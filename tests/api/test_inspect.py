"""Dropping a file made here brings its settings back, whatever it claims."""

from __future__ import annotations

import importlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo import provenance
from aigc_demo.api.inspect import AT_ONCE
from aigc_demo.provenance import Metadata, stamp
from aigc_demo.studio import Studio
from aigc_demo.types import Output
from tests.api.conftest import NewVisitor, settled

METADATA = Metadata(
    job_id="01m8068em583ea1jd2xfcwgxqy",
    task="image",
    model="debug-image",
    params={"prompt": "一只猫", "num_inference_steps": 4, "seed": 7, "strength": 0.5},
    seed=7,
)


def picture(metadata: Metadata | None = METADATA, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, kind)
    if metadata is None:
        return buffer.getvalue()
    return stamp(Output("image", "a", f"image/{kind.lower()}", data=buffer.getvalue()), metadata).data


def inspect(client: TestClient, data: bytes) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/inspect", files={"file": ("a.png", data)})
    return answer.status_code, answer.json()


def test_a_picture_made_here_tells_its_settings(ann: TestClient) -> None:
    importlib.import_module("aigc_demo.tasks.image.debug")  # on a busy machine slower than a job may be
    job = ann.post(
        "/api/jobs",
        json={"task": "image", "model": "debug-image", "params": {"prompt": "a {red|blue} cat"}, "seed": 5},
    ).json()
    result = settled(ann, job["id"])
    data = ann.get(result["outputs"][0]["url"]).content
    status, said = inspect(ann, data)
    assert status == 200
    assert (said["task"], said["model"]) == ("image", "debug-image")
    assert said["params"]["prompt"] == "a {red|blue} cat"
    assert said["params"]["seed"] == 5
    again = ann.post("/api/jobs", json=said)
    assert again.status_code == 202
    assert Image.open(io.BytesIO(data)).text["parameters"].startswith("a {red|blue} cat")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_kind_of_picture_can_tell(kind: str, ann: TestClient) -> None:
    status, said = inspect(ann, picture(kind=kind))
    assert status == 200
    assert said["params"] == dict(METADATA.params)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        replace(METADATA, task="nothing"),
        replace(METADATA, params={"prompt": "x", "seed": -1}),
        replace(METADATA, params={"prompt": "x", "num_inference_steps": 10**9}),
        replace(METADATA, params={"prompt": ["x"]}),
        replace(METADATA, params={}),
    ],
    ids=["says nothing", "unknown task", "bad seed", "too many steps", "a list", "nothing asked"],
)
def test_what_it_says_is_checked_like_any_wish(metadata: Metadata | None, ann: TestClient) -> None:
    status, said = inspect(ann, picture(metadata))
    assert status == 422
    assert said["error"]["code"] == "no_parameters"


def test_a_model_that_is_not_offered_is_left_open_and_unknown_settings_fall_away(ann: TestClient) -> None:
    metadata = replace(METADATA, model="../gone", params={**METADATA.params, "job": 1, "__class__": "x"})
    status, said = inspect(ann, picture(metadata))
    assert status == 200
    assert said["model"] is None
    assert said["params"] == dict(METADATA.params)


def test_files_of_others_are_left_out(ann: TestClient, ben: TestClient) -> None:
    upload = ann.post("/api/uploads", files={"file": ("a.png", picture(None))}).json()["id"]
    metadata = replace(
        METADATA, params={**METADATA.params, "image": upload, "mask": "../../etc/passwd", "control": 7}
    )
    assert inspect(ann, picture(metadata))[1]["params"] == {**METADATA.params, "image": upload}
    assert inspect(ben, picture(metadata))[1]["params"] == dict(METADATA.params)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"<svg/>"])
def test_what_is_no_file_of_ours_is_refused(data: bytes, ann: TestClient) -> None:
    assert inspect(ann, data)[0] in (415, 422)


def test_it_needs_a_file(ann: TestClient) -> None:
    assert ann.post("/api/inspect").status_code == 422


def test_a_file_is_read_as_what_it_was_sniffed_to_be_and_as_nothing_else() -> None:
    data = picture()
    assert provenance.read(data, media_type="image/png") is not None
    for kind in ("image/jpeg", "text/vnd.abc", "video/mp4", "application/pdf", ""):
        assert provenance.read(data, media_type=kind) is None


def test_files_are_looked_into_a_few_at_a_time_while_others_are_served(
    visitor: NewVisitor, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []
    inside, go_on = threading.Semaphore(0), threading.Event()

    def slow(owner: str, data: bytes) -> dict[str, Any]:
        together.append(inspected.active_count())
        inside.release()
        assert go_on.wait(20)
        return {"task": "text", "model": None, "params": {}}

    inspected = _Counted(slow)
    monkeypatch.setattr(studio, "inspect", inspected)
    with ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(inspect, visitor(), b"x") for _ in range(60)]
        for _ in range(AT_ONCE):
            assert inside.acquire(timeout=20)
        assert visitor().get("/api/history").status_code == 200
        assert not inside.acquire(timeout=0.2)
        go_on.set()
        assert {status for status, _ in (each.result() for each in waiting)} == {200}
    assert len(together) == 60
    assert max(together) == AT_ONCE


class _Counted:
    """A function that knows how often it is running."""

    def __init__(self, function: Any) -> None:
        self._function, self._active, self._lock = function, 0, threading.Lock()

    def active_count(self) -> int:
        return self._active

    def __call__(self, *given: Any) -> Any:
        with self._lock:
            self._active += 1
        try:
            return self._function(*given)
        finally:
            with self._lock:
                self._active -= 1
