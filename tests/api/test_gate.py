"""The gate: sizes, origins, cookies, headers; and nothing of Gradio's own doors left open."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from PIL import Image
from starlette.routing import Mount
from starlette.testclient import TestClient

from aigc_demo.guard.doors import OURS, PAGE, ROOMS, SCRIPTS
from aigc_demo.guard.identity import COOKIE
from aigc_demo.studio import Studio
from tests.api.conftest import NewVisitor, result, submission, submit


def test_a_body_over_the_limit_is_refused_whatever_it_claims(ann: TestClient) -> None:
    assert ann.post("/api/jobs", content=b"x" * 1_500_000).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 1_000_000

    multipart = {"content-type": "multipart/form-data; boundary=x"}
    for path, headers in (("/api/jobs", {}), ("/api/uploads", multipart), ("/api/inspect", multipart)):
        answer = ann.post(path, content=chunks(), headers=headers)
        assert answer.status_code == 413
        assert answer.json()["error"]["message"].startswith("The request is too large")


def test_another_sites_page_can_do_nothing_with_our_cookie(ann: TestClient) -> None:
    job = result(ann)
    evil = {"Origin": "https://evil.example"}
    assert ann.post("/api/jobs", json=submission(), headers=evil).status_code == 403
    read = ann.get(f"/api/jobs/{job['id']}", headers=evil)
    assert (read.status_code, "set-cookie" in read.headers) == (404, False), "as to somebody never here"
    assert "access-control-allow-origin" not in read.headers
    assert ann.post("/gradio_api/queue/join", json={}, headers=evil).status_code == 403
    preflight = ann.options(
        "/gradio_api/queue/join", headers={**evil, "Access-Control-Request-Method": "POST"}
    )
    assert "access-control-allow-origin" not in preflight.headers
    assert (
        ann.post("/api/jobs", json=submission(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    )


def test_a_name_that_another_site_has_pointed_at_us_opens_nothing(ann: TestClient) -> None:
    rebound = {"Host": "evil.example", "Origin": "http://evil.example"}
    for method, path in (("GET", "/"), ("GET", "/api/history"), ("POST", "/api/jobs"), ("GET", "/healthz")):
        answer = ann.request(method, path, headers=rebound)
        assert answer.status_code == 421
        assert answer.json()["error"]["code"] == "unknown_host"
        assert "set-cookie" not in answer.headers


def test_no_header_makes_the_page_name_another_host(ann: TestClient) -> None:
    hints = {"X-Forwarded-Host": "evil.example", "X-Gradio-Server": "http://evil.example"}
    assert "evil.example" not in ann.get("/", headers=hints).text


def test_our_own_page_and_plain_programs_are_let_in(ann: TestClient) -> None:
    assert (
        ann.post("/api/jobs", json=submission(), headers={"Origin": "http://studio.test"}).status_code == 202
    )
    assert ann.post("/api/jobs", json=submission()).status_code == 202


def test_a_forged_cookie_is_a_stranger(ann: TestClient, visitor: NewVisitor) -> None:
    job = result(ann)
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
    assert page.headers["cache-control"] == "private, no-store"
    assert "googleapis" not in page.text


def test_what_is_one_visitors_own_is_kept_by_no_cache(ann: TestClient) -> None:
    job = result(ann)
    link = ann.post(f"/api/history/{job['id']}/share", json={}).json()["token"]
    for address in (
        "/",
        "/api/jobs",
        f"/api/jobs/{job['id']}",
        f"/api/jobs/{job['id']}/events",
        "/api/history",
        f"/api/history/{job['id']}",
        "/api/uploads",
        "/api/token",
        "/api/strings",
        f"/api/shared/{link}",
        f"/r/{link}",
        f"/r/{link}/media/text.txt",
        f"/media/{job['id']}/text.txt",
        "/api/nothing",
        "/nothing",
        "/readyz",
    ):
        assert ann.get(address).headers["cache-control"] == "private, no-store", address
    assert ann.post("/api/jobs", json=submission()).headers["cache-control"] == "private, no-store"


PATHS = [
    "/etc/passwd",
    "/proc/self/environ",
    "{data}/studio.db",
    "{data}/secret",
    "{data}/../x",
    "app.py",
    "",
]


@pytest.fixture
def gradio(server: Any) -> TestClient:
    """Gradio's own application without our gate: it must be safe even if that had a hole."""
    return TestClient(gradio_of(server), base_url="http://studio.test", raise_server_exceptions=False)


def gradio_of(server: Any) -> Any:
    mounted = server.routes[-1]
    assert isinstance(mounted, Mount)
    return mounted.app


def flat(routes: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Path and methods of every route, those of included routers too."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from flat(route.original_router.routes, prefix + route.include_context.prefix)
        elif getattr(route, "methods", None):
            yield prefix + route.path, route.methods


def file_inputs(client: TestClient) -> list[tuple[int, list[Any]]]:
    config = client.get("/config").json()
    return [(fn["id"], fn["inputs"]) for fn in config["dependencies"]]


@pytest.mark.parametrize("path", PATHS)
def test_a_forged_file_value_reads_nothing_from_the_disk(
    ann: TestClient, gradio: TestClient, studio: Studio, path: str
) -> None:
    target = path.format(data=studio.settings.data)
    forged = {"path": target, "meta": {"_type": "gradio.FileData"}, "orig_name": "x.png"}
    for fn_index, inputs in file_inputs(gradio):
        body = {"data": [forged] * len(inputs), "fn_index": fn_index, "session_hash": "abcdefghijk"}
        gradio.post("/gradio_api/queue/join", json=body)
    for place in (target, target.replace("/", "%2f"), f"%2e%2e/%2e%2e/%2e%2e/%2e%2e/{target}"):
        for client in (ann, gradio):
            answer = client.get(f"/gradio_api/file={place}")
            assert answer.status_code >= 400
            assert b"root:" not in answer.content


def test_the_server_fetches_no_address_for_a_visitor(ann: TestClient, gradio: TestClient) -> None:
    for address in ("http://127.0.0.1:1/", "http://169.254.169.254/", "http://[::1]/", "http://127.1/"):
        for client in (ann, gradio):
            assert client.get(f"/gradio_api/file={address}").status_code >= 400


def test_of_gradios_own_routes_only_those_are_open_that_the_page_asks_for(
    ann: TestClient, server: Any
) -> None:
    nothing = ann.get("/api/nothing")
    shut = 0
    for path, methods in flat(gradio_of(server).routes):
        address = re.sub(r"{[^}]*}", "x", path)
        for method in sorted(methods):
            if method in ("GET", "HEAD") and (address in PAGE or address.startswith(SCRIPTS)):
                continue
            answer = ann.request(method, address)
            assert answer.status_code == 404, (method, address)
            assert answer.content == (b"" if method == "HEAD" else nothing.content), (method, address)
            shut += 1
    assert shut > 50, "Gradio has many more than the page needs"


@pytest.mark.parametrize(
    "address",
    [
        "/config",
        "/gradio_api/upload",
        "/gradio_api/queue/join",
        "/gradio_api/queue/data",
        "/gradio_api/file=/etc/passwd",
        "//gradio_api/info",
        "/./gradio_api/info",
        "/assets/../gradio_api/info",
        "/%67radio_api/info",
        "/theme.css/",
        "/static/js/x.js",
        "/manifest.json",
        "/monitoring",
        "/docs",
        "/r/x/y/z",
        "/healthz/x",
        "/api",
    ],
)
def test_what_the_page_has_no_use_for_is_our_one_404(ann: TestClient, address: str) -> None:
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        answer = ann.request(method, address, headers={"content-type": "application/json"})
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


def test_every_route_of_ours_is_let_in(server: Any) -> None:
    for path, _ in flat(server.routes):
        assert path in OURS or path.startswith(ROOMS), path


def test_gradio_would_run_nothing_even_without_our_gate(gradio: TestClient) -> None:
    assert gradio.get("/monitoring/summary").status_code >= 400
    assert gradio.post("/gradio_api/run/predict", json={"data": []}).status_code >= 400
    assert gradio.get("/gradio_api/info").json()["named_endpoints"] == {}


def test_head_is_answered_as_get_without_a_body(ann: TestClient) -> None:
    job = result(ann)
    link = ann.post(f"/api/history/{job['id']}/share", json={}).json()["token"]
    for address in (
        "/",
        "/healthz",
        "/theme.css",
        "/assets/ui/page.js",
        "/api/history",
        f"/api/jobs/{job['id']}",
        f"/api/jobs/{job['id']}/events",
        f"/media/{job['id']}/text.txt",
        f"/r/{link}",
        f"/r/{link}/media/text.txt",
        "/api/nothing",
        "/r/nothing",
    ):
        get, head = ann.get(address), ann.head(address)
        assert (head.status_code, head.content) == (get.status_code, b""), address
        assert without_date(head.headers) == without_date(get.headers), address


def test_head_on_a_running_job_does_not_wait_for_its_end(ann: TestClient) -> None:
    job = submit(ann, model="debug-text-slow", max_new_tokens=2000)
    answer = ann.head(f"/api/jobs/{job['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert ann.get(f"/api/jobs/{job['id']}").json()["status"] not in ("done", "failed")
    ann.delete(f"/api/jobs/{job['id']}")


def without_date(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}


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
        tiff.getvalue(),
        picture.getvalue()[:20],
    ):
        assert ann.post("/api/uploads", files={"file": ("cat.png", bad)}).status_code in (415, 422)
    for words in (b"#EXTM3U file:///etc/passwd", b"<svg/>"):
        where = {"task": "image", "field": "image"}
        refused = ann.post("/api/uploads", params=where, files={"file": ("cat.png", words)})
        assert refused.status_code == 415, "words, whatever the name of their file"


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(ann: TestClient) -> None:
    huge = io.BytesIO()
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    answer = ann.post("/api/uploads", files={"file": ("huge.png", huge.getvalue())})
    assert answer.status_code == 413
    assert "81 megapixels" in answer.json()["error"]["message"]


def test_health_is_told_without_telling_on_anyone(ann: TestClient) -> None:
    result(ann, prompt="canary")
    assert ann.get("/healthz").json() == {"status": "alive"}
    assert ann.get("/readyz").status_code == 200
    assert ann.get("/metrics").status_code == 404, "for this machine only"
