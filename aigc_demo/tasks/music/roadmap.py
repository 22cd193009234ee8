"""In which order the bars of a written score are played: repeats, endings, D.C., D.S., Fine, Coda, parts.

Knows the signs that send a player back and forth. Knows no file format and no notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Literal

from aigc_demo.tasks.music import limits

MOST_PLAYED = 20_000
"""Bars that are played, all repeats counted."""
MOST_TIMES = 16
"""So often one section may be played."""

_PARTS = re.compile(r"([A-Z])(\d{0,2})|\(|\)(\d{0,2})")


@dataclass
class Measure:
    """A bar as it is written, and the signs at its two ends. Times in quarter notes.

    ``opens`` says that a repeat begins here, ``may_open`` that one does which nothing else began (a double
    bar before it); ``times`` is how often is played what ends here, 0 without a sign. ``endings`` are the
    passes in which it is played, none meaning all. ``back`` sends back to the beginning or to the segno once.
    """

    start: Fraction
    length: Fraction = Fraction(0)
    opens: bool = False
    may_open: bool = False
    times: int = 0
    endings: frozenset[int] = frozenset()
    segno: bool = False
    coda: bool = False
    to_coda: bool = False
    fine: bool = False
    back: Literal["", "start", "segno"] = ""
    part: str = ""

    @property
    def end(self) -> Fraction:
        """Where the next one begins."""
        return self.start + self.length


@dataclass(frozen=True)
class Section:
    """Bars ``first`` up to before ``last`` that are played ``times`` times."""

    first: int
    last: int
    times: int


def sections(measures: Sequence[Measure]) -> list[Section]:
    """The bars in sections, each of which is played through as often as its signs say."""
    found: list[Section] = []
    first, explicit = 0, False
    seen: set[int] = set()
    for at, measure in enumerate(measures):
        before = measures[at - 1] if at > first else None
        ends = before is not None and (
            measure.opens
            or (bool(before.times) and not measure.endings)
            or (bool(before.endings) and not measure.endings)
            or (measure.may_open and not explicit)
            or (
                bool(measure.endings)
                and measure.endings != before.endings
                and min(measure.endings) <= max(seen, default=0)
            )
        )
        if ends:
            found.append(_section(measures, first, at))
            first, explicit, seen = at, measure.opens, set()
        elif before is None:
            explicit = measure.opens
        seen |= measure.endings
    if first < len(measures):
        found.append(_section(measures, first, len(measures)))
    return found


def _section(measures: Sequence[Measure], first: int, last: int) -> Section:
    inside = measures[first:last]
    endings = frozenset[int]().union(*(m.endings for m in inside))
    times = max((m.times for m in inside), default=0)
    if endings:
        # a first ending without a second one: what follows is the second
        times = max(*endings, 2 if times else 1)
    return Section(first, last, min(max(1, times), MOST_TIMES))


def played(measures: Sequence[Measure], parts: str = "") -> list[tuple[int, int]]:
    """Which bar is played, and in which pass through its section (from 1), one after another.

    ``parts`` is the order of labelled parts as ABC writes it, such as ``A2(BC)2``. Raises UserError where
    that is too long.
    """
    order = list(islice(_played(measures, parts), MOST_PLAYED + 1))
    if len(order) > MOST_PLAYED:
        raise limits.too_long()
    return order


def _played(measures: Sequence[Measure], parts: str) -> Iterator[tuple[int, int]]:
    labels = [at for at, measure in enumerate(measures) if measure.part]
    if not parts or not labels:
        yield from _with_jumps(measures)
        return
    ranges: dict[str, tuple[int, int]] = {}
    for at, stop in zip(labels, [*labels[1:], len(measures)], strict=True):
        ranges.setdefault(measures[at].part, (at, stop))
    yield from _with_jumps(measures[: labels[0]])
    for name in spelt(parts):
        at, stop = ranges.get(name, (0, 0))
        yield from ((at + index, run) for index, run in _with_jumps(measures[at:stop]))


def spelt(parts: str) -> Iterator[str]:
    """The letters of a parts field in the order they are played: ``A(BC)2`` is A B C B C."""
    stack: list[list[str]] = [[]]
    for found in _PARTS.finditer(parts):
        if found[0] == "(":
            stack.append([])
        elif found[1]:
            stack[-1] += [found[1]] * max(1, int(found[2] or 1))
        elif len(stack) > 1:
            inner = stack.pop()
            stack[-1] += inner * max(1, int(found[3] or 1))
        if sum(map(len, stack)) > MOST_PLAYED:
            raise limits.too_long()
    return iter([name for group in stack for name in group])


def _with_jumps(measures: Sequence[Measure]) -> Iterator[tuple[int, int]]:
    """All sections, then once more from where a sign sends back, without repeats, up to Fine or Coda."""
    whole = sections(measures)
    for section in whole:
        for run in range(1, section.times + 1):
            for at in _pass(measures, section, run):
                yield at, run
                if run == section.times and measures[at].back:
                    yield from _again(measures, whole, measures[at].back)
                    return


def _pass(measures: Sequence[Measure], section: Section, run: int) -> Iterator[int]:
    for at in range(section.first, section.last):
        endings = measures[at].endings
        if endings and run not in endings:
            continue
        yield at
        if measures[at].times and run < section.times:
            return


def _again(measures: Sequence[Measure], whole: Sequence[Section], back: str) -> Iterator[tuple[int, int]]:
    segno = next((at for at, measure in enumerate(measures) if measure.segno), 0)
    coda = next((at for at, measure in enumerate(measures) if measure.coda), None)
    target, to_coda = (segno if back == "segno" else 0), False
    for section in whole:
        for at in _pass(measures, section, section.times):
            if to_coda and coda is not None and at < coda:
                continue
            if at < target:
                continue
            yield at, section.times
            if measures[at].fine:
                return
            to_coda = to_coda or (measures[at].to_coda and coda is not None)


def is_plain(measures: Sequence[Measure], parts: str = "") -> bool:
    """Whether there is nothing but sections that are played once or several times."""
    return not parts and not any(measure.endings or measure.back for measure in measures)
