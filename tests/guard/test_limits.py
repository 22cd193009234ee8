"""Whoever is slow or greedy takes nothing from the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from aigc_demo.guard.identity import SCOPE_KEY, Visitor
from aigc_demo.guard.limits import BodyLimit, InFlight, Limits, Streams
from aigc_demo.types import UserError

ANN, BEN = Visitor("ann", "cookie"), Visitor("ben", "cookie")


async def ask(
    app: Any, receive: Callable[[], Awaitable[Any]], path: str = "/", visitor: Visitor = ANN
) -> tuple[int, bytes]:
    """The status and body of an answer, 0 if there was none."""
    status, body = 0, b""

    async def send(message: Any) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    await app({**scope, SCOPE_KEY: visitor}, receive, send)
    return status, body


def pieces(*parts: bytes, then: Any = None) -> Callable[[], Awaitable[Any]]:
    """A body that comes in parts; after them ``then`` is waited for, or it is complete."""
    left: Iterator[bytes] = iter(parts)

    async def receive() -> Any:
        part = next(left, None)
        if part is not None:
            return {"type": "http.request", "body": part, "more_body": True}
        if then is not None:
            await then
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def reading(**limits: float) -> BodyLimit:
    return BodyLimit(Starlette(routes=[Route("/", length, methods=["POST"])]), 10**6, Limits(**limits))  # type: ignore[arg-type]


def test_a_body_that_never_comes_to_an_end_is_given_up_in_a_whole_sentence() -> None:
    async def run() -> tuple[int, bytes]:
        never = asyncio.Event()
        return await ask(reading(body_seconds=0.05), pieces(b"x", then=never.wait()))

    status, body = asyncio.run(run())
    assert status == 408
    assert b'"too_slow"' in body


def test_a_body_that_trickles_is_given_up_however_often_a_byte_comes() -> None:
    async def trickle() -> Any:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    assert asyncio.run(ask(reading(body_seconds=0.1, body_rate=1000), trickle))[0] == 408


def test_a_large_body_on_a_slow_line_has_the_time_that_its_bytes_need() -> None:
    async def run() -> tuple[int, bytes]:
        pause = asyncio.sleep(0.2)
        return await ask(reading(body_seconds=0.05, body_rate=1000), pieces(b"x" * 10_000, then=pause))

    assert asyncio.run(run()) == (200, b"10000")


def test_once_a_body_is_there_its_sender_may_wait_for_the_answer_for_ever() -> None:
    """A stream of events asks again and again whether its reader has left."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert not (await receive())["more_body"]
        await receive()
        await PlainTextResponse("done")(scope, receive, send)

    async def run() -> tuple[int, bytes]:
        slow = asyncio.sleep(0.2)
        turns = iter([None, slow])

        async def receive() -> Any:
            if (wait := next(turns)) is None:
                return {"type": "http.request", "body": b"", "more_body": False}
            await wait
            return {"type": "http.disconnect"}

        return await ask(BodyLimit(app, 10**6, Limits(body_seconds=0.05)), receive)

    assert asyncio.run(run()) == (200, b"done")


def test_an_application_that_stumbles_over_the_cut_body_changes_nothing() -> None:
    async def stumbles(request: Request) -> PlainTextResponse:
        with pytest.raises(ClientDisconnect):
            await request.body()
        raise RuntimeError("stumbled")

    app = Starlette(routes=[Route("/", stumbles, methods=["POST"])])
    limited = BodyLimit(app, 10**6, Limits(body_seconds=0.05))

    async def run() -> tuple[int, bytes]:
        return await ask(limited, pieces(b"x", then=asyncio.Event().wait()))

    assert asyncio.run(run())[0] == 408


class Waiting:
    """An application whose requests stay in work until the test lets them go."""

    def __init__(self, **limits: int) -> None:
        self.go = asyncio.Event()
        self.app = InFlight(
            Starlette(routes=[Route(path, self.answer, methods=["POST"]) for path in ("/", "/healthz")]),
            Limits(**limits),  # type: ignore[arg-type]
        )
        self.tasks: list[asyncio.Task[tuple[int, bytes]]] = []

    async def answer(self, request: Request) -> PlainTextResponse:
        await self.go.wait()
        return PlainTextResponse("done")

    async def begin(self, visitor: Visitor) -> None:
        self.tasks.append(asyncio.create_task(ask(self.app, pieces(), visitor=visitor)))
        await asyncio.sleep(0)

    async def end(self) -> set[int]:
        self.go.set()
        return {status for status, _ in await asyncio.gather(*self.tasks)}


def test_of_all_requests_only_so_many_are_in_work_and_then_again_as_many() -> None:
    async def run() -> None:
        waiting = Waiting(requests=3)
        for number in range(3):
            await waiting.begin(Visitor(f"visitor{number}", "cookie"))
        status, body = await ask(waiting.app, pieces())
        assert status == 503
        assert b'"server_busy"' in body
        assert await waiting.end() == {200}
        assert (await ask(waiting.app, pieces()))[0] == 200

    asyncio.run(run())


def test_one_visitor_has_only_so_many_and_leaves_room_for_others() -> None:
    async def run() -> None:
        waiting = Waiting(requests=10, requests_each=2)
        for _ in range(2):
            await waiting.begin(ANN)
        assert (await ask(waiting.app, pieces(), visitor=ANN))[0] == 429
        await waiting.begin(BEN)
        assert await waiting.end() == {200}

    asyncio.run(run())


def test_strangers_leave_room_for_those_whose_cookie_has_come_back() -> None:
    async def run() -> None:
        waiting = Waiting(requests=4)
        for number in range(3):
            await waiting.begin(Visitor(f"stranger{number}", None))
        assert (await ask(waiting.app, pieces(), visitor=Visitor("stranger", None)))[0] == 503
        await waiting.begin(ANN)
        assert await waiting.end() == {200}

    asyncio.run(run())


def test_a_supervisor_is_answered_however_much_there_is_to_do() -> None:
    async def run() -> None:
        waiting = Waiting(requests=1)
        await waiting.begin(ANN)
        waiting.go.set()
        assert (await ask(waiting.app, pieces(), path="/healthz"))[0] == 200
        await waiting.end()

    asyncio.run(run())


def test_a_request_that_fails_gives_its_place_back() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("failed")

    async def run() -> None:
        app = InFlight(fails, Limits(requests=1))
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await ask(app, pieces())

    asyncio.run(run())


def test_an_open_stream_is_no_request_in_work() -> None:
    async def run() -> None:
        end = asyncio.Event()

        async def events() -> AsyncIterator[str]:
            yield "data: 1\n\n"
            await end.wait()

        async def stream(request: Request) -> StreamingResponse:
            return StreamingResponse(events(), media_type="text/event-stream")

        async def never() -> Any:
            await end.wait()
            return {"type": "http.disconnect"}

        app = InFlight(Starlette(routes=[Route("/", stream, methods=["POST"])]), Limits(requests=1))
        tasks = []
        for _ in range(5):
            tasks.append(asyncio.create_task(ask(app, never)))
            for _ in range(10):
                await asyncio.sleep(0)
        end.set()
        assert [status for status, _ in await asyncio.gather(*tasks)] == [200] * 5

    asyncio.run(run())


def test_streams_are_bounded_for_one_and_for_all_and_their_seats_come_back() -> None:
    streams = Streams(Limits(streams=3, streams_each=2))
    with ExitStack() as taken:
        for owner in ("ann", "ann", "ben"):
            taken.enter_context(streams.seat(owner))
        for owner in ("ann", "cat"):
            with pytest.raises(UserError) as caught, streams.seat(owner):
                pass
            assert (caught.value.status, caught.value.retry_after) == (503, 5)
    with streams.seat("ann"), streams.seat("ann"):
        with pytest.raises(UserError) as caught, streams.seat("ann"):
            pass
        assert caught.value.status == 429
