"""Search in a history of up to a million rows: what it finds, and what that costs as the rows grow.

Knows how to fill a database quickly with wishes in English and Chinese, and which words stand where.
Every question is asked through the history's own door, by a visitor who owns nearly all rows or by one
who owns few.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from aigc_demo import bench
from aigc_demo.history import History, database, search
from aigc_demo.history.ids import IdMaker, number_of
from aigc_demo.history.rows import new_row
from aigc_demo.history.schema import jobs
from aigc_demo.settings import Settings
from aigc_demo.types import Params, Request, param

SIZES = (1_000, 10_000, 100_000, 1_000_000)
BATCH = 20_000
ROUNDS = 25
MANY, FEW = "many", "few"
"""The owner of nearly all rows, and the owner of every 1001st."""

QUESTIONS = {"half": (MANY, "lantern"), "neighbours": (FEW, "lantern"), "pair": (MANY, "钢琴")}
"""A word in half of all rows, the same word asked for by who owns few, a two-character word in half."""

LIMITS = {"half": 5.0, "neighbours": 5.0, "pair": 3.0}  # milliseconds, a page of 30 with a million rows
SAMPLES = 24
_MOST_PER_PAGE = 100


class PoemRequest(Params):
    """What a row was asked for."""

    prompt: str = param("")


class Shelf:
    """A database that grows, and what of it should be found."""

    def __init__(self, settings: Settings) -> None:
        """An empty one in a fresh data folder."""
        self._settings = settings
        self._rng = random.Random(7)
        self._new_id = IdMaker()
        self._size = 0
        self._english = [
            "".join(self._rng.choices("abcdefghijklmnoprstuvwy", k=n % 7 + 3)) for n in range(9000)
        ]
        self._chinese = [chr(0x4E00 + n) for n in range(3000)]
        self._frequency = [1 / (n + 10) for n in range(9000)]  # few words are common, as in any language
        rarest = self._chinese[300:]
        self.expected: dict[str, int] = {"".join(self._rng.sample(rarest, 2)): 0 for _ in range(SAMPLES)}
        """Two-character words and in how many rows of MANY each stands."""

    def grow(self, size: int) -> None:
        """Add rows up to ``size``."""
        db = database.connect(self._settings)
        while self._size < size:
            count = min(BATCH, size - self._size)
            with db.writing.begin() as connection:
                self._add(connection, count)
            self._size += count
        db.close()

    def _add(self, connection: Any, count: int) -> None:
        template = new_row(0, "", Request("text", "debug-text", PoemRequest(), MANY, "en", None))
        texts = list(self._texts(count))
        result, found = [], []
        for index, text in enumerate(texts, self._size):
            owner = FEW if index % 1001 == 0 else MANY
            job_id = self._new_id()
            number = number_of(job_id)
            own = {"number": number, "id": job_id, "owner": owner, "params": {"prompt": text}}
            result.append({**template, **own, "status": "done", "created": number * 1000, "title": text[:60]})
            found.append({"job": number, "owner": search.owner_token(owner), "body": search.fold(text)})
            if owner == MANY:
                for word in self.expected:
                    self.expected[word] += word in text
        connection.execute(insert(jobs), result)
        search.put(connection, found)

    def _texts(self, count: int) -> Iterator[str]:
        """One line each; every other one has both of the common words, one in fifty a sampled one."""
        english = iter(self._rng.choices(self._english, self._frequency, k=6 * count))
        chinese = iter(self._rng.choices(self._chinese, self._frequency[:3000], k=10 * count))
        samples = list(self.expected)
        for index in range(count):
            parts = [next(english) for _ in range(6)]
            signs = [next(chinese) for _ in range(10)]
            if self._rng.random() < 0.02:
                signs.insert(self._rng.randrange(10), self._rng.choice(samples))
            if index % 2 == 0:
                parts.insert(3, "lantern")
                signs.insert(5, "钢琴")
            yield " ".join(parts) + "，" + "".join(signs)


def main() -> None:
    """Measure and tell."""
    costs: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        shelf = Shelf(settings)
        for size in SIZES:
            shelf.grow(size)
            history = History.open(settings)
            for name, (owner, query) in QUESTIONS.items():
                costs[name].append(_milliseconds(history, owner, query))
            recall = _recall(history, shelf.expected)
            history.close()
    figures = [bench.at_least("history.recall", recall, 1.0, _recall_note(shelf.expected))]
    for name, curve in costs.items():
        figures += _judged(name, curve)
    bench.tell(figures)


def _milliseconds(history: History, owner: str, query: str) -> float:
    """The best of some rounds, for a page of 30 of them."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        page = history.page(owner, query=query)
        best = min(best, time.perf_counter() - began)
        if not page.items:
            raise RuntimeError(f"{query} was not found.")
    return best * 1000


def _recall(history: History, expected: dict[str, int]) -> float:
    """Of all rows in which a sampled word stands, how many its pages hold; RuntimeError for any other."""
    found = 0
    for word in expected:
        seen: set[str] = set()
        cursor = None
        while True:
            page = history.page(MANY, query=word, cursor=cursor, limit=_MOST_PER_PAGE)
            if not all(word in job.params["prompt"] for job in page.items):
                raise RuntimeError(f"A row without {word} was found.")
            seen.update(job.id for job in page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
        found += len(seen)
    return found / max(1, sum(expected.values()))


def _recall_note(expected: dict[str, int]) -> str:
    return f"{len(expected)} two-character words in {sum(expected.values())} of {SIZES[-1]} rows, all pages"


def _judged(name: str, curve: list[float]) -> list[bench.Figure]:
    owner, query = QUESTIONS[name]
    steps = ", ".join(
        f"{size:.0e}: {cost:.2f}".replace("e+0", "e") for size, cost in zip(SIZES, curve, strict=True)
    )
    note = f"{query} asked for by who owns {owner} rows, the first page; by rows: {steps} ms"
    figure = bench.at_most(f"history.{name}.ms", curve[-1], LIMITS[name], note)
    figures = [replace(figure, unit="milliseconds, at most")]
    if owner == MANY:  # a page is full at every size
        what = f"{query}: {SIZES[-1]:,} rows over {SIZES[0]:,}"
        figures.append(bench.at_most(f"history.{name}.growth", curve[-1] / curve[0], 5.0, what))
    return figures
