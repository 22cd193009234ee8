"""The page and its files travel compressed; nothing of a visitor's own does."""

from __future__ import annotations

import gzip

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from aigc_demo.guard.compress import Compressed

SCRIPT = "const answer = 42; // again and again\n" * 200


def _script(request: Request) -> Response:
    kind = request.query_params.get("type", "text/javascript")
    return PlainTextResponse(SCRIPT, media_type=kind, headers={"ETag": '"one"'})


@pytest.fixture
def client() -> TestClient:
    paths = ("/", "/assets/ui/a.js", "/assets/gradios.js", "/api/history")
    routes = [Route(path, _script) for path in paths]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Compressed)]))


def _ask(client: TestClient, path: str, accepted: str, **headers: str) -> Response:
    with client.stream("GET", path, headers={"Accept-Encoding": accepted, **headers}) as answer:
        answer.raw = b"".join(answer.iter_raw())  # type: ignore[attr-defined]
        return answer  # type: ignore[return-value]


@pytest.mark.parametrize("path", ["/", "/assets/ui/a.js", "/assets/gradios.js"])
@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [("gzip, deflate, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress)],
)
def test_a_script_is_packed_as_the_browser_allows(client, path, accepted, encoding, unpack) -> None:
    answer = _ask(client, path, accepted)
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == 'W/"one"'
    assert int(answer.headers["content-length"]) == len(answer.raw) < len(SCRIPT) / 10
    assert unpack(answer.raw).decode() == SCRIPT


@pytest.mark.parametrize(
    ("path", "accepted", "headers"),
    [
        ("/", "identity", {}),
        ("/api/history", "br", {}),
        ("/assets/ui/a.js?type=audio/ogg", "br", {}),
        ("/assets/ui/a.js", "br", {"Range": "bytes=0-9"}),
    ],
)
def test_everything_else_passes_as_it_is(client, path, accepted, headers) -> None:
    answer = _ask(client, path, accepted, **headers)
    assert "content-encoding" not in answer.headers
    assert answer.raw.decode() == SCRIPT
