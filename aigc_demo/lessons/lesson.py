"""What a lesson is: a page of Learn, declared.

Knows values only. What it says is in its folder's strings.json; what it trains is a task like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Group = Literal["pictures", "words", "numbers", "people"]


@dataclass(frozen=True)
class Experiment:
    """Settings to try, named ``lesson.<lesson>.try.<id>``."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Sweep:
    """A grid of short trainings to begin with: every learning rate by every width, ``steps`` long."""

    learning_rates: tuple[float, ...]
    widths: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class Lesson:
    """A page of a few minutes.

    Its words are ``lesson.<id>.title``, ``.about`` (one line) and ``.text`` (Markdown) in its folder's
    strings.json, and for each of its ``exercises`` ``.exercise.<name>`` and ``.answer.<name>``. ``task`` is
    what it trains, whose form and result stand below the text; ``values`` are that form's when the lesson is
    opened.
    ``code`` names what is shown of the very code that runs, as ``"module:object"`` or
    ``"learn/x.js:function"``. ``sweep`` offers a grid of trainings. ``element`` is a custom element of the
    lesson's own ``scripts`` (modules below ``assets/ui``) that stands in its page; without a ``task`` the
    ``experiments`` are the element's settings.
    """

    id: str
    group: Group
    order: int = 100
    task: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    experiments: tuple[Experiment, ...] = ()
    exercises: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    sweep: Sweep | None = None
    element: str | None = None
    scripts: tuple[str, ...] = ()
