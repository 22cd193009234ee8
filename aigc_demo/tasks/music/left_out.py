"""What of a foreign score is not kept, gathered while it is read and said in one line with the result.

Knows the sentences' keys. Knows no file format.
"""

from __future__ import annotations

from typing import Any

from aigc_demo.types import Term

MOST = 8


class Notes:
    """Each kind once, in the order they were met; later metres and tempos with the bar of the first."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def add(self, kind: str, **values: Any) -> None:
        """Something of this kind (``music.left.<kind>``) was left out."""
        self._found.setdefault(kind, values)

    def later_metre(self, metre: tuple[int, int], bar: int) -> None:
        """The metre changes at a bar, counted from 1."""
        self.add("metre", metre=f"{metre[0]}/{metre[1]}", bar=bar)

    def later_tempo(self, tempo: float, bar: int) -> None:
        """The tempo changes at a bar, counted from 1, to so many quarter notes a minute."""
        self.add("tempo", tempo=f"{tempo:g}", bar=bar)

    def terms(self) -> tuple[Term, ...]:
        """What is told with the result."""
        return tuple(
            Term(key=f"music.left.{kind}", values=values) for kind, values in list(self._found.items())[:MOST]
        )
