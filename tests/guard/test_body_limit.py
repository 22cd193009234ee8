"""How large a body may be: files come piece by piece, words are read in one piece and so are short."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from aigc_demo.guard.limits import MOST_WORDS, BodyLimit, Limits

LIMIT = 3 * MOST_WORDS


async def counted(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/", counted, methods=["POST"])])
    return TestClient(BodyLimit(app, LIMIT, Limits()))


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "application/x-multipart/form-data"])
def test_words_are_refused_beyond_a_megabyte(client: TestClient, kind: str) -> None:
    headers = {"content-type": kind}
    assert client.post("/", content=b"x" * MOST_WORDS, headers=headers).text == str(MOST_WORDS)
    refused = client.post("/", content=b"x" * (MOST_WORDS + 1), headers=headers)
    assert refused.status_code == 413
    assert "1 MB" in refused.json()["error"]["message"]


def test_a_form_may_bring_a_file_up_to_the_whole_limit(client: TestClient) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post("/", content=b"x" * LIMIT, headers=headers).text == str(LIMIT)
    refused = client.post("/", content=b"x" * (LIMIT + 1), headers=headers)
    assert refused.status_code == 413
    assert "3 MB" in refused.json()["error"]["message"]


def test_what_says_no_length_is_counted_as_it_comes(client: TestClient) -> None:
    pieces = (b"x" * 100_000 for _ in range(11))
    assert client.post("/", content=pieces).status_code == 413
