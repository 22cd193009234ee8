"""kill -9 beside a mounted bucket, with a new disk each time: what is lost.

Once with a file layer between app and folder, which can die between any two steps and loses what is not
uploaded, and once on a real FUSE mount, whose kernel closes the files of whoever is killed.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from aigc_demo.history import History
from aigc_demo.history.media import job_key
from aigc_demo.history.pace import Pace
from aigc_demo.settings import Settings
from tests.history.making import files_below
from tests.proving import Proof
from tests.space import bucket_child
from tests.space.bucket_mount import BucketMount, after_kill
from tests.space.fuse_mount import mounted

TENTH = Pace(after=0.3, rest=4.0, settle=4.5, beat=1.0, lease=0.0)
"""A tenth of the real pace; nobody else is there, so that a lease lapses at once."""
STATED = {"streaming": 1.0, "advanced": 4.0, "fuse": 1.0}
"""Seconds that the docs allow to be lost, a tenth of them."""
DELAYS = {"streaming": (0.0, 0.0), "advanced": (0.2, 3.0), "fuse": None}
SLACK = 4.0
"""For a machine that is busy with other tests: a real server has ten times as long for every step."""
CHAPTER = "Kills beside a bucket"


@dataclass
class Life:
    """What one server acknowledged before it was killed, each with its time, and when that was."""

    ready: bool = False
    killed: float = 0.0
    created: dict[str, float] = field(default_factory=dict)
    finished: dict[str, float] = field(default_factory=dict)
    deleted: dict[str, float] = field(default_factory=dict)


def live(folder: Path, mode: str, *, seconds: float, die_at: int | None) -> Life:
    """One life on a new disk, ended by kill -9."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.space.bucket_child"])
    mine, theirs = context.Pipe(duplex=False)
    disk, staging = folder / "disk", folder / "staging"
    shutil.rmtree(disk, ignore_errors=True)
    process = context.Process(
        target=bucket_child.work,
        args=(
            disk,
            folder / ("mount" if mode == "fuse" else "bucket"),
            staging,
            DELAYS[mode],
            TENTH,
            theirs,
            die_at,
        ),
    )
    process.start()
    theirs.close()
    life, deadline = Life(), None
    try:
        while True:
            if not mine.poll(60 if deadline is None else max(0.0, deadline - time.monotonic())):
                assert life.ready, "it never stood ready"
                os.kill(process.pid or 0, signal.SIGKILL)
                life.killed = life.killed or time.time()
                deadline = time.monotonic() + 60
            what, job_id, moment = mine.recv()
            if what == "ready":
                life.ready = True
                deadline = time.monotonic() + seconds
            else:
                getattr(life, what)[job_id] = moment
    except EOFError:
        process.join()
    life.killed = life.killed or time.time()
    return life


@dataclass
class Found:
    """What the next server finds."""

    done: set[str]
    known: set[str]


def look(folder: Path) -> Found:
    """Open on another new disk; every row has its files, every file its row."""
    disk = folder / "looking"
    shutil.rmtree(disk, ignore_errors=True)
    mount = BucketMount(folder / "bucket", folder / "looking-mount")
    history = History.open(Settings(data_dir=disk), pace=TENTH, bucket=mount)
    try:
        with history._reading() as connection:
            rows = connection.execute(
                sql("SELECT id, name, sha256, deleted FROM outputs JOIN jobs ON number = job")
            ).all()
            known = {row[0] for row in connection.execute(sql("SELECT id FROM jobs"))}
        media = folder / "bucket" / "media"
        for job_id, name, sha256, deleted in rows:
            if deleted == 0:  # beyond return: nobody sees it, and its files may have gone first
                continue
            path = media / job_key(job_id) / name
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, "a row without its file"
        folders = {path.parent.name for path in files_below(media)}
        assert folders <= {row[0] for row in rows}, "a file without its row"
        return Found({row[0] for row in rows if row[3] is None}, known)
    finally:
        history.close()


def begin(folder: Path) -> None:
    """A first life that ends in order: what is promised holds from the first whole snapshot on."""
    mount = BucketMount(folder / "bucket", folder / "begun-mount")
    History.open(Settings(data_dir=folder / "begun"), pace=TENTH, bucket=mount).close()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", ["streaming", "advanced"])
def test_kills_on_an_interposed_layer_lose_the_stated_seconds_and_part_no_file_from_its_row(
    tmp_path: Path, proof: Proof, mode: str
) -> None:
    kill_often(tmp_path, proof, mode, proof.times(3, 30))


@pytest.mark.timeout(1800)
def test_kills_on_a_fuse_mount_lose_the_stated_seconds_and_part_no_file_from_its_row(
    tmp_path: Path, proof: Proof
) -> None:
    with ExitStack() as until:
        try:
            until.enter_context(mounted(tmp_path / "bucket", tmp_path / "mount"))
        except OSError as error:
            pytest.skip(f"No FUSE file system can be mounted here: {error}")
        kill_often(tmp_path, proof, "fuse", proof.times(3, 30))


def kill_often(tmp_path: Path, proof: Proof, mode: str, kills: int) -> None:
    """Lives that end by kill -9 on one bucket, each looked at from a new disk."""
    rng = random.Random(7)
    begin(tmp_path)
    longest, lost, acknowledged = 0.0, 0, 0
    kept = set[str]()
    for turn in range(kills):
        at_a_step = rng.randrange(1, 120) if turn % 3 == 0 and mode != "fuse" else None
        seconds = 7.0 if turn % 5 == 1 else rng.uniform(0.2, 4.0)  # some live to see what was deleted go
        life = live(tmp_path, mode, seconds=seconds, die_at=at_a_step)
        if mode != "fuse":
            after_kill(tmp_path / "bucket", tmp_path / "staging", torn=turn % 2 == 0)
        found = look(tmp_path)
        acknowledged += len(life.finished) + len(life.deleted)
        ages = [
            life.killed - life.finished[one]
            for one in life.finished.keys() - found.done - life.deleted.keys()
        ]
        ages += [
            life.killed - life.created[one] for one in life.created.keys() - found.known - life.deleted.keys()
        ]
        ages += [life.killed - life.deleted[one] for one in life.deleted.keys() & found.done]
        lost += len(ages)
        longest = max([longest, *ages])
        gone = kept - found.done - life.deleted.keys()
        assert not gone, "what an earlier server had made safe is gone"
        kept = set(found.done)
        assert longest <= STATED[mode] + SLACK
    proof.count(CHAPTER, f"kills, {mode}", kills)
    proof.count(CHAPTER, f"acknowledged, {mode}", acknowledged)
    proof.count(CHAPTER, f"lost with the last moments, {mode}", lost)
    proof.count(
        CHAPTER,
        f"longest such moment, {mode}, in milliseconds of a tenth of the real pace",
        round(longest * 1000),
    )
    assert acknowledged > 5 * kills, "too little was done to prove much"
