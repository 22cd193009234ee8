"""Whatever other programs leave in the browser for this host, a visitor stays who they are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.datastructures import Headers

from aigc_demo.guard import cookies
from aigc_demo.guard.http import LANGUAGE_COOKIE, language_of
from aigc_demo.guard.identity import COOKIE, SCOPE_KEY, Identity, Visitor
from aigc_demo.guard.owner import Owner

identity = Identity("secret of the installation, 32 characters")
OURS = identity.set_cookie("ann", framed=False, secure=False).split(";")[0]
ANN = Visitor("ann", "cookie")

NEIGHBOURS = [
    'prefs={"theme":"dark","size":12}',
    'list=[1,2,{"a":"b, c"}]',
    "since=Thu, 01 Jan 1970 00:00:00 GMT",
    "range=(0,10]",
    "box=<a@b>",
    "mail=ann@example.org",
    "who=张三",
    "name=J\u00fcrgen",
    "party=\U0001f389",
    "bare",
    "two words",
    'quoted="a b c"',
    'open="never closed',
    'escaped="a\\"b\\\\c"',
    'octal="\\303\\244\\073"',
    'backslashes="' + "\\" * 400 + '"',
    "path=/a/b?c=d&e=f",
    "base64=YWJj+/==",
    "jwt=eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "percent=%7B%22a%22%3A1%7D",
    "=nameless",
    "empty=",
    "",
    "  spaced  =  value  ",
    "tab=a\tb",
    "odd name=1",
    "na(me)=1",
    "$Version=1",
    "expires=never",
    "Path=/elsewhere",
    "_xsrf=2|1f3a|c0ffee|1700000000",
    "username-localhost-8888=2|1:0|10:1700|4:user|44:abc=|hash",
    "long=" + "x" * 4000,
    f"{COOKIE}=forged",
    f"{COOKIE}=",
    f"{COOKIE}",
    f"{COOKIE}=" + "x" * 4000,
    f"{COOKIE}2=other",
    f"x{COOKIE}=other",
]


def _id(neighbour: str) -> str:
    return ascii(neighbour)[:40]


@pytest.mark.parametrize("neighbour", NEIGHBOURS, ids=_id)
@pytest.mark.parametrize("where", ["{neighbour}; {ours}", "{ours}; {neighbour}", "{neighbour};{ours}"])
def test_a_neighbours_cookie_costs_nobody_their_history(neighbour: str, where: str) -> None:
    sent = where.format(neighbour=neighbour, ours=OURS).encode("utf-8")
    status, scope, answer = ask([(b"cookie", sent)])
    assert (status, scope[SCOPE_KEY]) == (200, ANN)
    assert "set-cookie" not in answer


def test_all_neighbours_together_cost_nobody_their_history() -> None:
    crowd = [neighbour for neighbour in NEIGHBOURS if len(neighbour) < 1000]
    sent = "; ".join([*crowd, OURS, *crowd]).encode("utf-8")
    _, scope, answer = ask([(b"cookie", sent)])
    assert scope[SCOPE_KEY] == ANN
    assert "set-cookie" not in answer


def test_cookies_may_come_on_several_lines() -> None:
    sent = [(b"cookie", b"a=1"), (b"cookie", OURS.encode()), (b"cookie", f"{LANGUAGE_COOKIE}=zh".encode())]
    _, scope, _ = ask(sent)
    assert scope[SCOPE_KEY] == ANN
    assert language_of(scope) == "zh"


def test_of_several_cookies_of_our_name_the_first_that_proves_an_owner_counts() -> None:
    bens = identity.set_cookie("ben", framed=False, secure=False).split(";")[0]
    assert identity.from_cookies(f"{COOKIE}=stale; {OURS}; {bens}") == "ann"


def test_a_header_too_long_to_read_is_refused_and_no_owner_is_put_in_anothers_place() -> None:
    sent = "; ".join(f"n{number}=" + "x" * 4000 for number in range(9))
    status, scope, answer = ask([(b"cookie", f"{sent}; {OURS}".encode())])
    assert (status, scope) == (431, {})
    assert "set-cookie" not in answer


@pytest.mark.parametrize("neighbour", NEIGHBOURS, ids=_id)
def test_the_language_is_found_among_neighbours(neighbour: str) -> None:
    sent = f"{neighbour}; {LANGUAGE_COOKIE}=zh; {neighbour}".encode()
    assert language_of(ask([(b"cookie", sent)])[1]) == "zh"


def test_what_lies_behind_the_gate_sees_no_cookie_but_the_languages() -> None:
    sent = "; ".join([*NEIGHBOURS[:20], OURS, f"{LANGUAGE_COOKIE}=zh"]).encode("utf-8")
    _, scope, _ = ask([(b"cookie", sent), (b"accept", b"*/*")])
    assert cookies.header_of(Headers(scope=scope)) == f"{LANGUAGE_COOKIE}=zh"
    assert Headers(scope=scope)["accept"] == "*/*"


def ask(headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[str, Any], Headers]:
    """The status, the scope as it came through the gate (empty if it did not), the answer's headers."""
    seen: dict[str, Any] = {}
    start: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        start.update(message if message["type"] == "http.response.start" else {})

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(Owner(app, identity, lambda token: None, framed=lambda scope: False)(scope, receive, send))
    return start["status"], seen, Headers(raw=start["headers"])
