"""kill -9 at any moment: nothing acknowledged is lost, no row lacks its file, orphans are swept."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

from aigc_demo.history import History
from aigc_demo.history.media import job_key
from aigc_demo.settings import Settings
from tests.faults import store_child
from tests.history.making import files_below
from tests.proving import Proof


@dataclass
class Tally:
    """What many deaths came to."""

    kills: int = 0
    created: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    orphans: int = 0


def _run(folder: Path, tally: Tally, *, die_at: int | None = None, kill_after: float | None = None) -> bool:
    """One life of the server; True if it came to its own end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.store_child"])
    mine, theirs = context.Pipe(duplex=False)
    jobs = 1 if die_at else 50
    process = context.Process(target=store_child.work, args=(folder, theirs, jobs, die_at))
    process.start()
    theirs.close()
    deadline: float | None = None
    closed = False
    try:
        while True:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not mine.poll(wait if wait is not None else 60):
                assert process.pid is not None
                os.kill(process.pid, signal.SIGKILL)
                deadline = time.monotonic() + 60  # read on: what was reported before the kill counts
            what, job_id = mine.recv()
            if what == "ready" and kill_after is not None:
                deadline = time.monotonic() + kill_after
            elif what == "created":
                tally.created.add(job_id)
            elif what == "finished":
                tally.finished.add(job_id)
            closed = closed or what == "closed"
    except EOFError:
        process.join()
    tally.kills += not closed
    return closed


def _check(folder: Path, tally: Tally) -> None:
    """After the next start: all that was acknowledged is there, whole, and nothing else."""
    before = {path.parent.name for path in files_below(folder / "media")}
    with sqlite3.connect(folder / "studio.db") as raw:
        done = {row[0] for row in raw.execute("SELECT id FROM jobs WHERE status = 'done'")}
    raw.close()
    tally.orphans += len(before - done)
    assert done <= before, "a row without its file"
    history = History.open(Settings(data_dir=folder))
    try:
        with sqlite3.connect(folder / "studio.db") as raw:
            rows = raw.execute("SELECT id, name, sha256 FROM outputs JOIN jobs ON number = job").fetchall()
            known = {row[0] for row in raw.execute("SELECT id FROM jobs")}
        raw.close()
        assert tally.created <= known, "an acknowledged job was lost"
        assert tally.finished <= {row[0] for row in rows}, "an acknowledged result was lost"
        for job_id, name, sha256 in rows:
            path = folder / "media" / job_key(job_id) / name
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        kept = {path.parent.name for path in files_below(folder / "media")}
        assert kept == {row[0] for row in rows}, "an orphan was not swept"
        assert files_below(folder / "tmp") == []
    finally:
        history.close()


def _tell(proof: Proof, tally: Tally) -> None:
    """Once all that was acknowledged was found."""
    chapter = "Kills of the store"
    proof.count(chapter, "kills", tally.kills)
    proof.count(chapter, "jobs acknowledged", len(tally.created))
    proof.count(chapter, "results acknowledged", len(tally.finished))
    proof.count(chapter, "lost", 0)
    proof.count(chapter, "orphans swept", tally.orphans)


def test_a_kill_before_every_single_step_to_the_disk_loses_nothing(tmp_path: Path, proof: Proof) -> None:
    tally = Tally()
    for step in range(1, 60):
        if _run(tmp_path, tally, die_at=step):
            break
        _check(tmp_path, tally)
    else:
        raise AssertionError("the work never came to its end")
    _check(tmp_path, tally)
    assert tally.kills >= 10
    assert tally.orphans >= 1, "no kill fell between file and row: this test proves too little"
    _tell(proof, tally)


def test_kills_at_random_moments_lose_nothing(tmp_path: Path, proof: Proof) -> None:
    tally = Tally()
    rng = random.Random(7)
    kills = proof.times(27, 300)
    for _ in range(kills):
        _run(tmp_path, tally, kill_after=rng.uniform(0.005, 0.4))
        _check(tmp_path, tally)
    assert tally.kills >= kills // 2
    _tell(proof, tally)
