"""What is named by its content is packed once and kept for good; the document is drawn once for all alike."""

from __future__ import annotations

import gzip
from typing import Any

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from aigc_demo.guard import kept
from aigc_demo.guard.http import PageDocument
from aigc_demo.guard.kept import FOREVER, Kept

SCRIPT = b"const answer = 42; // again and again\n" * 200
FILES = {"/assets/a.1234.js": SCRIPT, "/assets/icon.5678.svg": b"<svg/>"}


@pytest.fixture
def client() -> TestClient:
    behind = Route("/{rest:path}", lambda _: PlainTextResponse("behind"), methods=["GET", "POST"])
    return TestClient(Starlette(routes=[behind], middleware=[Middleware(Kept, files=FILES)]))


def ask(client: TestClient, path: str, accepted: str) -> tuple[Response, bytes]:
    with client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        return answer, b"".join(answer.iter_raw())  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("accepted", "unpack"), [("gzip, br", brotli.decompress), ("gzip", gzip.decompress), ("identity", bytes)]
)
def test_a_file_is_packed_as_the_browser_allows_and_kept_for_good(
    client: TestClient, accepted: str, unpack: Any
) -> None:
    answer, body = ask(client, "/assets/a.1234.js", accepted)
    assert unpack(body) == SCRIPT
    assert answer.headers["cache-control"] == FOREVER
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["vary"] == "Accept-Encoding"


def test_it_is_packed_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[str] = []
    real = kept.pack

    def pack(body: bytes, encoding: str) -> bytes:
        packed.append(encoding)
        return real(body, encoding)

    monkeypatch.setattr(kept, "pack", pack)
    for accepted in ("br", "br", "gzip", "br", "gzip", "identity"):
        client.get("/assets/a.1234.js", headers={"Accept-Encoding": accepted})
    assert packed == ["br", "gzip"]


def test_what_is_small_travels_as_it_is(client: TestClient) -> None:
    answer, body = ask(client, "/assets/icon.5678.svg", "br")
    assert body == b"<svg/>" and "content-encoding" not in answer.headers


def test_everything_else_is_asked_of_what_lies_behind(client: TestClient) -> None:
    assert client.get("/assets/a.9999.js").text == "behind"
    assert client.post("/assets/a.1234.js").text == "behind"


# -- the document -----------------------------------------------------------------------------------


@pytest.fixture
def drawn() -> list[str]:
    """The hosts for which the document was drawn, in turn."""
    return []


@pytest.fixture
def page(drawn: list[str]) -> TestClient:
    def document(request: Request) -> Response:
        drawn.append(request.headers["host"])
        status = 503 if request.headers["host"] == "ill" else 200
        return HTMLResponse(f"<head> for {request.headers['host']}", status, {"x-drawn": str(len(drawn))})

    rewrite = Middleware(PageDocument, rewrite=lambda body, language: body + language.encode())
    return TestClient(Starlette(routes=[Route("/", document)], middleware=[rewrite]))


def test_the_document_is_drawn_once_for_a_language_and_a_host(page: TestClient, drawn: list[str]) -> None:
    for host, language in (("one", "en"), ("one", "zh"), ("two", "en"), ("one", "en"), ("one", "zh-TW")):
        answer = page.get("/", headers={"Host": host, "Accept-Language": language})
        assert answer.text == f"<head> for {host}{language[:2]}"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["content-length"] == str(len(answer.content))
    assert drawn == ["one", "one", "two"]


def test_what_may_be_another_each_time_is_drawn_each_time(page: TestClient, drawn: list[str]) -> None:
    for _ in range(2):
        page.get("/?deep_link=abc", headers={"Host": "one"})
        assert page.get("/", headers={"Host": "ill"}).status_code == 503
    assert len(drawn) == 4


def test_whoever_calls_the_server_by_many_names_makes_it_hold_no_more(
    page: TestClient, drawn: list[str]
) -> None:
    for number in range(100):
        page.get("/", headers={"Host": f"host{number}"})
    page.get("/", headers={"Host": "host0"})
    assert len(drawn) == 101
