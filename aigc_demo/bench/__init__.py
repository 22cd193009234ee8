"""The figures that matter, each a ratio between two things measured in the same run.

Knows which figures there are, what limit each has, and how they are printed. Each is measured in a
process of its own by the module of its name, so that none sees another's threads or memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from aigc_demo.engine import devices, environment
from aigc_demo.settings import ROOT, Settings
from aigc_demo.types import UserError

NAMES = (
    "start",
    "overhead",
    "text",
    "poem",
    "writing",
    "apps",
    "pool",
    "style",
    "image",
    "scene",
    "music",
    "scores",
    "learn",
    "history",
    "scale",
    "lag",
    "page",
    "space",
    "files",
    "class",
)
_MODULES = {"class": "classroom"}
"""Modules of the figures that cannot be called so."""
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from aigc_demo.bench.{name} import main; main()"
_BESIDE = "import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); runpy.run_path(sys.argv.pop(1))['main']()"
"""The measurement as it is here, of the code that another checkout holds."""
ALTERNATING = ("start", "lag", "page")
"""Those that start servers of both checkouts themselves, in turns."""


@dataclass(frozen=True)
class Figure:
    """One measured ratio. ``limit`` is the least or the most it may be; ``note`` says what was compared.

    ``beside`` is the same of another checkout in the same run, where one was named.
    """

    name: str
    value: float
    limit: float
    unit: str
    passed: bool
    note: str = ""
    beside: float | None = None


def at_most(name: str, value: float, limit: float, note: str) -> Figure:
    """A ratio that shall not be larger than its limit."""
    return Figure(name, round(value, 3), limit, "ratio, at most", value <= limit, note)


def at_least(name: str, value: float, limit: float, note: str) -> Figure:
    """A ratio that shall not be smaller than its limit."""
    return Figure(name, round(value, 3), limit, "ratio, at least", value >= limit, note)


def run(names: Sequence[str] = (), beside: Path | None = None) -> list[Figure]:
    """Measure the named figures, or all; with ``beside`` also of the checkout in that folder.

    Raises:
        UserError: there is no figure of that name.
        RuntimeError: a measurement broke down; the text is its last words.
    """
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise UserError(
            "unknown_figure", "error.unknown_figure", name=", ".join(unknown), choices=", ".join(NAMES)
        )
    return [figure for name in NAMES if not names or name in names for figure in _measured(name, beside)]


def _measured(name: str, beside: Path | None) -> list[Figure]:
    start = [_START.format(name=_module(name)), str(ROOT)]
    if name in ALTERNATING and beside is not None:
        return _measure(name, [*start, str(beside.resolve())])
    ours = _measure(name, start)
    if beside is None:
        return ours
    script = Path(__file__).with_name(f"{_module(name)}.py")
    theirs = _measure(name, [_BESIDE, str(beside.resolve()), str(script)])
    values = {figure.name: figure.value for figure in theirs}
    return [replace(figure, beside=values.get(figure.name)) for figure in ours]


def _module(name: str) -> str:
    return _MODULES.get(name, name)


def _measure(name: str, arguments: list[str]) -> list[Figure]:
    command = [sys.executable, "-c", *arguments]
    env = environment.for_worker(devices.threads(Settings()))
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=env, check=False)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"The measurement {name!r} ended with status {done.returncode}.")
    return [Figure(**values) for values in json.loads(lines[-1])]


def tell(figures: Sequence[Figure]) -> None:
    """What a measuring module prints at its end for :func:`run`."""
    print(json.dumps([asdict(figure) for figure in figures]), flush=True)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table; a column more where another checkout was measured beside."""
    compared = any(figure.beside is not None for figure in figures)
    heads = ["figure", "value", *(["beside"] if compared else []), "limit", "holds", "what"]
    rows = [heads, ["---"] * len(heads)]
    for f in figures:
        beside = "" if f.beside is None else f"{f.beside:g}"
        cells = [f.name, f"{f.value:g}", *([beside] if compared else [])]
        rows.append([*cells, f"{f.unit} {f.limit:g}", "yes" if f.passed else "no", f.note])
    return "\n".join(
        "|" + "|".join(row) + "|" if row[0] == "---" else f"| {' | '.join(row)} |" for row in rows
    )
