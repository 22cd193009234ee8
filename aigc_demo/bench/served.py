"""A checkout's server in a process of its own, asked over HTTP as a page asks it.

Knows how a server is started and found, what its worker holds, and the few routes that every version has.
Knows nothing of figures. The same questions are put to this checkout and to an earlier one.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil  # type: ignore[import-untyped]

from aigc_demo.engine import environment

PATIENCE = 300.0
"""Seconds that anything may take."""
BREATH = 0.02
"""Seconds between two looks whether something is there."""
SAMPLED = """
import asyncio, runpy, sys, time
import uvicorn
log, main_loop = open(sys.argv.pop(1), "a", buffering=1), uvicorn.Server.main_loop
async def sample():
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        log.write(f"{time.time()} {time.perf_counter() - began - 0.01}\\n")
async def sampled(self):
    sampling = asyncio.get_running_loop().create_task(sample())
    await main_loop(self)
    sampling.cancel()
uvicorn.Server.main_loop = sampled
runpy.run_module("aigc_demo", run_name="__main__", alter_sys=True)
"""
"""A server that writes its event loop's lag into the file that is its first argument: when, and seconds."""
ENDS = ("finished", "failed", "cancelled")


@dataclass(frozen=True)
class Request:
    """A request as the page sends it."""

    task: str
    params: Mapping[str, Any]
    model: str | None = None
    seed: int = 1


class Server:
    """``python -m aigc_demo serve`` of a checkout, on a free port.

    Args:
        checkout: its folder.
        data: for history and files; fresh ones are fastest.
        cache: where its models are.
        slots: jobs at once.
        program: what takes the arguments, in place of ``python -m aigc_demo``.
    """

    def __init__(
        self,
        checkout: Path,
        data: Path,
        cache: Path,
        slots: int = 2,
        program: Sequence[str] = (sys.executable, "-m", "aigc_demo"),
    ) -> None:
        self._checkout, self._data = checkout, data
        self._environment = environment.with_values(AIGC_CACHE_DIR=str(cache), AIGC_LANES=str(slots))
        self._program = program
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.page_seconds = 0.0
        """From the process's start to the first page."""

    def __enter__(self) -> Self:
        """Start, and wait until the page is there."""
        self.start()
        return self

    def start(self) -> None:
        """The same once more, at the same address and on the same data, after :meth:`kill`."""
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [*self._program, "serve", "--data-dir", str(self._data), "--port", str(self.port)],
            cwd=self._checkout,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.process, f"{self.url}/")
        self.page_seconds = time.perf_counter() - began

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; what does not end in time is killed."""
        if self.process is not None:
            stop(self.process)

    def kill(self) -> None:
        """End it without a word, as a lost battery does."""
        for process in [*self._process().children(recursive=True), self._process()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self.process is not None:
            self.process.wait()

    @contextlib.contextmanager
    def visitor(self) -> Iterator[httpx.Client]:
        """A client with cookies of its own: a visitor."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            yield client

    def first(self, request: Request) -> float:
        """Seconds from sending a request to the first partial result; the job runs to its end."""
        began, found = time.perf_counter(), None
        with self.visitor() as client:
            for event in _events(client, _submit(client, request)):
                if event == "partial" and found is None:
                    found = time.perf_counter() - began
        if found is None:
            raise RuntimeError("The job showed nothing before its end.")
        return found

    def run(self, request: Request) -> float:
        """Seconds that a job took, from the request to its stored result."""
        began = time.perf_counter()
        with self.visitor() as client:
            last = list(_events(client, _submit(client, request)))[-1]
        if last != "finished":
            raise RuntimeError(f"The job ended as {last}.")
        return time.perf_counter() - began

    def shared(self, request: Request) -> str:
        """The token of a link to what a request made."""
        with self.visitor() as client:
            job = _submit(client, request)
            if list(_events(client, job))[-1] != "finished":
                raise RuntimeError("There is nothing to share.")
            answer = client.post(f"/api/history/{job}/share", json={})
            answer.raise_for_status()
            return str(answer.json()["token"])

    def memory(self) -> float:
        """Megabytes that the web process holds."""
        return self._process().memory_info().rss / 1e6

    def worker_memory(self) -> float:
        """Megabytes that the worker holds."""
        return max(child.memory_info().rss for child in self._process().children()) / 1e6

    @contextlib.contextmanager
    def on_one_core(self) -> Iterator[None]:
        """Meanwhile all of it computes on one core, whatever threads it has. Linux only."""
        everywhere = os.sched_getaffinity(0)
        self._confine({min(everywhere)})
        try:
            yield
        finally:
            self._confine(everywhere)

    def _confine(self, cores: set[int]) -> None:
        for process in [self._process(), *self._process().children(recursive=True)]:
            for thread in process.threads():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(thread.id, cores)

    def _process(self) -> Any:
        if self.process is None:
            raise RuntimeError("The server was not started.")
        return psutil.Process(self.process.pid)


def _submit(client: httpx.Client, request: Request) -> str:
    body = {"task": request.task, "model": request.model, "params": request.params, "seed": request.seed}
    answer = client.post("/api/jobs", json={name: value for name, value in body.items() if value is not None})
    answer.raise_for_status()
    return str(answer.json()["id"])


def _events(client: httpx.Client, job: str) -> Iterator[str]:
    """The names of a job's events, to the last."""
    with client.stream("GET", f"/api/jobs/{job}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
                yield name
                if name in ENDS:
                    return


def wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    """Until an address answers 200.

    Raises:
        RuntimeError: it does not, or the process has ended.
    """
    began = time.perf_counter()
    with httpx.Client(
        timeout=PATIENCE
    ) as client:  # one for all: each costs more than the answer that it gets
        while time.perf_counter() - began < PATIENCE and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if client.get(url).status_code == httpx.codes.OK:
                    return
            time.sleep(BREATH)
    raise RuntimeError(f"No answer from {url}.")


def lags(log: Path, begin: float, end: float) -> list[float]:
    """Seconds that the event loop of a :data:`SAMPLED` server lagged between two moments of the clock."""
    samples = [line.split() for line in log.read_text().splitlines()]
    return [float(lag) for at, lag in samples if begin <= float(at) < end]


def percentile(values: Sequence[float], which: int = 99) -> float:
    """The value that so many of a hundred do not exceed."""
    return statistics.quantiles(values, n=100)[which - 1]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
