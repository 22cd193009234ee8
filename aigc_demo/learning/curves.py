"""The curves of a run: what was measured at which step, kept as rows and written as CSV.

Knows names and numbers. Knows nothing of what they mean.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from aigc_demo.types import CurvePoint


class Curves:
    """Points in the order of their steps; a resumed run goes on from those it had."""

    def __init__(self, points: Iterable[CurvePoint] = ()) -> None:
        self.points = list(points)

    def add(self, step: int, values: Mapping[str, float]) -> CurvePoint:
        """Keep what was measured at a step."""
        point = CurvePoint(step, dict(values))
        self.points.append(point)
        return point

    def csv(self) -> bytes:
        """A table with one row a point; what was not measured there is empty."""
        names = list(dict.fromkeys(name for point in self.points for name in point.values))
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["step", *names])
        for point in self.points:
            writer.writerow([point.step, *(_written(point.values.get(name)) for name in names)])
        return text.getvalue().encode()

    def to_json(self) -> list[list[Any]]:
        """As plain values, for a checkpoint."""
        return [[point.step, dict(point.values)] for point in self.points]

    @classmethod
    def from_json(cls, rows: Iterable[tuple[int, Mapping[str, float]]]) -> Curves:
        """What :meth:`to_json` gave."""
        return cls(CurvePoint(step, dict(values)) for step, values in rows)


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
