"""Nobody stops the others: whatever reads a visitor's bytes or words takes twice as long for twice as much.

Each reader (:mod:`tests.security.readers`) is given every hostile input of its kind
(:mod:`aigc_demo.bench.hostile`), in growing sizes. Processor time is compared with processor time and memory
with the size: a busy machine changes neither.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import aigc_demo
from tests.proving import Proof
from tests.security.growth import APART, DOUBLINGS, LEAST_SECONDS, SIZES, ask, fault, used
from tests.security.readers import ELSEWHERE, READERS, Reader

TRIES = 3
"""A reader that grows too fast does so each time; a neighbour's work does not."""
PACKAGE = Path(aigc_demo.__file__).parent
NOT_FOR_VISITORS = ("bench", "cli", "decoding", "drawing", "engine", "scheduler", "space", "training")
"""Rooms to which no byte or word of a visitor's comes that another room has not read before."""


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_twice_as_long_for_twice_as_much(reader: str, proof: Proof) -> None:
    row = READERS[reader]
    found = {hostile: _faults(row, make) for hostile, make in row.given.items()}
    if proof.long:
        growth = max(_growth(row, make) for make in row.given.values())
        metrics = {"inputs": len(row.given), "time_for_twice_as_much": f"{growth:.1f}", "may_hold": row.holds}
        proof.row("Growth of time, the worst of all hostile inputs", reader=reader, **metrics)
    assert not {hostile: what for hostile, what in found.items() if what}


@pytest.mark.parametrize(
    ("reader", "hostile", "size"),
    [
        ("abc_reader.read", "tune: endings", 16_000),
        ("musicxml_reader.read", "score: divisions", 64_000),
        ("import_file.read_bytes", "score: ours", 64_000),
    ],
)
def test_a_score_takes_no_longer_for_each_note_because_it_has_many(
    reader: str, hostile: str, size: int
) -> None:
    row = READERS[reader]
    few, many = (row.given[hostile](size << doublings) for doublings in (0, 2))
    assert any(used(row.read, many) < 3**2 * used(row.read, few) for _ in range(TRIES))


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_that_holds_more_than_three_times_what_it_reads_says_why(reader: str) -> None:
    row = READERS[reader]
    assert row.holds == Reader.holds or row.why


def test_every_pattern_that_meets_a_visitor_is_among_the_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    known = {name for module, names in _patterns() for name in _watched(module, names, used, monkeypatch)}
    for row in READERS.values():
        for make in row.given.values():
            ask(row.read, make(400))
    assert known - used <= set(ELSEWHERE), "a pattern that no reader asks, and that nobody says why"
    assert set(ELSEWHERE) <= known, "a pattern that is gone"


def test_patterns_stand_where_they_can_be_found() -> None:
    hidden = {
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path in _sources()
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and re.fullmatch(r"re\.(?!compile|escape)\w+", ast.unparse(call.func))
    }
    assert not hidden, "a pattern in the midst of a function is seen by no test: compile it beside the others"


def _growth(reader: Reader, make: Callable[[int], Any]) -> float:
    """How many times as long twice as much took at the end; 0 where neither takes time worth counting."""
    less, more = (used(reader.read, make(size)) for size in (SIZES[-2 - APART], SIZES[-2]))
    return 0.0 if more < LEAST_SECONDS else float((more / less) ** (1 / DOUBLINGS))


def _faults(reader: Reader, make: Callable[[int], Any]) -> str | None:
    """The last of several findings, if there was one each time."""
    found: str | None = None
    for _ in range(TRIES):
        if (found := fault(reader.read, make, reader.holds)) is None:
            break
    return found


def _sources() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in NOT_FOR_VISITORS
    ]


def _patterns() -> Iterator[tuple[str, list[str]]]:
    """Each module that has patterns, and what they are called there."""
    for path in _sources():
        tree = ast.parse(path.read_text("utf-8"))
        names = [
            name.id
            for statement in tree.body
            if isinstance(statement, ast.Assign | ast.AnnAssign)
            and statement.value is not None
            and "re.compile(" in ast.unparse(statement.value)
            for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        ]
        if names:
            yield ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts), names


def _watched(module: str, names: list[str], used: set[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Put something in each pattern's place that tells when it is asked; the full names."""
    inside = importlib.import_module(module)
    for name in names:
        full = f"{module}.{name}"
        monkeypatch.setattr(inside, name, _watch(getattr(inside, name), lambda full=full: used.add(full)))
        yield full


def _watch(pattern: Any, seen: Callable[[], None]) -> Any:
    if isinstance(pattern, tuple):
        return tuple(_watch(part, seen) for part in pattern)
    return _Watched(pattern, seen) if isinstance(pattern, re.Pattern) else pattern


class _Watched:
    """A pattern that tells when it is asked anything."""

    def __init__(self, pattern: re.Pattern[Any], seen: Callable[[], None]) -> None:
        self._pattern, self._seen = pattern, seen

    def __getattr__(self, name: str) -> Any:
        self._seen()
        return getattr(self._pattern, name)
