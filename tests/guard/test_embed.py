"""Pages of other sites that may hold the app in a frame: those the owner names, and the Hub's on a Space."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.datastructures import Headers

from aigc_demo.guard.http import ELSEWHERE
from aigc_demo.guard.origin import SameOrigin, frame_ancestors, in_frames
from aigc_demo.settings import Settings

ELSEWHERES = ["https://evil.example", "null", "http://studio.test.evil.example", "http://[", ""]


def test_without_a_wish_only_the_page_itself_may() -> None:
    assert frame_ancestors(Settings()) == "'self'"


def test_the_pages_that_the_owner_names_may() -> None:
    chosen = Settings(embed=" https://course.example, https://*.school.example:8443 ")
    assert frame_ancestors(chosen) == "'self' https://course.example https://*.school.example:8443"
    assert frame_ancestors(Settings(embed="*")) == "'self' *"


def test_on_a_space_the_hubs_pages_always_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ann/studio")
    allowed = frame_ancestors(Settings(embed="https://course.example")).split()
    assert allowed == ["'self'", "https://huggingface.co", "https://*.hf.space", "https://course.example"]


@pytest.mark.parametrize(
    "wish",
    [
        "course.example",
        "https://a.example;script-src *",
        "https://a.example https://b.example",
        "https://a.example,",
        "https://a.example/path",
        "javascript:x",
        "*, https://a.example",
        "https://a.example\nX: y",
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(wish: str) -> None:
    with pytest.raises(ValidationError):
        Settings(embed=wish)


@pytest.mark.parametrize(
    ("scheme", "embed", "framed"), [("https", "*", True), ("http", "*", False), ("https", "", False)]
)
def test_the_cookie_lives_in_frames_where_a_browser_keeps_it_there(
    scheme: str, embed: str, framed: bool
) -> None:
    assert in_frames(Settings(embed=embed), {"scheme": scheme, "headers": []}) is framed


def ask(method: str, **headers: str) -> tuple[int, dict[str, Any] | None]:
    """The status, and the scope as it came through."""
    seen: list[dict[str, Any]] = []
    statuses: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    async def receive() -> Any:
        return {"type": "http.request"}

    sent = {"host": "studio.test", "cookie": "aigc_owner=ann.x; aigc_lang=zh", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": method, "path": "/api/history", "headers": raw}
    asyncio.run(SameOrigin(app)(scope, receive, send))
    return statuses[0], seen[0] if seen else None


@pytest.mark.parametrize("origin", ELSEWHERES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_sites_page_changes_nothing(method: str, origin: str) -> None:
    assert ask(method, origin=origin) == (403, None)


@pytest.mark.parametrize("origin", ELSEWHERES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_another_sites_page_reads_what_somebody_who_was_never_here_would(method: str, origin: str) -> None:
    status, seen = ask(method, origin=origin)
    assert status == 200
    assert seen is not None
    assert Headers(scope=seen)["cookie"] == "aigc_lang=zh"
    assert seen[ELSEWHERE]


def test_our_own_page_and_programs_pass_as_they_are() -> None:
    for headers in ({"origin": "http://studio.test"}, {}, {"sec_fetch_site": "same-origin"}):
        status, seen = ask("POST", **headers)
        assert status == 200
        assert seen is not None and "aigc_owner=ann.x" in Headers(scope=seen)["cookie"]
        assert ELSEWHERE not in seen
