"""The gate: sizes, origins, cookies, headers; and nothing of Gradio's own doors left open."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo.guard.identity import COOKIE
from aigc_demo.studio import Studio
from tests.api.conftest import NewVisitor, made, wish


def test_a_body_over_the_limit_is_refused_whatever_it_claims(ann: TestClient) -> None:
    assert ann.post("/api/jobs", content=b"x" * 1_500_000).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 1_000_000

    multipart = {"content-type": "multipart/form-data; boundary=x"}
    for path, headers in (("/api/jobs", {}), ("/api/uploads", multipart), ("/gradio_api/upload", multipart)):
        answer = ann.post(path, content=chunks(), headers=headers)
        assert answer.status_code == 413
        assert answer.json()["error"]["message"].startswith("The request is too large")


def test_another_sites_page_can_do_nothing_with_our_cookie(ann: TestClient) -> None:
    job = made(ann)
    evil = {"Origin": "https://evil.example"}
    assert ann.post("/api/jobs", json=wish(), headers=evil).status_code == 403
    assert ann.get(f"/api/jobs/{job['id']}", headers=evil).status_code == 403
    assert ann.post("/gradio_api/queue/join", json={}, headers=evil).status_code == 403
    preflight = ann.options(
        "/gradio_api/queue/join", headers={**evil, "Access-Control-Request-Method": "POST"}
    )
    assert "access-control-allow-origin" not in preflight.headers
    assert ann.post("/api/jobs", json=wish(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_our_own_page_and_plain_programs_are_let_in(ann: TestClient) -> None:
    assert ann.post("/api/jobs", json=wish(), headers={"Origin": "http://studio.test"}).status_code == 202
    assert ann.post("/api/jobs", json=wish()).status_code == 202


def test_a_forged_cookie_is_a_stranger(ann: TestClient, visitor: NewVisitor) -> None:
    job = made(ann)
    cookie = ann.cookies[COOKIE]
    stranger = visitor()
    for forged in (cookie[:-1], cookie.partition(".")[0] + ".x", "x" * 5000):
        answer = stranger.get(f"/api/jobs/{job['id']}", headers={"Cookie": f"{COOKIE}={forged}"})
        assert answer.status_code == 404


def test_the_cookie_is_kept_from_scripts(ann: TestClient) -> None:
    header = ann.get("/").headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_every_answer_tells_the_browser_what_this_page_never_does(ann: TestClient) -> None:
    for path in ("/", "/api/history", "/healthz", "/nothing"):
        headers = ann.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"


def test_the_page_is_not_kept_by_caches_and_loads_nothing_from_other_hosts(ann: TestClient) -> None:
    page = ann.get("/")
    assert page.headers["cache-control"] == "no-store"
    assert "googleapis" not in page.text


PATHS = [
    "/etc/passwd",
    "/proc/self/environ",
    "{data}/studio.db",
    "{data}/secret",
    "{data}/../x",
    "app.py",
    "",
]


def file_inputs(client: TestClient) -> list[tuple[int, list[Any]]]:
    config = client.get("/config").json()
    return [(fn["id"], fn["inputs"]) for fn in config["dependencies"]]


@pytest.mark.parametrize("path", PATHS)
def test_a_forged_file_value_reads_nothing_from_the_disk(ann: TestClient, studio: Studio, path: str) -> None:
    target = path.format(data=studio.settings.data)
    forged = {"path": target, "meta": {"_type": "gradio.FileData"}, "orig_name": "x.png"}
    for fn_index, inputs in file_inputs(ann):
        body = {"data": [forged] * len(inputs), "fn_index": fn_index, "session_hash": "abcdefghijk"}
        ann.post("/gradio_api/queue/join", json=body)
    for answer in (
        ann.get(f"/gradio_api/file={target}"),
        ann.get("/gradio_api/file=" + target.replace("/", "%2f")),
        ann.get(f"/gradio_api/file=%2e%2e/%2e%2e/%2e%2e/%2e%2e/{target}"),
    ):
        assert answer.status_code >= 400
        assert b"root:" not in answer.content


def test_the_server_fetches_no_address_for_a_visitor(ann: TestClient) -> None:
    for address in ("http://127.0.0.1:1/", "http://169.254.169.254/", "http://[::1]/", "http://127.1/"):
        assert ann.get(f"/gradio_api/file={address}").status_code >= 400


def test_gradios_back_doors_are_shut(ann: TestClient) -> None:
    assert ann.get("/monitoring/summary").status_code >= 400
    assert ann.post("/gradio_api/run/predict", json={"data": []}).status_code >= 400
    assert ann.get("/gradio_api/info").json()["named_endpoints"] == {}


def test_uploads_are_what_their_bytes_say(ann: TestClient) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    answer = ann.post("/api/uploads", files={"file": ("cat.exe", picture.getvalue())})
    assert answer.status_code == 201
    tiff = io.BytesIO()
    Image.new("RGB", (8, 8)).save(tiff, "TIFF")
    for bad in (
        b"",
        b"GIF89a",
        b"#EXTM3U file:///etc/passwd",
        b"<svg/>",
        tiff.getvalue(),
        picture.getvalue()[:20],
    ):
        assert ann.post("/api/uploads", files={"file": ("cat.png", bad)}).status_code in (415, 422)


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(ann: TestClient) -> None:
    huge = io.BytesIO()
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    answer = ann.post("/api/uploads", files={"file": ("huge.png", huge.getvalue())})
    assert answer.status_code == 413
    assert "81 megapixels" in answer.json()["error"]["message"]


def test_health_is_told_without_telling_on_anyone(ann: TestClient) -> None:
    made(ann, prompt="canary")
    assert ann.get("/healthz").json() == {"status": "alive"}
    assert ann.get("/readyz").status_code == 200
    assert ann.get("/metrics").status_code == 404, "for this machine only"


PUBLIC = {"/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/strings", "/api/models", "/r/{token}"}
PUBLIC |= {"/r/{token}/media/{name}", "/api/shared/{token}", "/api/uploads"}
OWNED = {
    "/api/me",
    "/api/token",
    "/api/token/{token_id}",
    "/api/jobs",
    "/api/history",
    "/media/{job_id}/{name}",
}


def test_every_route_is_known_to_be_public_or_the_owners(server: Any) -> None:
    ours = {
        route.path for route in server.routes if hasattr(route, "methods") and "{rest:path}" not in route.path
    }
    unclassified = {
        path
        for path in ours
        if path not in PUBLIC | OWNED and not path.startswith(("/api/jobs/", "/api/history/"))
    }
    assert not unclassified
