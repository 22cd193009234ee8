"""kill -9 of the server while visitors upload, share, rename and delete: nothing acknowledged is lost."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.faults.busy_visitor import BusyVisitor
from tests.faults.running_server import RunningServer
from tests.faults.test_every_verb import fits_together
from tests.proving import Proof

VISITORS = 4
CHAPTER = "Kills of the server in the middle of work"


def uploads_kept(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "studio.db")) as raw:
        return {row[0] for row in raw.execute("SELECT id FROM uploads WHERE state = 'kept'")}


def work_until_killed(server: RunningServer, visitors: list[BusyVisitor], seconds: float) -> None:
    threads = [threading.Thread(target=visitor.work) for visitor in visitors]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join()


def all_ended(visitor: BusyVisitor) -> None:
    """Wait until whatever was asked for has ended in some way, so that rows and files can be compared."""
    for item_id, item in visitor.items.items():
        if not item.deleted:
            visitor.visitor.until(item_id, "done", "failed", "cancelled")


def test_kills_in_the_middle_of_everything_lose_nothing_that_was_acknowledged(
    tmp_path: Path, proof: Proof
) -> None:
    rng = random.Random(7)
    server = RunningServer(tmp_path / "data").start()
    visitors = [BusyVisitor(server, f"visitor{n}") for n in range(VISITORS)]
    try:
        for _ in range(proof.times(3, 40)):
            work_until_killed(server, visitors, rng.uniform(0.3, 2.5))
            proof.count(CHAPTER, "kills")
            proof.count(CHAPTER, "requests that were left open", sum(v.open is not None for v in visitors))
            server.start()
            kept = uploads_kept(server.data)
            lost = [what for visitor in visitors for what in visitor.lost(kept)]
            proof.count(CHAPTER, "lost", len(lost))
            assert lost == []
            for visitor in visitors:
                all_ended(visitor)
            fits_together(server.data)
        for visitor in visitors:
            proof.answered(visitor.visitor.statuses)
        proof.count(CHAPTER, "acknowledged", sum(visitor.acknowledged for visitor in visitors))
        proof.count(CHAPTER, "items made", sum(len(visitor.items) for visitor in visitors))
        assert sum(visitor.acknowledged for visitor in visitors) > 20, "too little was done to prove much"
    finally:
        server.kill()
