"""A ZeroGPU Space, by the real ``spaces`` package against a stand-in for its host.

Seconds of the GPU that are asked for, over those that are used: what is asked for must still be left of a
visitor's quota, so that asking for more turns people away. And how many of those who have no quota left are
served by models of our own, which need none. And what it costs that a bucket follows the history.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from aigc_demo.bench import Figure, at_least, at_most, snapshots, tell

LENT = "debug-text-gpu"
"""It computes for a fixed time a word, as a model on a GPU does; the host counts the seconds."""
LENGTHS = (150, 150, 60, 150, 90, 150, 200, 120, 150, 180, 60, 150)
"""Words asked for, one request after another."""
OWN = (
    ("text", "shigpt", {"title": "明月"}),
    ("image", "emojiflow", {"prompt": "a red apple", "num_inference_steps": 4}),
    ("music", "folkgpt", {"bars": 8}),
)
VISITORS = 12
_ENDS = ("done", "failed", "cancelled")


def main() -> None:
    """Measure all and tell."""
    tell(list(_measured()))


def _measured() -> Iterator[Figure]:
    stand_in = importlib.import_module("tests.space.zerogpu_host")
    spaces = importlib.import_module("tests.space.zerogpu_space")
    yield snapshots.measured()
    with tempfile.TemporaryDirectory() as folder, stand_in.ZeroGpuHost().serving() as host:
        server = spaces.ZeroGpuSpace(Path(folder) / "data", host)
        server.start()
        try:
            yield _asked_over_used(server.url, host, stand_in.Quota)
            yield _served_without_quota(server.url, host, stand_in)
        finally:
            server.stop()


def _asked_over_used(url: str, host: Any, quota: Any) -> Figure:
    host.quotas["ann"] = quota(10_000.0)
    for length in LENGTHS:
        with httpx.Client(base_url=url, timeout=60) as visitor:
            params = {"prompt": "a cat", "max_new_tokens": length}
            if _ended(visitor, "text", LENT, params, host.token("ann")) != "done":
                raise RuntimeError("A call did not come to its end.")
    asked, used = host.used("ann")
    note = f"{asked:.0f} s asked for by {len(LENGTHS)} calls, {used:.1f} s used; 120 s each would be"
    return at_most("space.asked", asked / used, 1.5, f"{note} {1440 / used:.0f}")


def _served_without_quota(url: str, host: Any, stand_in: Any) -> Figure:
    host.quotas[stand_in.SHARED] = stand_in.Quota(0.0)
    served = 0
    for number in range(VISITORS):
        task, model, params = OWN[number % len(OWN)]
        with httpx.Client(base_url=url, timeout=60) as visitor:
            served += _ended(visitor, task, model, params, None) == "done"
    note = f"{served} of {VISITORS} visitors, with nothing left of the quota that they share"
    return at_least("space.own", served / VISITORS, 1.0, note)


def _ended(visitor: httpx.Client, task: str, model: str, params: dict[str, Any], token: str | None) -> str:
    """How one visitor's job ended."""
    headers = {} if token is None else {"X-IP-Token": token}
    answer = visitor.post("/api/jobs", json={"task": task, "model": model, "params": params}, headers=headers)
    answer.raise_for_status()
    address = f"/api/jobs/{answer.json()['id']}"
    while (status := str(visitor.get(address).json()["status"])) not in _ENDS:
        time.sleep(0.05)
    return status
