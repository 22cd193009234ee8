"""A class votes while the server is killed: every vote that was acknowledged counts, once."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx

from tests.faults.running_server import RunningServer

VOTERS = 10


class Voter:
    """A phone that votes again and again for one thing or the other, and remembers what was acknowledged."""

    def __init__(self, server: RunningServer, code: str) -> None:
        self.client = httpx.Client(base_url=server.url, timeout=10)
        self.code = code
        self.client.get(f"/c/{code}")
        self.client.post(f"/api/c/{code}/seat", json={"name": None}).raise_for_status()
        self.sent: list[int] = []
        self.kept: int | None = None

    def vote(self, choice: int) -> bool:
        self.sent.append(choice)
        try:
            answer = self.client.put(f"/api/c/{self.code}/answer", json={"answer": choice})
        except httpx.TransportError:
            return False
        if answer.status_code == 204:
            self.kept = choice
            self.sent.clear()
        return answer.status_code == 204

    def vote_until_it_is_over(self, begun: threading.Event) -> None:
        for number in range(10_000):
            if not self.vote(number % 2):
                return
            begun.set()


def test_every_acknowledged_vote_counts_once_across_a_kill(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data").start()
    try:
        teacher = httpx.Client(base_url=server.url, timeout=10)
        teacher.get("/class")
        room = teacher.post("/api/class", json={"name": "7b"}).json()
        asked = {"kind": "poll", "content": {"title": "Who?", "choices": ["a person", "a model"]}}
        teacher.post(f"/api/class/{room['id']}/rounds", json=asked).raise_for_status()
        voters = [Voter(server, room["code"]) for _ in range(VOTERS)]
        begun = threading.Event()
        threads = [threading.Thread(target=one.vote_until_it_is_over, args=(begun,)) for one in voters]
        for thread in threads:
            thread.start()
        assert begun.wait(30)
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
        found = [one.client.get(f"/api/c/{one.code}").json()["answer"] for one in voters]
        for one, answer in zip(voters, found, strict=True):
            assert answer in {one.kept, *one.sent}, (
                "what was acknowledged is there, or what was sent after it"
            )
        tally = teacher.get(f"/api/class/{room['id']}").json()["tally"]
        assert tally["counts"] == [found.count(0), found.count(1)]
        assert all(one.vote(1) for one in voters), "the vote goes on, by the same seats"
        assert teacher.get(f"/api/class/{room['id']}").json()["tally"] == {
            "total": VOTERS,
            "counts": [0, VOTERS],
        }
    finally:
        server.kill()
