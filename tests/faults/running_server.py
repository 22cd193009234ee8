"""A real server in a process of its own, for tests that kill it, fill its disk or cut its network."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent


class RunningServer:
    """``python -m aigc_demo serve`` on a free port with the debug models listed.

    ``files`` bounds the files and connections that its processes may have open, each.
    """

    def __init__(self, data: Path, *, files: int | None = None, **environment: str) -> None:
        self.data = data
        self.within = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh"] if files else []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            **os.environ,
            "AIGC_DEBUG_MODELS": "1",
            "AIGC_CACHE_DIR": str(ROOT / "data" / "test-cache"),
            "GRADIO_ANALYTICS_ENABLED": "False",
            **environment,
        }
        self.url = f"http://127.0.0.1:{self.port}"
        self.program = [
            "-m",
            "aigc_demo",
            "serve",
            "--port",
            str(self.port),
            "--data-dir",
            str(self.data),
        ]
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> RunningServer:
        """Start and wait until it answers."""
        command = [*self.within, sys.executable, *self.program]
        log = (self.data.parent / "server.log").open("a")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True
        )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return self
            assert self.process.poll() is None, self.log()
            time.sleep(0.2)
        raise AssertionError(f"the server did not start: {self.log()}")

    def log(self) -> str:
        """What the server wrote."""
        return (self.data.parent / "server.log").read_text()

    def kill(self) -> None:
        """kill -9: no word of farewell."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, as a supervisor does; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(sign)
        return self.process.wait(30)

    def worker(self) -> int:
        """The process id of the child that computes."""
        assert self.process is not None
        import psutil

        children = psutil.Process(self.process.pid).children()
        return next(
            child.pid
            for child in children
            if "worker" in " ".join(child.cmdline()) or "spawn_main" in " ".join(child.cmdline())
        )


@contextlib.contextmanager
def running(data: Path, *, files: int | None = None, **environment: str) -> Iterator[RunningServer]:
    """A server that is gone afterwards, whatever the test did to it."""
    server = RunningServer(data, files=files, **environment).start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


class Visitor:
    """A browser's cookie jar and the verbs of the HTTP contract."""

    def __init__(self, server: RunningServer) -> None:
        self.statuses: Counter[int] = Counter()
        """How many of their requests were answered how."""
        hooks = {"response": [lambda answer: self.statuses.update([answer.status_code])]}
        self.http = httpx.Client(base_url=server.url, timeout=30, event_hooks=hooks)

    def submit(self, prompt: str = "a cat", model: str = "debug-text", **params: Any) -> str:
        """Submit a wish; its id."""
        return self.submission("text", model, **{"prompt": prompt, "max_new_tokens": 8, **params})

    def submission(self, task: str, model: str, **params: Any) -> str:
        """Submit a wish of any task; its id."""
        answer = self.http.post("/api/jobs", json={"task": task, "model": model, "params": params, "seed": 7})
        assert answer.status_code == 202, answer.text
        job_id: str = answer.json()["id"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        """A job as it is now."""
        answer = self.http.get(f"/api/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        job: dict[str, Any] = answer.json()
        return job

    def until(self, job_id: str, *wanted: str, seconds: float = 180) -> dict[str, Any]:
        """Wait until a job is in one of the states."""
        deadline = time.monotonic() + seconds
        while (job := self.job(job_id))["status"] not in wanted:
            assert time.monotonic() < deadline, f"still {job['status']}"
            time.sleep(0.05)
        return job
