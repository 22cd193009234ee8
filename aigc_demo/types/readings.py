"""What was understood of a request, before it is sent and beside what became of it, free of language.

Knows how that is said in values: things kept, left out, not known, brought to mind, and ways on. Knows
nothing of who reads, of tasks or of where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_TERMS = 12
"""Terms of a kind that are told; a request of a thousand words is not told word by word."""
LONGEST_WORDS = 60
"""Characters of the visitor's own words that a term repeats."""


@dataclass(frozen=True)
class Term:
    """One thing in a request.

    ``words`` are the visitor's own, as written. It is called by its ``names`` (by language), else by ``key``
    of strings.json filled with ``values``, else as the form calls ``setting`` at ``value``, else by its
    words. ``share`` is its probability. ``sets`` are settings that ask for it, by name: one press puts them
    into the form.
    """

    words: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    setting: str = ""
    value: Any = None
    share: float | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A way on that takes one press: ``key`` of its sentence, filled with ``values``.

    ``sets`` goes into the form of ``task``, with ``model`` chosen where one is named; without a task it is
    the form that was read.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    sets: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""
    model: str = ""


OTHER_MODELS = Step("ui.model.use")
"""Stands for the other models of the task that know the language, whichever there are."""


@dataclass(frozen=True)
class Remark:
    """One sentence about a request as a whole, with ways on."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What was understood of a request, or what was made of it.

    ``kept`` is, or will be, in the result; ``left_out`` was understood and will not be; ``unknown`` was not
    understood; ``also`` came to mind besides. Not ``sure`` says that what would be made has next to nothing
    to do with the words: whoever asks is told before it is made.
    """

    kept: tuple[Term, ...] = ()
    left_out: tuple[Term, ...] = ()
    unknown: tuple[Term, ...] = ()
    also: tuple[Term, ...] = ()
    sure: bool = True
    remarks: tuple[Remark, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.kept or self.left_out or self.unknown or self.also or self.remarks)

    def plain(self) -> dict[str, Any]:
        """As JSON values, without what is empty; see :meth:`wordless` for what may be told to anyone."""
        groups = {
            "kept": self.kept,
            "left_out": self.left_out,
            "unknown": self.unknown,
            "also": self.also,
            "remarks": self.remarks,
        }
        told: dict[str, Any] = {
            name: [_plain(one) for one in group[:MOST_TERMS]] for name, group in groups.items() if group
        }
        return told if self.sure else told | {"sure": False}


def wordless(reading: Mapping[str, Any]) -> dict[str, Any]:
    """A reading as :meth:`Reading.plain` gives it without the visitor's words: what was made, no more."""
    kept = [
        {name: value for name, value in term.items() if name not in ("words", "sets", "values")}
        for term in reading.get("kept", ())
        if term.get("names") or term.get("setting")
    ]
    return {"kept": kept} if kept else {}


def shortened(words: str) -> str:
    """The visitor's words, as many as a term repeats."""
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"


def _plain(one: Any) -> dict[str, Any]:
    """A value of this module as JSON, without members that are empty."""
    return {
        name: told for name, value in vars(one).items() if (told := _json(value)) not in (None, "", [], {})
    }


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return dict(value) if isinstance(value, Mapping) else value
