"""A process beside the server that works on one file after another, and ends when nobody needs it.

Knows how it is started, for how long it is waited for and when it goes. Knows nothing of what it does: that
is in the script it runs, which answers as :mod:`c2pa_worker` says.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from aigc_demo.provenance import c2pa_worker

IDLE_SECONDS = 120.0


class Unavailable(Exception):
    """Nothing came back: something is missing, or it gave up on this file."""


class Helper:
    """One such process, used from any number of threads, one after another.

    Args:
        script: what it runs.
    """

    def __init__(self, script: Path) -> None:
        self._script = script
        self._one_at_a_time = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: threading.Timer | None = None

    def ask(
        self, patience: float, message: dict[str, Any], *blobs: bytes
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The answer to one message, within ``patience`` seconds.

        Raises:
            Unavailable: it did not come to an end with this file.
        """
        with self._one_at_a_time:
            if self._idle is not None:
                self._idle.cancel()
            process = self._running()
            deadline = threading.Timer(patience, process.kill)
            deadline.start()
            try:
                c2pa_worker.send(_pipe(process.stdin), message, *blobs)
                answer = c2pa_worker.receive(_pipe(process.stdout))
            except (OSError, ValueError) as error:
                self._end()
                raise Unavailable("the process ended") from error
            finally:
                deadline.cancel()
            if answer is None:
                self._end()
                raise Unavailable("the process ended")
            self._idle = threading.Timer(IDLE_SECONDS, self.close)
            self._idle.daemon = True
            self._idle.start()
            return answer

    def close(self) -> None:
        """End the process; a later call starts another."""
        with self._one_at_a_time:
            if self._idle is not None:
                self._idle.cancel()
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(self._script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not taken any more is lost with it
                        pipe.close()
            self._process = None


def _pipe(pipe: IO[bytes] | None) -> Any:
    if pipe is None:
        raise OSError("the process has no pipes")
    return pipe
