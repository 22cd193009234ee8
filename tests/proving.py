"""What a run of the proof counted, and the page that it becomes.

An ordinary run takes the short form of each attack; with `--proof` pytest takes the long one and writes
`data/proof/report.md`. Knows counting and writing. Knows nothing of what is counted.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REPORT = Path(__file__).parent.parent / "data" / "proof"


@dataclass
class Proof:
    """Counts and tables of one run, by chapter."""

    long: bool = False
    counts: defaultdict[str, Counter[str]] = field(repr=False, default_factory=lambda: defaultdict(Counter))
    tables: defaultdict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.time)

    def times(self, short: int, long: int) -> int:
        """How often to try: ``short`` in an ordinary run, ``long`` in a proof."""
        return long if self.long else short

    def count(self, chapter: str, what: str, number: int = 1) -> None:
        """Add to a count. A count of 0 is told as well: that nothing leaked is worth saying."""
        self.counts[chapter][what] += number

    def answered(self, statuses: Mapping[int, int]) -> None:
        """Add to the count of requests, by how they were answered."""
        for status, number in statuses.items():
            self.count("Requests by status", str(status), number)

    def row(self, chapter: str, **cells: object) -> None:
        """Add a row to the table of a chapter; all rows of one have the same cells."""
        self.tables[chapter].append(cells)

    def write(self, folder: Path = REPORT) -> Path:
        """Write the report for readers and, beside it, for programs; where it is."""
        folder.mkdir(parents=True, exist_ok=True)
        data = {
            "facts": self._metadata(),
            "tests": dict(self.outcomes),
            "failed": self.failed,
            "counts": {name: dict(counter) for name, counter in self.counts.items()},
            "tables": dict(self.tables),
        }
        (folder / "report.json").write_text(json.dumps(data, indent=1, ensure_ascii=False, default=str))
        (folder / "report.md").write_text(self.page())
        return folder / "report.md"

    def page(self) -> str:
        """The report in Markdown."""
        lines = ["# What the proof counted", ""]
        lines += [f"- {name}: {value}" for name, value in self._metadata().items()]
        verdict = "every promise held" if not self.outcomes["failed"] else "NOT every promise held"
        metrics = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.outcomes.items()))
        lines += ["", f"Tests: {metrics}: {verdict}.", ""]
        lines += [f"- FAILED {name}" for name in self.failed]
        for chapter in sorted({*self.counts, *self.tables}):
            lines += ["", f"## {chapter}", ""]
            if chapter in self.counts:
                lines += _table(
                    [{"what": name, "number": n} for name, n in sorted(self.counts[chapter].items())]
                )
            if chapter in self.tables:
                lines += ["", *_table(self.tables[chapter])]
        return "\n".join(lines) + "\n"

    def _metadata(self) -> Mapping[str, object]:
        return {
            "form": "long" if self.long else "short",
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.began)),
            "minutes": round((time.time() - self.began) / 60, 1),
            "Python": platform.python_version(),
            "SQLite": sqlite3.sqlite_version,
            "cores": os.cpu_count(),
        }


def _table(rows: list[dict[str, object]]) -> list[str]:
    heads = list(rows[0])
    cells = [[str(row.get(head, "")) for head in heads] for row in rows]
    return [f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *cells)]
