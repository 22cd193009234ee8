"""Lag: how long the web process keeps everybody waiting while eight visitors send it hostile input.

The event loop's lag is what a sleep of ten milliseconds takes longer than that, sampled inside the serving
process. Meanwhile eight visitors post every input of :mod:`aigc_demo.bench.hostile` to whatever reads a
visitor's bytes and words, each as soon as the last was answered. With ``--beside CHECKOUT`` an earlier
version is attacked in the same way, in turns.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from aigc_demo import bench
from aigc_demo.bench.hostile import FILES, SETTINGS, WORDS
from aigc_demo.bench.served import SAMPLED, Server, lags, percentile
from aigc_demo.settings import ROOT

VISITORS = 8
FILE_BYTES = 40_000
FILE_FIELDS = {"style": "content", "music": "start"}
LETTERS = 8_000
SEARCHED = 200
"""Letters of a search that is not refused for its length."""
ROUNDS = 3
QUIET = 5.0
"""Seconds in which nobody asks for anything, to tell the machine's own lag."""
LONGEST = 60.0
"""Seconds that one answer may take before its visitor goes on."""


@dataclass(frozen=True)
class _Request:
    """One request; ``content`` is what httpx calls the parts of it."""

    method: str
    path: str
    content: Mapping[str, Any]


def main() -> None:
    """Measure and tell."""
    checkouts = [ROOT, *(Path(argument) for argument in sys.argv[1:2])]
    attack: list[list[float]] = [[] for _ in checkouts]
    quiet: list[list[float]] = [[] for _ in checkouts]
    answers = 0
    for _ in range(ROUNDS):
        for place, checkout in enumerate(checkouts):
            still, hit, answered = _attacked(checkout)
            quiet[place] += still
            attack[place] += hit
            answers += answered
    bench.tell(_figures(attack, quiet, answers // len(checkouts)))


def _figures(attack: list[list[float]], quiet: list[list[float]], answers: int) -> list[bench.Figure]:
    """The ninety-ninth percentile under attack against its limit, the longest and the quiet one beside it."""
    ours, *theirs = (percentile(each) for each in attack)
    note = (
        f"event loop's lag, 99th percentile of {len(attack[0])} samples, {VISITORS} visitors, "
        f"{answers} hostile requests; longest {1000 * max(attack[0]):.0f} ms, "
        f"{1000 * percentile(quiet[0]):.1f} ms with nobody there"
    )
    p99 = bench.Figure("lag.p99.ms", round(1000 * ours, 1), 100, "milliseconds, at most", ours <= 0.1, note)
    return [replace(p99, beside=round(1000 * theirs[0], 1)) if theirs else p99]


def _attacked(checkout: Path) -> tuple[list[float], list[float], int]:
    """Lags in seconds with nobody there and under attack, and how many requests were answered."""
    with tempfile.TemporaryDirectory() as room:
        log = Path(room) / "lags"
        program = [sys.executable, "-c", SAMPLED, str(log)]
        with Server(checkout, Path(room) / "data", Path(room) / "cache", program=program) as server:
            time.sleep(2 * QUIET)  # what loads at the start is done
            marks = [time.time() - QUIET, time.time()]
            with ThreadPoolExecutor(VISITORS) as visitors:
                counts = list(visitors.map(_visitor, [server.url] * VISITORS, range(VISITORS)))
            marks.append(time.time())
        still, attack = (lags(log, begin, end) for begin, end in itertools.pairwise(marks))
    return still, attack, sum(counts)


def _visitor(url: str, place: int) -> int:
    """One of the visitors: every request once, beginning where nobody else does; how many were answered."""
    requests = list(_requests())
    first = place * len(requests) // VISITORS
    answered = 0
    with httpx.Client(base_url=url, timeout=LONGEST, headers={"Origin": url}) as client:
        client.get("/api/history")  # gets the cookie
        for request in requests[first:] + requests[:first]:
            with contextlib.suppress(httpx.TransportError):
                client.request(request.method, request.path, **request.content)
                answered += 1
    return answered


def _requests() -> Iterator[_Request]:
    """Every hostile input to every route that reads its kind."""
    for make_file in FILES.values():
        files = {"file": make_file(FILE_BYTES)}
        yield _Request("POST", "/api/inspect", {"files": files})
        for task, field in FILE_FIELDS.items():
            query = {"task": task, "field": field}
            yield _Request("POST", "/api/uploads", {"files": files, "params": query})
    for make_words in WORDS.values():
        words = make_words(LETTERS)
        yield _Request("GET", "/api/history", {"params": {"query": words[:SEARCHED]}})
        for task in ("text", "image", "music"):
            yield _Request("POST", f"/api/tasks/{task}/parse", {"json": {"text": words}})
            params = {"prompt": words, "not_a_setting": 1}
            yield _Request("POST", "/api/jobs", {"json": {"task": task, "params": params}})
    for make_settings in SETTINGS.values():
        yield _Request("POST", "/api/jobs", {"json": {"task": "text", "params": make_settings(FILE_BYTES)}})
