"""A request must mean this server: by a name it goes by, whatever another site has pointed at it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from starlette.datastructures import Headers

from aigc_demo.guard.origin import OurHost, names_of
from aigc_demo.settings import Settings

REBOUND = ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example"]
DAMAGED = ["", " ", "a b", "evil@localhost", "localhost/x", "localhost:x", "[::1", "::1", "localhost:7860:1"]
LOOPBACK = ["localhost", "LOCALHOST:8080", "127.0.0.1:7860", "127.9.9.9", "[::1]:7860", "app.localhost:1"]


def includes(asked: str, came_in_on: str | None = "127.0.0.1", **chosen: Any) -> bool:
    return names_of(Settings(**chosen)).include(asked, came_in_on)


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("public", [None, "https://studio.example"])
def test_this_machine_itself_is_always_let_in(host: str, public: str | None) -> None:
    assert includes(host, public_url=public)


@pytest.mark.parametrize("host", REBOUND + DAMAGED)
@pytest.mark.parametrize("listens", ["127.0.0.1", "0.0.0.0", "192.168.1.5"])
@pytest.mark.parametrize("public", [None, "https://studio.example"])
def test_a_name_that_is_none_of_ours_is_refused(host: str, listens: str, public: str | None) -> None:
    assert not includes(host, host=listens, public_url=public)


def test_on_loopback_alone_no_other_address_counts() -> None:
    assert not includes("192.168.1.5:7860")
    assert not includes(f"{socket.gethostname()}.local:7860")


def test_behind_a_proxy_the_public_name_counts_whatever_its_port() -> None:
    for host in ("studio.example", "Studio.Example:443", "studio.example."):
        assert includes(host, host="0.0.0.0", public_url="https://studio.example/")
    assert not includes("192.168.1.5:7860", host="0.0.0.0", public_url="https://studio.example")


def test_an_address_that_the_owner_listens_on_counts() -> None:
    assert includes("192.168.1.5:7860", host="192.168.1.5")
    assert includes("studio.lan:7860", host="studio.lan")
    assert not includes("192.168.1.6:7860", host="192.168.1.5")


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::"])
def test_listening_everywhere_any_address_and_the_machines_own_name_count(everywhere: str) -> None:
    own = socket.gethostname().partition(".")[0]
    for host in ("192.168.1.5:7860", "[fe80::1]:7860", "203.0.113.9", f"{own}:7860", f"{own}.local:7860"):
        assert includes(host, host=everywhere)


def test_our_own_end_of_the_connection_counts_wherever_it_is() -> None:
    """A supervisor asks a container by its address, whatever its public name is."""
    assert includes("10.1.2.3:7860", "10.1.2.3", host="0.0.0.0", public_url="https://studio.example")


def test_the_owner_may_add_names() -> None:
    for host in ("studio:7860", "other.example"):
        assert includes(host, allowed_hosts="studio, Other.example")


def test_on_a_space_its_proxy_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ann/studio")
    assert includes("ann-studio.hf.space")


def test_a_request_for_another_is_answered_with_a_sentence_and_goes_no_further() -> None:
    status, seen = ask({"host": "evil.example"})
    assert (status, seen) == (421, None)


def test_a_program_that_names_no_host_is_let_in() -> None:
    assert ask({})[0] == 200


def test_no_header_makes_the_page_name_another_host() -> None:
    hints = {"x-forwarded-host": "evil.example", "x-gradio-server": "http://evil.example"}
    seen = ask({"host": "localhost", **hints})[1]
    assert seen is not None
    assert not set(hints) & set(seen)
    seen = ask({"host": "localhost", "x-forwarded-host": "studio.example"})[1]
    assert seen is not None
    assert seen["x-forwarded-host"] == "studio.example"


def ask(headers: dict[str, str]) -> tuple[int, Headers | None]:
    """The status, and the headers as they came through."""
    seen: list[Headers] = []
    statuses: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(Headers(scope=scope))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    async def receive() -> Any:
        return {"type": "http.request"}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": raw, "server": ("127.0.0.1", 7860)}
    names = names_of(Settings(public_url="https://studio.example"))
    asyncio.run(OurHost(app, names)(scope, receive, send))
    return statuses[0], seen[0] if seen else None
