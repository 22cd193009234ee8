"""A hundred visitors come in the same second: all are served, and are told truly how long they wait."""

from __future__ import annotations

import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.faults.running_server import RunningServer, Visitor, running
from tests.proving import Proof

VISITORS = 100
MODEL = "debug-text-slow"
WARM = 4
"""Jobs made before, from which the server learns how long one takes."""
CHAPTER = "A hundred at once"


@dataclass
class Seen:
    """What one visitor met; times in seconds on one clock."""

    status: int = 0
    metrics: list[tuple[float, float]] = field(default_factory=list)
    """When a waiting time was told, and which."""
    began: float = 0.0
    """The first sign of work on their wish."""
    ended: str = ""
    received: list[str] = field(default_factory=list)

    def ratios(self) -> list[float]:
        """Real waits over those that were told, of a second or more."""
        return [(self.began - at) / wait for at, wait in self.metrics if wait >= 1]


def canary(number: int) -> str:
    return f"canary{number:03d}end"


def comes(visitor: Visitor, number: int, ready: threading.Barrier, tokens: int) -> Seen:
    """One visitor: wishes with all others at once, follows the stream, looks at the history."""
    seen, words = Seen(), canary(number)
    submission = {"prompt": words, "prefix": words, "max_new_tokens": tokens}
    ready.wait()
    answer = visitor.http.post(
        "/api/jobs", json={"task": "text", "model": MODEL, "params": submission, "seed": 7}
    )
    seen.status = answer.status_code
    seen.received.append(answer.text)
    if seen.status == 202:
        follow(visitor, answer.json()["id"], seen)
        for path in ("/api/history", f"/media/{answer.json()['id']}/text.txt"):
            seen.received.append(visitor.http.get(path).text)
    return seen


def follow(visitor: Visitor, job_id: str, seen: Seen) -> None:
    """Watch a job to its end."""
    with visitor.http.stream("GET", f"/api/jobs/{job_id}/events") as stream:
        for line in stream.iter_lines():
            seen.received.append(line)
            if line.startswith("event: "):
                seen.ended = line.removeprefix("event: ")
            elif line.startswith("data: ") and seen.ended == "queued":
                wait = json.loads(line.removeprefix("data: "))["eta_seconds"]
                seen.metrics += [(time.monotonic(), wait)] if wait is not None else []
            elif seen.ended in ("loading", "progress") and not seen.began:
                seen.began = time.monotonic()


def all_come(server: RunningServer, tokens: int, proof: Proof) -> list[Seen]:
    """Everyone in the same second; each has been here before, so that the server knows their cookies."""
    visitors = [Visitor(server) for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.http.timeout = httpx.Timeout(300)
        visitor.http.get("/api/jobs")
    first = visitors[0]
    for _ in range(WARM):
        first.until(first.submit("warm", model=MODEL, max_new_tokens=tokens), "done")
    ready = threading.Barrier(VISITORS)
    with ThreadPoolExecutor(VISITORS) as pool:
        seen = list(pool.map(lambda n: comes(visitors[n], n, ready, tokens), range(VISITORS)))
    for visitor in visitors:
        proof.answered(visitor.statuses)
    return seen


def test_a_hundred_in_the_same_second_are_served_and_see_their_own(tmp_path: Path, proof: Proof) -> None:
    with running(tmp_path / "data", AIGC_LANES="2") as server:
        everyone = all_come(server, proof.times(6, 20), proof)
    for number, seen in enumerate(everyone):
        received = "\n".join(seen.received)
        others = [n for n in range(VISITORS) if n != number and canary(n) in received]
        proof.count(CHAPTER, f"answered {seen.status}, then {seen.ended}")
        proof.count(CHAPTER, "words of others seen", len(others))
        assert (seen.status, seen.ended, others) == (202, "finished", []), number
        assert canary(number) in received
    ratios = sorted(ratio for seen in everyone for ratio in seen.ratios())
    low, high = (ratios[round((len(ratios) - 1) * part)] for part in (0.1, 0.9))
    proof.row(
        CHAPTER,
        visitors=len(everyone),
        waits_told=len(ratios),
        waited_over_told=f"{statistics.median(ratios):.2f} in the middle",
        eight_of_ten=f"{low:.2f} to {high:.2f}",
    )
    print(
        len(ratios),
        low,
        statistics.median(ratios),
        high,
        [s.ratios()[0] for s in everyone if s.ratios()][50:55],
    )
    assert 0.7 < statistics.median(ratios) < 1.3, "waiting times are told within 30 %"
