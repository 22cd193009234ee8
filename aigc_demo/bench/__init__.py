"""The figures that matter, each a ratio between two things measured in the same run.

Knows which figures there are, what limit each has, and how they are printed. Each is measured in a
process of its own by the module of its name, so that none sees another's threads or memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from aigc_demo.engine import devices, environment
from aigc_demo.settings import ROOT, Settings
from aigc_demo.types import UserError

NAMES = ("startup", "overhead", "text", "poem", "pool", "style", "image", "music")
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from aigc_demo.bench.{name} import main; main()"


@dataclass(frozen=True)
class Figure:
    """One measured ratio. ``limit`` is the least or the most it may be; ``note`` says what was compared."""

    name: str
    value: float
    limit: float
    unit: str
    passed: bool
    note: str = ""


def at_most(name: str, value: float, limit: float, note: str) -> Figure:
    """A ratio that shall not be larger than its limit."""
    return Figure(name, round(value, 3), limit, "ratio, at most", value <= limit, note)


def at_least(name: str, value: float, limit: float, note: str) -> Figure:
    """A ratio that shall not be smaller than its limit."""
    return Figure(name, round(value, 3), limit, "ratio, at least", value >= limit, note)


def run(names: Sequence[str] = ()) -> list[Figure]:
    """Measure the named figures, or all.

    Raises:
        UserError: there is no figure of that name.
        RuntimeError: a measurement broke down; the text is its last words.
    """
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise UserError(
            "unknown_figure", "error.unknown_figure", name=", ".join(unknown), choices=", ".join(NAMES)
        )
    return [figure for name in NAMES if not names or name in names for figure in _measure(name)]


def _measure(name: str) -> list[Figure]:
    command = [sys.executable, "-c", _START.format(name=name), str(ROOT)]
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
    """The figures as a Markdown table."""
    rows = ["| figure | value | limit | holds | what |", "|---|---|---|---|---|"]
    rows += [
        f"| {f.name} | {f.value:g} | {f.unit} {f.limit:g} | {'yes' if f.passed else 'no'} | {f.note} |"
        for f in figures
    ]
    return "\n".join(rows)
