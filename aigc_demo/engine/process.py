"""The default engine: a :class:`LocalEngine` in a child process of its own.

Knows how to start the child, follow it, replace it when it dies, hangs or falls silent, and tell each run
what became of it. Knows nothing of models. The web process stays small and answers at once: it imports
no torch, shares no interpreter with a model, and survives a native crash or the kernel's OOM killer.
"""

from __future__ import annotations

import itertools
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from aigc_demo.engine import FINAL, MemoryReport, OnEvent, devices, environment, pulse, wire
from aigc_demo.engine.memory import GB
from aigc_demo.engine.pulse import Pulse
from aigc_demo.settings import ROOT, Settings
from aigc_demo.types import Cancelled, Event, Failed, Loading, Problem, Reading, Request, RunControl

log = logging.getLogger(__name__)

_START = "import sys; sys.path.insert(0, sys.argv[1]); from aigc_demo.engine.worker import main; main()"
_TICK = 0.25

_DIED = Failed(Problem("worker_died", "error.worker_died"), crashed=True)
_STUCK = Failed(Problem("worker_stuck", "error.worker_stuck"), crashed=True)


@dataclass
class _Following:
    """One run as the parent follows it. Times are ``time.monotonic`` seconds."""

    number: int
    on_event: OnEvent
    ended: threading.Event = field(default_factory=threading.Event)
    final: Event = _DIED
    alive: float = field(default_factory=time.monotonic)
    computing: bool = False
    cancelled: float | None = None
    timed_out: bool = False

    def end(self, final: Event) -> None:
        """Let whoever waits go on."""
        self.final = final
        self.ended.set()


class ProcessRun:
    """A run of :class:`ProcessEngine`; its events are passed on by the thread that listens to the child."""

    def __init__(self, engine: ProcessEngine, following: _Following) -> None:
        self._engine = engine
        self._following = following

    def wait(self) -> Event:
        """Block to the end; see :class:`aigc_demo.engine.Run`."""
        self._following.ended.wait()
        return self._following.final

    def close(self) -> None:
        """Cancel."""
        self._engine.cancel(self._following.number)

    def control(self, told: RunControl) -> None:
        """Tell a training something."""
        self._engine.control(self._following.number, told)


class _Child:
    """One child process and the runs it has."""

    def __init__(self, settings: Settings, patience: float) -> None:
        self.runs: dict[int, _Following] = {}
        self.loaded: frozenset[str] = frozenset()
        self.memory: MemoryReport | None = None
        self.read = wire.ReadNow(0, None)
        self.gone = False
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, str(ROOT)],
            stdin=theirs.fileno(),
            env=environment.for_worker(devices.threads(settings)),
        )
        theirs.close()
        self.wire = wire.Wire(Connection(ours.detach()))
        self.pulse = Pulse(self.process.pid, patience)
        self.stuck = False


class ProcessEngine:
    """Runs requests in a child process, started at the first need or by :meth:`warm`.

    Args:
        settings: passed on to the child; ``job_timeout_seconds`` is enforced here.
        grace: seconds that a cancelled run may go on before its child is replaced.
        patience: seconds that a child may be silent before it is replaced; see :class:`Pulse`.
    """

    def __init__(self, settings: Settings, grace: float = 20.0, patience: float = 12.0) -> None:
        budget = devices.budget(settings) / GB  # both processes must count with the same figure
        self._settings = settings.model_copy(update={"memory_gb": budget})
        self._grace = grace
        self._patience = patience
        self._numbers = itertools.count(1)
        self._changed = threading.Condition(threading.RLock())
        self._reading = threading.Lock()
        self._child: _Child | None = None
        self._watchdog: threading.Thread | None = None
        self._closed = False

    # -- the engine's verbs -----------------------------------------------------------------------

    def run(self, request: Request, on_event: OnEvent) -> ProcessRun:
        """Have the child compute; see :class:`aigc_demo.engine.Engine`."""
        following = _Following(next(self._numbers), on_event)
        with self._changed:
            child = self._alive()
            if child is None:
                following.end(_DIED)
            else:
                child.runs[following.number] = following
        if child is not None:
            self._tell(child, wire.Start(following.number, request))
        return ProcessRun(self, following)

    def loaded(self) -> frozenset[str]:
        """Ids of the resident models."""
        child = self._child
        return child.loaded if child is not None and not child.gone else frozenset()

    def memory(self, patience: float = 2.0) -> MemoryReport:
        """What the child holds; empty where there is none or it does not answer in ``patience`` seconds."""
        nothing = MemoryReport(budget=devices.budget(self._settings))
        child = self._child
        if child is None or child.gone:
            return nothing
        with self._changed:
            child.memory = None
        self._tell(child, wire.AskMemory())
        with self._changed:
            self._changed.wait_for(lambda: child.memory is not None or child.gone, patience)
            return child.memory or nothing

    def unload(self, model_id: str | None = None) -> None:
        """Drop one idle model, or all idle ones."""
        child = self._child
        if child is not None:
            self._tell(child, wire.Unload(model_id))

    def warm(self, model_id: str | None = None) -> None:
        """Start the child, and let it load a model ahead; see :class:`aigc_demo.engine.Engine`."""
        with self._changed:
            child = self._alive()
        if child is not None and model_id is not None:
            self._tell(child, wire.Warm(model_id))

    def read(self, model_id: str, values: Mapping[str, Any], patience: float = 1.0) -> Reading | None:
        """Ask the child; None too where it does not answer, or answers others, in ``patience`` seconds."""
        child = self._child
        if child is None or child.gone or model_id not in child.loaded:
            return None
        if not self._reading.acquire(timeout=patience):
            return None
        try:
            number = next(self._numbers)
            self._tell(child, wire.Read(number, model_id, values))
            with self._changed:
                self._changed.wait_for(lambda: child.read.number == number or child.gone, patience)
                return child.read.reading if child.read.number == number else None
        finally:
            self._reading.release()

    def close(self) -> None:
        """End the child. What it was computing ends as a crash, so that it can be taken up again."""
        with self._changed:
            self._closed = True
            child = self._child
        if child is None:
            return
        child.process.terminate()
        try:
            child.process.wait(3.0)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()

    # -- the child --------------------------------------------------------------------------------

    def _alive(self) -> _Child | None:
        """The child, started if need be; None once closed. The caller holds the lock."""
        if self._closed:
            return None
        if self._child is None or self._child.gone:
            self._child = child = _Child(self._settings, self._patience)
            threading.Thread(target=self._listen, args=(child,), name="worker-events", daemon=True).start()
            self._tell(child, self._settings)
            if self._watchdog is None:
                self._watchdog = threading.Thread(target=self._watch, name="worker-watchdog", daemon=True)
                self._watchdog.start()
        return self._child

    def _tell(self, child: _Child, message: object) -> None:
        """Send; a child that is gone is noticed by :meth:`_listen`, which settles its runs."""
        try:
            child.wire.send(message)
        except OSError:
            log.debug("The worker is gone; %s was not delivered.", type(message).__name__)

    def _listen(self, child: _Child) -> None:
        """Take in what one child says, until it is gone or has been silent for too long."""
        try:
            while not child.stuck:
                if child.wire.wait(pulse.INTERVAL):
                    self._take_in(child, child.wire.receive())
                    child.pulse.heard()
                else:
                    child.stuck = child.pulse.missed()
        except (EOFError, OSError):
            pass
        finally:
            child.process.kill()
            status = child.process.wait()
            self._bury(child, status)

    def _take_in(self, child: _Child, message: object) -> None:
        match message:
            case wire.Happened(number, event):
                self._happened(child, number, event)
            case wire.LoadedNow(models):
                child.loaded = models
            case wire.MemoryNow(report):
                with self._changed:
                    child.memory = report
                    self._changed.notify_all()
            case wire.ReadNow():
                with self._changed:
                    child.read = message
                    self._changed.notify_all()

    def _happened(self, child: _Child, number: int, event: Event) -> None:
        with self._changed:
            run = child.runs[number]
            run.alive = run.alive if run.computing else time.monotonic()
            run.computing = run.computing or not isinstance(event, Loading)
            if isinstance(event, Cancelled) and run.timed_out:
                event = self._too_long()
            if is_last := isinstance(event, FINAL):
                del child.runs[number]
        (run.end if is_last else run.on_event)(event)

    def _bury(self, child: _Child, status: int) -> None:
        """Tell every run of a dead child how it ended."""
        with self._changed:
            child.gone = True
            child.loaded = frozenset()
            runs = list(child.runs.values())
            child.runs.clear()
            self._changed.notify_all()
        child.wire.close()
        if not self._closed:
            how = "did not answer any more and was ended" if child.stuck else f"ended with status {status}"
            log.error("The worker %s under %d jobs.", how, len(runs))
        for run in runs:
            if run.timed_out:
                run.end(self._too_long())
            else:
                ended = _STUCK if child.stuck else _DIED
                run.end(Cancelled() if run.cancelled else ended)

    # -- stopping what does not stop ----------------------------------------------------------------

    def cancel(self, number: int) -> None:
        """Stop the run with this number; harmless after its end."""
        with self._changed:
            child = self._child
            run = child.runs.get(number) if child is not None else None
            if child is None or run is None:
                return
            run.cancelled = run.cancelled or time.monotonic()
        self._tell(child, wire.Cancel(number))

    def control(self, number: int, told: RunControl) -> None:
        """Tell the training with this number something; harmless after its end."""
        with self._changed:
            child = self._child
            if child is None or number not in child.runs:
                return
        self._tell(child, wire.Tell(number, told))

    def _watch(self) -> None:
        """Cancel runs that take too long, and replace the child when one does not stop."""
        while not self._closed:
            time.sleep(_TICK)
            now = time.monotonic()
            with self._changed:
                child = self._child
                runs = list(child.runs.values()) if child is not None else []
                late = [
                    r for r in runs if not r.cancelled and now - r.alive > self._settings.job_timeout_seconds
                ]
                deaf = [r for r in runs if r.cancelled and now - r.cancelled > self._grace]
                for run in late:
                    run.timed_out = True
            for run in late:
                self.cancel(run.number)
            if child is not None and deaf:
                log.error("A job did not stop within %.0f s; its worker is replaced.", self._grace)
                child.process.kill()

    def _too_long(self) -> Failed:
        minutes = round(self._settings.job_timeout_seconds / 60, 1)
        return Failed(Problem("timeout", "error.timeout", {"minutes": f"{minutes:g}"}))
