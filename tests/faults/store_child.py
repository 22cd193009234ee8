"""A server in miniature, to be killed: makes jobs, tells what was acknowledged, dies where it is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from aigc_demo.history import History
from aigc_demo.settings import Settings
from tests.history.making import picture, submission, text


def work(folder: Path, report: Connection, jobs: int, die_at: int | None) -> None:
    """Make ``jobs`` jobs in ``folder``; die by kill -9 at the ``die_at``-th step towards the disk."""
    history = History.open(Settings(data_dir=folder))
    history.recover()
    if die_at is not None:
        arm(die_at)
    report.send(("ready", None))
    for job in history.waiting():
        _complete(history, job.id, report)
    for _ in range(jobs):
        job_id = history.create(submission("kept")).id
        report.send(("created", job_id))
        _complete(history, job_id, report)
    history.close()
    report.send(("closed", None))


def _complete(history: History, job_id: str, report: Connection) -> None:
    history.start(job_id)
    history.mark(job_id, "running")
    history.finish(job_id, "done", [text("kept"), picture()], seconds=0.1)
    report.send(("finished", job_id))


def arm(die_at: int) -> None:
    """Die by kill -9 before the ``die_at``-th fsync, rename, commit or removal from now on."""
    left = [die_at]

    def step(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def wrapped(*args: Any, **named: Any) -> Any:
            step()
            return real(*args, **named)

        setattr(owner, name, wrapped)

    before(os, "fsync")
    before(Path, "rename")
    before(os, "unlink")  # what rmtree removes a folder's files by
    before(os, "rmdir")
    event.listen(Engine, "commit", step)
