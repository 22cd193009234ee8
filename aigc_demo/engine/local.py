"""The engine in this process: leases a model, runs its pipeline in a thread, passes on its events.

Knows what ends a run and how it is told: success, a visitor's error, memory that ran out (freed and
tried once more in a smaller place), a visitor's stop, a bug (with a reference into the log).
Knows nothing of queues, of who asked, or of where results are kept.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from aigc_demo import catalog
from aigc_demo.engine import FINAL, MemoryReport, OnEvent, devices, memory, run_folders
from aigc_demo.engine.channel import Channel
from aigc_demo.engine.explaining import explained
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.types import (
    Cancelled,
    CancelledByVisitor,
    Event,
    Failed,
    Finished,
    Loading,
    ModelSpec,
    Output,
    Params,
    Paused,
    PausedByVisitor,
    Placement,
    Problem,
    Reading,
    Request,
    RunContext,
    UserError,
)

log = logging.getLogger(__name__)


class LocalRun:
    """A run of :class:`LocalEngine`: whoever waits for its end passes its events on."""

    def __init__(self, channel: Channel, on_event: OnEvent) -> None:
        self._channel = channel
        self._on_event = on_event
        self.close = channel.close
        self.control = channel.control

    def wait(self) -> Event:
        """Pass every event on, to the last, and return that; see :class:`aigc_demo.engine.Run`."""
        for event in self._channel:
            if isinstance(event, FINAL):
                return event
            self._on_event(event)
        raise RuntimeError("Somebody else has waited for this run.")


class LocalEngine:
    """Runs requests in threads of this process.

    Args:
        settings: budget, devices, cache, and which models there are.
        find: how a model id becomes a declaration; without, the catalog of these settings.
        patience: seconds that a training gives way to others, at most, before it takes one step.
    """

    def __init__(
        self,
        settings: Settings,
        find: Callable[[str], ModelSpec] | None = None,
        *,
        patience: float = 2.0,
    ) -> None:
        self._settings = settings
        self._find = find or catalog.of(settings).model
        self._patience = patience
        self._running: dict[Channel, str] = {}
        self._training: set[Channel] = set()
        self._lock = threading.Condition()
        self._reading = threading.Lock()
        self.pool = ModelPool(settings, threads=self.threads)

    def run(self, request: Request, on_event: OnEvent) -> LocalRun:
        """Start computing in a thread; see :class:`aigc_demo.engine.Engine`."""
        channel = Channel()
        with self._lock:
            self._running[channel] = request.model
        name = f"run-{request.model}"
        threading.Thread(target=self._serve, args=(request, channel), name=name, daemon=True).start()
        return LocalRun(channel, on_event)

    def loaded(self) -> frozenset[str]:
        """Ids of the resident models."""
        return self.pool.loaded()

    def memory(self) -> MemoryReport:
        """What is resident and how much may be."""
        return MemoryReport(
            rss=memory.rss(),
            budget=devices.budget(self._settings),
            models=self.pool.counted(),
            device=devices.accelerator(self._settings),
        )

    def threads(self, model_id: str) -> int:
        """CPU threads for one step of this model now: its lane's share, and what no other lane is using."""
        each = devices.threads(self._settings)
        others = sum(model != model_id for model in list(self._running.values()))
        return max(each, devices.cores() - each * others)

    def unload(self, model_id: str | None = None) -> None:
        """Drop one idle model, or all idle ones."""
        self.pool.unload(model_id)

    def warm(self, model_id: str | None = None) -> None:
        """Load a model ahead; see :class:`aigc_demo.engine.Engine`."""
        if model_id is not None:
            threading.Thread(
                target=self.pool.warm, args=(self._find(model_id),), name=f"warm-{model_id}", daemon=True
            ).start()

    def read(self, model_id: str, values: Mapping[str, Any]) -> Reading | None:
        """Ask a resident, idle model; see :class:`aigc_demo.engine.Engine`."""
        if not self._reading.acquire(blocking=False):
            return None
        try:
            with self.pool.idle(model_id) as pipeline:
                read = getattr(pipeline, "read", None)
                reading: Reading | None = None if read is None else read(values)
                return reading
        except Exception:
            log.exception("%s could not read a request.", model_id)
            return None
        finally:
            self._reading.release()

    def close(self) -> None:
        """Stop everything that runs and give all memory back."""
        with self._lock:
            running = list(self._running)
        for channel in running:
            channel.close()
        self.pool.close()

    def _serve(self, request: Request, channel: Channel) -> None:
        final = self._outcome(request, channel)
        with self._lock:
            self._running.pop(channel, None)
            self._training.discard(channel)
            idle = not self._running
            self._lock.notify_all()
        channel.push(final)
        if idle:
            memory.trim()

    def _outcome(self, request: Request, channel: Channel) -> Event:
        try:
            return self._compute(request, channel)
        except CancelledByVisitor:
            return Cancelled()
        except PausedByVisitor:
            return Paused()
        except UserError as error:
            return Failed(error.problem)
        except BaseException:  # a thread's last stop: whatever it is, the visitor gets an answer
            reference = secrets.token_hex(4)
            log.exception("Job failed, reference %s (model %s).", reference, request.model)
            return Failed(Problem("internal", "error.internal"), reference)

    def _compute(self, request: Request, channel: Channel) -> Finished:
        """One try where the model belongs; if memory runs out, one more in a smaller place."""
        spec = request.spec or self._find(request.model)
        placement: Placement | None = None
        for _ in range(2):
            try:
                return self._once(request, spec, placement, channel)
            except Exception as error:
                if not devices.is_out_of_memory(error):
                    raise
                log.warning("Memory ran out with %s (%s).", spec.id, error)
            # Only here, outside "except", are the frames that held tensors gone.
            self.pool.unload()
            memory.give_back()
            placement = devices.shrink(placement or devices.place(spec, self._settings), spec, self._settings)
            if placement is None:
                break
        raise UserError("out_of_memory", "error.out_of_memory", status=503, name=spec.name)

    def _once(
        self, request: Request, spec: ModelSpec, placement: Placement | None, channel: Channel
    ) -> Finished:
        def progress(done: int, total: int | None) -> None:
            channel.emit(Loading(spec.id, done, total))

        channel.check()
        with self.pool.lease(spec, progress, channel.check, placement) as lease:
            began = time.perf_counter()
            if spec.trains:
                outputs = self._train(request, channel, lease.pipeline)
            elif request.item is not None:
                outputs = explained(spec, lease.pipeline, request, channel.emit)
            else:
                outputs = lease.pipeline(request.params, channel.emit)
            seconds = time.perf_counter() - began
        if request.item is None:
            outputs = accounted(spec, request.params, tuple(outputs))
        return Finished(tuple(outputs), seconds, lease.load_seconds)

    def _train(
        self, request: Request, channel: Channel, pipeline: Callable[..., tuple[Output, ...]]
    ) -> tuple[Output, ...]:
        with self._lock:
            self._training.add(channel)
        folder = None if request.job is None else run_folders.made(self._settings, request.job)
        context = RunContext(folder, channel.controls, partial(self._give_way, channel))
        return pipeline(request.params, channel.emit, context)

    def _give_way(self, channel: Channel) -> None:
        """Come back when fewer other jobs compute than there are slots for, or at the end of the patience."""
        deadline = time.monotonic() + self._patience
        with self._lock:
            while len(self._running) - len(self._training) >= self._settings.slot_count:
                channel.check()
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._lock.wait(min(left, 0.1))


def accounted(spec: ModelSpec, params: Params, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """The outputs, the first with what of the request is in them, where its parameters declare that.

    A result is never lost for what is said of it.
    """
    if not params.account or not outputs:
        return outputs
    try:
        reading: Reading = catalog.resolve(params.account)(params, outputs, spec)
        told = reading.plain() if reading else {}
    except Exception:
        log.exception("Nothing can be said of what %s made of a request.", spec.id)
        return outputs
    first, *rest = outputs
    return (replace(first, meta={**first.meta, "request": told}), *rest) if told else outputs
