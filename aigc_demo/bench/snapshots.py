"""What it costs the web process that a bucket follows a history of 100,000 rows while it is written to.

Knows how to write at the pace of a busy class for a while, and the processor time of the snapshots. How often
they come follows from their cost, so that a minute and a half shows what ten minutes would.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from aigc_demo.bench import Figure, at_most
from aigc_demo.bench.history import MANY, PoemRequest, Shelf
from aigc_demo.history import History
from aigc_demo.settings import Settings
from aigc_demo.types import Output, Request

ROWS = 100_000
SECONDS = 90.0
PER_SECOND = 2
"""Jobs that come to their end: a class of thirty, of whom everybody asks once in fifteen seconds."""


def measured() -> Figure:
    """Processor seconds of the snapshots over seconds of writing."""
    with tempfile.TemporaryDirectory() as folder:
        bucket = Path(folder) / "bucket"
        bucket.mkdir()
        settings = Settings(data_dir=Path(folder) / "data", bucket_dir=bucket)
        Shelf(settings).grow(ROWS)
        history = History.open(settings)
        try:
            began, jobs = time.monotonic(), 0
            while (elapsed := time.monotonic() - began) < SECONDS:
                _write(history)
                jobs += 1
                time.sleep(max(0.0, began + jobs / PER_SECOND - time.monotonic()))
            stats = history.stats()
        finally:
            history.close()
    spent, taken, size = stats["snapshot_ms"] / 1000, stats["snapshots"], stats["database_bytes"] / 1e6
    what = f"{taken} snapshots of {ROWS:,} rows ({size:.0f} MB) took {spent:.2f} s of a processor"
    note = f"{what} in {elapsed:.0f} s in which {jobs} jobs were written; ten minutes have the same pace"
    return at_most("space.snapshots", spent / elapsed, 0.03, note)


def _write(history: History) -> None:
    job = history.create(Request("text", "debug-text", PoemRequest(prompt="a cat"), MANY, "en", None))
    history.start(job.id)
    history.mark(job.id, "running")
    output = Output("text", "answer", "text/plain", text="Cats sleep. " * 40)
    history.finish(job.id, "done", [output], seconds=1.0)
