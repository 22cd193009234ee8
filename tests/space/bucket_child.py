"""A server in miniature on a mounted bucket, to be killed; it tells what it acknowledged."""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from aigc_demo.history import History
from aigc_demo.history.bucket import Bucket
from aigc_demo.history.pace import Pace
from aigc_demo.settings import Settings
from tests.history.making import picture, submission, text
from tests.space.bucket_mount import BucketMount


def work(
    disk: Path,
    bucket: Path,
    staging: Path,
    delay: tuple[float, float] | None,
    pace: Pace,
    report: Connection,
    die_at: int | None,
) -> None:
    """Work until killed, or until the ``die_at``-th step towards the bucket after it stands ready.

    Without a ``delay`` the folder ``bucket`` is a mount of the system's.
    """
    mount = Bucket(bucket) if delay is None else BucketMount(bucket, staging, delay=delay)
    history = History.open(Settings(data_dir=disk), pace=pace, bucket=mount)
    while not history.writes:
        time.sleep(0.01)
    history.recover()
    left = [die_at or 0]

    def step(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if isinstance(mount, BucketMount):
        mount.step = step
    report.send(("ready", "", time.time()))
    rng, made = random.Random(os.getpid()), list[str]()
    while True:
        job_id = history.create(submission("kept")).id
        report.send(("created", job_id, time.time()))
        history.start(job_id)
        history.finish(job_id, "done", [text("kept"), picture()], seconds=0.1)
        report.send(("finished", job_id, time.time()))
        made.append(job_id)
        if len(made) > 4 and rng.random() < 0.4:
            gone = made.pop(rng.randrange(len(made)))
            history.delete("alice", [gone])
            history.purge(0.0, sure=True)
            report.send(("deleted", gone, time.time()))
        time.sleep(rng.uniform(0.0, 0.03))
