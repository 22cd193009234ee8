"""Running another program that reports its progress in lines, and stopping it when nobody waits.

Knows processes and pipes. Knows nothing of what the program does.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from aigc_demo.engine import environment

Cause = Literal["unreachable", "not_published", "altered", "no_pip", "download_failed"]
"""Why something could not be had: no answer, not there, other bytes than expected, no pip, another error."""


class NotAvailableError(Exception):
    """A downloader could not get what it was sent for; the text is for the log, the cause for the visitor."""

    def __init__(self, text: str, cause: Cause = "unreachable") -> None:
        super().__init__(text)
        self.cause: Cause = cause


@dataclass(frozen=True)
class Outcome:
    """How a program ended: its exit status and its last words."""

    status: int
    tail: str


_NOTHING: Mapping[str, str] = MappingProxyType({})


def run(
    command: Sequence[str],
    on_line: Callable[[str], None],
    check: Callable[[], None],
    variables: Mapping[str, str] = _NOTHING,
) -> Outcome:
    """Run a program to its end.

    Args:
        command: program and arguments.
        on_line: gets every line that it prints, without the line end.
        check: called several times a second; what it raises ends the program and passes on.
        variables: of the environment, on top of the downloader's own.
    """
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment.for_downloader() | dict(variables),
        text=True,
        errors="replace",
        start_new_session=os.name == "posix",
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    tail: collections.deque[str] = collections.deque(maxlen=30)
    try:
        while True:
            check()
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                continue
            if line is None:
                return Outcome(process.wait(), "\n".join(tail))
            tail.append(line)
            on_line(line)
    finally:
        if process.poll() is None:
            _kill(process)


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    if process.stdout is not None:
        for line in process.stdout:
            lines.put(line.rstrip("\r\n"))
    lines.put(None)


def _kill(process: subprocess.Popen[str]) -> None:
    """End the program and what it started: pip may have children of its own."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
