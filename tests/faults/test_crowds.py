"""A crowd at the door: whoever only holds connections keeps nobody out."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from aigc_demo.guard.limits import Limits
from tests.faults.running_server import RunningServer, Visitor, running

FILES = 256
"""Fewer than the crowd has connections: without bounds of its own the server could accept no one else."""


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=60)


def test_more_idle_connections_than_there_are_files_keep_no_visitor_out(tmp_path: Path) -> None:
    with running(tmp_path / "data", files=FILES) as server, ExitStack() as crowd:
        for number in range(FILES * 2):
            idle = crowd.enter_context(connect(server))
            if number % 2:
                idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        ann = Visitor(server)
        assert ann.until(ann.submit(), "done", "failed")["status"] == "done"
        assert ann.http.get("/").status_code == 200
        assert len(server.log().splitlines()) < 20, server.log()


def test_one_visitors_many_streams_are_bounded_and_others_go_on(tmp_path: Path) -> None:
    most = Limits().streams_each
    with running(tmp_path / "data") as server, ExitStack() as open_streams:
        ann, ben = Visitor(server), Visitor(server)
        job = ann.submit(model="debug-text-slow", max_new_tokens=2000)
        events = f"/api/jobs/{job}/events"
        for _ in range(most):
            stream = open_streams.enter_context(ann.http.stream("GET", events))
            assert stream.status_code == 200
        refused = ann.http.get(events)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "5"
        assert ann.job(job)["status"] in ("loading", "running"), "a plain look works all the same"
        assert ben.until(ben.submit(), "done", "failed")["status"] == "done"
        open_streams.close()
        assert reopened(ann.http, events)
        ann.http.delete(f"/api/jobs/{job}")


def reopened(client: httpx.Client, address: str) -> bool:
    """Whether a stream can be opened again once the server has noticed that the others were closed."""
    for _ in range(1000):
        with client.stream("GET", address) as stream:
            if stream.status_code == 200:
                return True
    return False
