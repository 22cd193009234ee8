"""A class of thirty comes at once: everyone is served, nobody sees another's work, lanes hold."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

from tests.faults.running_server import RunningServer, Visitor, running

VISITORS = 30
JOBS = 3


def pupil(server: RunningServer, number: int) -> list[str]:
    """One visitor makes three things; returns the titles of all they can see."""
    me = Visitor(server)
    jobs = [me.submit(f"canary{number} wish {n}", max_new_tokens=30) for n in range(JOBS)]
    for job in jobs:
        assert me.until(job, "done", "failed", "cancelled")["status"] == "done"
    return [item["title"] for item in me.http.get("/api/history").json()["items"]]


def test_thirty_visitors_at_once_are_all_served_and_see_only_their_own(tmp_path: Path) -> None:
    with running(tmp_path / "data", AIGC_LANES="2") as server:
        peak, finished = [0], Event()

        def sample() -> None:
            probe = Visitor(server)
            while not finished.wait(0.05):
                figures = probe.http.get("/metrics").text
                peak[0] = max(
                    peak[0], round(float(re.search(r"^aigc_jobs_running (.+)$", figures, re.M).group(1)))
                )  # type: ignore[union-attr]

        sampler = Thread(target=sample)
        sampler.start()
        with ThreadPoolExecutor(VISITORS) as pool:
            seen = list(pool.map(lambda number: pupil(server, number), range(VISITORS)))
        finished.set()
        sampler.join()
    for number, titles in enumerate(seen):
        assert sorted(titles) == [f"canary{number} wish {n}" for n in range(JOBS)]
    assert 1 <= peak[0] <= 2


def test_one_visitor_who_floods_does_not_hold_up_another(tmp_path: Path) -> None:
    with running(tmp_path / "data", AIGC_LANES="1") as server:
        flooder, honest = Visitor(server), Visitor(server)
        flood = [flooder.submit(f"flood {n}", model="debug-text-slow", max_new_tokens=20) for n in range(4)]
        refused = flooder.http.post(
            "/api/jobs", json={"task": "text", "model": "debug-text-slow", "params": {"prompt": "more"}}
        )
        mine = honest.submit("just one", model="debug-text-slow", max_new_tokens=1)
        honest.until(mine, "done")
        waiting = [flooder.job(job)["status"] for job in flood]
        assert waiting.count("queued") >= 2, "the honest visitor went before the rest of the flood"
        assert refused.status_code in (202, 429)
