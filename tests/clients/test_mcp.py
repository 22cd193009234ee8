"""An agent finds tools, uses them by links, is told how far they are, and leaves without a trace."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from PIL import Image

from aigc_demo.clients import mcp as tools
from tests.clients.conftest import Example
from tests.declared import CATALOG
from tests.faults.running_server import RunningServer

TOOLS = {"write_text", "write_poem", "paint", "restyle", "compose", "upscale", "read_back", "look", "verify"}
Session = Callable[[Callable[[ClientSession], Awaitable[Any]]], Any]


@pytest.fixture
def agent(served: RunningServer, token: str) -> Session:
    """Runs a conversation with the tools of the server."""

    async def conversation(talk: Callable[[ClientSession], Awaitable[Any]]) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            streamablehttp_client(f"{served.url}/gradio_api/mcp", headers) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await talk(session)

    return lambda talk: asyncio.run(conversation(talk))


def call(agent: Session, tool: str, progress: Any = None, **arguments: Any) -> Any:
    return agent(lambda session: session.call_tool(tool, arguments, progress_callback=progress))


def picture() -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (200, 40, 40)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_the_example_of_the_docs_runs(example: Example) -> None:
    assert "/media/" in example("Agents (MCP)", emojiflow="debug-image")


def test_every_tool_says_what_it_is_for(agent: Session) -> None:
    listed = agent(lambda session: session.list_tools()).tools
    assert {tool.name for tool in listed} == TOOLS
    assert all(len(tool.description) > 30 for tool in listed)
    assert all("ctx" not in tool.inputSchema["properties"] for tool in listed)


def test_models_that_tools_stand_for_are_there() -> None:
    assert {tools.POET, tools.UPSCALER} <= CATALOG.models.keys()


def test_an_agent_gets_links_that_open_and_can_go_on_with_them(agent: Session) -> None:
    painted = call(agent, "paint", prompt="a blue cat", model="debug-image", seed=3).structuredContent
    link = painted["files"][0]["url"]
    assert httpx.get(link).content[:4] == b"\x89PNG"
    restyled = call(agent, "restyle", picture=link, style="ember").structuredContent
    assert restyled["status"] == "done", restyled
    said = call(agent, "read_back", file=link).structuredContent
    assert (said["task"], said["params"]["prompt"], said["params"]["seed"]) == ("image", "a blue cat", 3)


def test_a_picture_goes_in_as_bytes(agent: Session) -> None:
    result = call(agent, "upscale", picture=picture(), scale=2).structuredContent
    with Image.open(io.BytesIO(httpx.get(result["files"][0]["url"]).content)) as larger:
        assert larger.size == (64, 64)


def test_an_agent_is_told_how_far_it_is(agent: Session) -> None:
    told: list[tuple[float, float | None]] = []

    async def note(done: float, total: float | None, _: str | None) -> None:
        told.append((done, total))

    text = call(agent, "write_text", note, prompt="hello", model="debug-text-slow", max_new_tokens=30)
    assert text.structuredContent["text"]
    assert (30, 30) in told


def test_a_job_can_be_come_back_to(agent: Session) -> None:
    made = call(agent, "write_text", prompt="hello", model="debug-text", max_new_tokens=4).structuredContent
    again = call(agent, "look", id=made["id"]).structuredContent
    assert (again["status"], again["text"]) == ("done", made["text"])


@pytest.mark.parametrize(
    ("tool", "arguments", "word"),
    [
        ("write_text", {"prompt": "hello", "model": "no-such"}, "no-such"),
        ("write_text", {"prompt": "hello", "max_new_tokens": 0}, "1"),
        ("look", {"id": "1" * 20}, "not"),
        ("restyle", {"picture": "https://example.com/cat.png"}, "not"),
        ("restyle", {"picture": "http://127.0.0.1:1/r/none/media/x.png"}, "not"),
        ("upscale", {"picture": base64.b64encode(b"no picture").decode()}, "picture"),
        ("read_back", {"file": picture()}, "say"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    agent: Session, tool: str, arguments: dict[str, Any], word: str
) -> None:
    result = call(agent, tool, **arguments)
    assert result.isError
    assert word in result.content[0].text


def test_another_agents_job_is_not_there(served: RunningServer, agent: Session) -> None:
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}) as other:
        other.get("/api/history")
        theirs = other.post(
            "/api/jobs", json={"task": "text", "model": "debug-text", "params": {"prompt": "x"}}
        )
    assert call(agent, "look", id=theirs.json()["id"]).isError


def test_an_agent_that_hangs_up_stops_its_job(served: RunningServer, token: str) -> None:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-06-18",
    }
    arguments = {"prompt": "hello", "model": "debug-text-slow", "max_new_tokens": 2000}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    body["params"] = {"name": "write_text", "arguments": arguments}
    with httpx.Client(base_url=served.url, headers=headers, timeout=4, follow_redirects=True) as http:
        with pytest.raises(httpx.ReadTimeout):
            http.post("/gradio_api/mcp", json=body)
        for _ in range(300):
            items = http.get("/api/history").json()["items"]
            if items and items[0]["status"] == "cancelled":
                return
            time.sleep(0.1)
    raise AssertionError(items)
