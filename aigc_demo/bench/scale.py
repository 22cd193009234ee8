"""PostgreSQL against SQLite in one run: how long a request waits to be kept, and a page of a large history.

Knows how to start a server of its own (with fsync, as in use) and to ask both in turns. Where no PostgreSQL
is installed it says so and tells no figure.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from aigc_demo import bench
from aigc_demo.bench import postgres_server
from aigc_demo.bench.history import MANY, PoemRequest, Shelf
from aigc_demo.history import History
from aigc_demo.settings import Settings
from aigc_demo.types import Request

ROWS = 100_000
VISITORS, WISHES, TURNS = 8, 60, 5
"""Threads that ask at once, wishes of each in a turn, turns of each database."""
ROUNDS = 25


def main() -> None:
    """Measure and tell."""
    try:
        with ExitStack() as stack:
            server = stack.enter_context(postgres_server.server("C"))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            bench.tell([*_waits(folder, server.database()), *_pages(folder, server.database())])
    except postgres_server.NoServerError as error:
        print(error, file=sys.stderr)
        bench.tell([])


def _waits(folder: Path, url: str) -> list[bench.Figure]:
    seconds: dict[str, list[float]] = {"sqlite": [], "postgresql": []}
    with ExitStack() as stack:
        both = {
            name: History.open(Settings(data_dir=folder / name, database_url=at))
            for name, at in (("sqlite", None), ("postgresql", url))
        }
        for history in both.values():
            stack.callback(history.close)
        for _ in range(TURNS):
            for name, history in both.items():
                seconds[name] += _acknowledged(history)
    p99 = {name: statistics.quantiles(found, n=100)[98] for name, found in seconds.items()}
    note = f"{VISITORS} visitors at once; p99 {p99['postgresql'] * 1e3:.1f} over {p99['sqlite'] * 1e3:.1f} ms"
    return [bench.at_most("scale.insert.p99", p99["postgresql"] / p99["sqlite"], 3.0, note)]


def _acknowledged(history: History) -> list[float]:
    """Seconds from each request to its id."""
    found: list[float] = []

    def visitor(name: str) -> None:
        for number in range(WISHES):
            asked = PoemRequest(prompt=f"a lantern {number}")
            request = Request("text", "debug-text", asked, name, "en", None)
            began = time.perf_counter()
            history.create(request)
            found.append(time.perf_counter() - began)

    threads = [threading.Thread(target=visitor, args=(f"v{n}",)) for n in range(VISITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _pages(folder: Path, url: str) -> list[bench.Figure]:
    costs: dict[str, dict[str, float]] = {}
    for name, at in (("sqlite", None), ("postgresql", url)):
        settings = Settings(data_dir=folder / f"{name}-rows", database_url=at)
        Shelf(settings).grow(ROWS)
        history = History.open(settings)
        costs[name] = {query: _milliseconds(history, query) for query in ("", "lantern", "钢琴")}
        history.close()
    figures = []
    for query, cost in costs["postgresql"].items():
        what = f"asked for {query}" if query else "newest first"
        note = f"30 of {ROWS:,} rows, {what}; on SQLite {costs['sqlite'][query]:.2f} ms"
        kind = {"": "page", "lantern": "half", "钢琴": "pair"}[query]
        figure = bench.at_most(f"scale.{kind}.ms", cost, 50.0, note)
        figures.append(replace(figure, unit="milliseconds, at most"))
    return figures


def _milliseconds(history: History, query: str) -> float:
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        if len(history.page(MANY, query=query).items) != 30:
            raise RuntimeError(f"No page for {query!r}.")
        best = min(best, time.perf_counter() - began)
    return best * 1000


if __name__ == "__main__":
    main()
