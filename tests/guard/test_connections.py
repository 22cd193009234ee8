"""A connection that is slow, silent or stuck is closed; when there are too many, idle ones make room."""

from __future__ import annotations

import json
import logging
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import pytest
import uvicorn

from aigc_demo import web
from aigc_demo.guard import connections
from aigc_demo.guard.connections import Connection, Seldom, limits_here
from aigc_demo.guard.limits import Limits
from aigc_demo.settings import Settings

PATIENCE = 20
"""Seconds that a test waits for what must come; nothing is decided by them."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Says how many bytes came, or sends as much as nobody reads."""
    if scope["type"] == "lifespan":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-bytes", b"%d" % len(body))]})
    rounds = 2000 if scope["path"] == "/much" else 1
    for left in reversed(range(rounds)):
        await send({"type": "http.response.body", "body": b"x" * 50_000, "more_body": left > 0})


class Running:
    """A server of its own port in a thread."""

    def __init__(self, **limits: float) -> None:
        http = cast("type[Connection]", partial(Connection, limits=Limits(**limits)))  # type: ignore[arg-type]
        config = uvicorn.Config(app, port=0, http=http, ws="none", lifespan="off", log_config=None)
        self.server = uvicorn.Server(config)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]})

    def connect(self) -> socket.socket:
        return socket.create_connection(self.listening.getsockname(), timeout=PATIENCE)


@contextmanager
def running(**limits: float) -> Iterator[Running]:
    server = Running(**limits)
    server.thread.start()
    try:
        yield server
    finally:
        server.server.should_exit = True
        server.thread.join()


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    read = b""
    while piece := connection.recv(65_536):
        read += piece
    return read


def error_in(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/json" in head
    return int(head.split()[1]), json.loads(body)["error"]["code"]


def test_who_connects_and_says_nothing_is_shown_out() -> None:
    with running(head_seconds=0.1) as server, server.connect() as silent:
        assert everything(silent) == b""


def test_a_head_that_does_not_come_to_an_end_is_given_up_in_a_whole_sentence() -> None:
    with running(head_seconds=0.1) as server, server.connect() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert error_in(everything(slow)) == (408, "too_slow")


def test_a_byte_now_and_then_buys_no_time() -> None:
    with running(head_seconds=0.3) as server, server.connect() as slow:
        slow.settimeout(0.02)
        answer, sent = b"", 0
        while True:
            try:
                slow.sendall(b"G")
                sent += 1
                piece = slow.recv(65_536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            answer += piece
        assert sent > 1
        assert not answer or error_in(answer) == (408, "too_slow")


def test_a_request_that_is_whole_has_all_the_time_and_the_next_one_a_deadline_again() -> None:
    with running(head_seconds=0.2) as server, server.connect() as client:
        for _ in range(2):
            begin(client)
            threading.Event().wait(0.4)  # the body's own deadline is another's
            client.sendall(b"xy")
            assert b"x-bytes: 2" in read_answer(client)
        client.sendall(b"GET /")
        assert error_in(everything(client)) == (408, "too_slow")


def begin(client: socket.socket) -> None:
    """Send a request whose body is still to come, and wait until the server works on it."""
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert client.recv(1000).startswith(b"HTTP/1.1 100")


def read_answer(client: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"0\r\n\r\n"):
        answer += client.recv(65_536)
    return answer


def test_who_does_not_read_the_answer_is_shown_out() -> None:
    with running(stalled_seconds=0.2) as server, server.connect() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(b"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
        gone = threading.Event()
        while not gone.wait(0.05):
            if not server.server.server_state.connections:
                gone.set()


def test_when_there_are_too_many_who_is_idle_longest_makes_room() -> None:
    with running(connections=3) as server:
        idle = [server.connect() for _ in range(3)]
        for client in idle:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            read_answer(client)
        begin(idle[0])
        with server.connect() as late:
            late.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"x-bytes: 0" in read_answer(late)
            assert error_in(everything(idle[1])) == (503, "server_busy")
            idle[0].sendall(b"xy")
            assert b"x-bytes: 2" in read_answer(idle[0]), "a request in work is not thrown out"
        for client in idle:
            client.close()


def test_when_all_are_in_work_the_next_is_told_to_come_again() -> None:
    with running(connections=1) as server, server.connect() as working:
        begin(working)
        with server.connect() as late:
            assert error_in(everything(late)) == (503, "server_busy")
        working.sendall(b"xy")
        assert b"x-bytes: 2" in read_answer(working)


def test_what_is_no_http_is_told_so_in_our_form() -> None:
    with running() as server, server.connect() as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert error_in(everything(client)) == (400, "bad_request")


def test_the_app_is_served_by_these_connections_and_by_no_other_protocol() -> None:
    config = web.configured(cast(Any, app), Settings(), Limits())
    config.load()
    assert isinstance(config.http_protocol_class, partial)
    assert config.http_protocol_class.func is Connection
    assert config.ws_protocol_class is None


@pytest.mark.parametrize(("descriptors", "connections"), [(256, 153), (1024, 614), (100_000, 2000)])
def test_there_are_fewer_connections_than_files_that_may_be_open(
    monkeypatch: pytest.MonkeyPatch, descriptors: int, connections: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (descriptors, descriptors))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    limits = limits_here()
    assert limits.connections == connections
    assert limits.streams <= connections / 2


def test_the_server_takes_as_many_descriptors_as_it_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: taken.append(limits))
    assert limits_here().connections == 2000
    assert taken == [(4096, 4096)]


def test_what_strangers_can_cause_at_will_is_logged_once_a_minute() -> None:
    now, written = [0.0], []
    log = logging.Logger("test")
    log.addFilter(Seldom("socket.accept()", "Invalid", clock=lambda: now[0]))
    handler = logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    for second in range(150):
        now[0] = float(second)
        log.error("socket.accept() out of system resource\nsocket: %s", second)
        log.warning("Invalid HTTP request received.")
        if second % 50 == 0:
            log.error("something else")
    assert len([line for line in written if line.startswith("socket.accept()")]) == 3
    assert "(59 more since" in next(line for line in reversed(written) if line.startswith("Invalid"))
    assert written.count("something else") == 3


def test_asyncios_own_words_for_it_are_the_ones_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listening socket without descriptors left, as the event loop itself reports it."""
    log = logging.getLogger("asyncio")
    monkeypatch.setattr(log, "filters", [])
    connections.quiet()
    record = log.makeRecord(
        "asyncio", logging.ERROR, "", 0, "socket.accept() out of system resource\nsocket: x", (), None
    )
    assert log.filter(record)
    assert not log.filter(record)
