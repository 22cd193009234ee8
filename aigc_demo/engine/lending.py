"""The engine of a ZeroGPU Space: models on the GPU list borrow the GPU, all others compute on the processor.

Knows which model goes where. Our own models never ask for a GPU: they run in the worker process as on a
laptop, cost nobody's quota and answer whoever has none. Knows nothing of pages or queues.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aigc_demo import catalog
from aigc_demo.engine import MemoryReport, OnEvent, Run, devices
from aigc_demo.engine.channel import Channel
from aigc_demo.engine.gpu_tokens import GpuTokens
from aigc_demo.engine.local import LocalEngine, accounted
from aigc_demo.engine.process import ProcessEngine
from aigc_demo.engine.zerogpu import Borrowed, ZeroGpu
from aigc_demo.settings import Settings
from aigc_demo.types import Finished, ModelSpec, Output, Reading, Request, UserError

log = logging.getLogger(__name__)

TOKEN_PATIENCE = 4.0
"""Seconds that a job whose token has expired waits for its page to bring a fresh one."""


class BorrowingEngine(LocalEngine):
    """Runs requests on the borrowed GPU, with the models of the GPU list, all loaded by :meth:`preload`.

    Args:
        settings: the GPU list and everything else.
        tokens: of the visitors, by job.
    """

    def __init__(self, settings: Settings, tokens: GpuTokens) -> None:
        super().__init__(settings)
        self._tokens = tokens
        self._gpu = ZeroGpu()
        self._leases = contextlib.ExitStack()
        self._preloading = threading.Lock()
        self._tried: set[str] = set()

    def preload(self) -> None:
        """Load the models of the GPU list, each once; on the thread that imported ``spaces``.

        ``spaces`` takes "cuda" for granted on that thread only, and packs what is there when the page is
        launched: a model that could not be loaded by then is told of when it is asked for.
        """
        with self._preloading:
            for spec in devices.gpu_list(self._settings):
                if spec.id not in self._tried:
                    self._tried.add(spec.id)
                    self._load(spec)

    def _load(self, spec: ModelSpec) -> None:
        try:
            lease = self._leases.enter_context(self.pool.lease(spec))
        except Exception:
            log.exception("%s is on the GPU list and could not be loaded.", spec.id)
        else:
            self._gpu.keep(spec, lease.pipeline)

    def close(self) -> None:
        """Stop everything that runs and give all memory back."""
        self._leases.close()
        super().close()

    def _compute(self, request: Request, channel: Channel) -> Finished:
        spec = self._find(request.model)
        try:
            return self._borrow(spec, request, channel)
        except UserError as error:
            raise with_substitute(error, spec, request, self._settings) from error
        finally:
            if request.job is not None:
                self._tokens.forget(request.job)

    def _borrow(self, spec: ModelSpec, request: Request, channel: Channel) -> Finished:
        if spec.id not in self._gpu.kept:
            raise UserError("gpu_not_loaded", "error.gpu_not_loaded", status=503, name=spec.name)
        token = self._tokens.get(request.job, TOKEN_PATIENCE)
        channel.check()
        began = time.perf_counter()
        borrowed = self._gpu(spec.id, request.params, channel.emit, token)
        seconds = time.perf_counter() - began
        outputs = _told(borrowed, "own" if token is not None else "shared")
        return Finished(accounted(spec, request.params, outputs), seconds)


class LendingEngine:
    """Both engines as one; see :class:`aigc_demo.engine.Engine`.

    Args:
        settings: for both.
        tokens: of the visitors, by job.
    """

    def __init__(self, settings: Settings, tokens: GpuTokens) -> None:
        self.gpu = BorrowingEngine(settings, tokens)
        self.cpu = ProcessEngine(settings.model_copy(update={"device": "cpu"}))
        self._lent = frozenset(spec.id for spec in devices.gpu_list(settings))

    def run(self, request: Request, on_event: OnEvent) -> Run:
        """Start computing, where the model belongs."""
        return (self.gpu if self._is_lent(request) else self.cpu).run(request, on_event)

    def loaded(self) -> frozenset[str]:
        """Ids of the resident models."""
        return self.cpu.loaded() | self.gpu.loaded()

    def memory(self) -> MemoryReport:
        """What both hold; the device is the borrowed one."""
        ours, borrowed = self.cpu.memory(), self.gpu.memory()
        return replace(borrowed, rss=ours.rss + borrowed.rss, models=ours.models | borrowed.models)

    def unload(self, model_id: str | None = None) -> None:
        """Drop one idle model, or all idle ones; the GPU list stays, for it can't be loaded again."""
        self.cpu.unload(model_id)

    def warm(self, model_id: str | None = None) -> None:
        """Start the worker and load the GPU list; or load one of the worker's models ahead."""
        if model_id is None:
            self.cpu.warm()
            self.gpu.preload()
        elif model_id not in self._lent:
            self.cpu.warm(model_id)

    def read(self, model_id: str, values: Mapping[str, Any]) -> Reading | None:
        """Ask a model on the processor; a borrowed GPU answers calls only."""
        return None if model_id in self._lent else self.cpu.read(model_id, values)

    def close(self) -> None:
        """Stop everything that runs and give all memory back."""
        self.gpu.close()
        self.cpu.close()

    def _is_lent(self, request: Request) -> bool:
        return request.spec is None and request.model in self._lent


def substitute(spec: ModelSpec, language: str, settings: Settings) -> ModelSpec | None:
    """A model of the same task that needs no GPU, one that knows the language before others."""
    able = [
        other
        for other in catalog.of(settings).listed(spec.task, debug=spec.debug)
        if other.tier == "embedded" and not other.needs and not other.trains and other.debug == spec.debug
    ]
    return min(able, key=lambda other: language not in other.languages, default=None)


def with_substitute(error: UserError, spec: ModelSpec, request: Request, settings: Settings) -> UserError:
    """A refusal of the GPU with a model beside it that needs none; any other error as it is."""
    problem = error.problem
    other = substitute(spec, request.language, settings) if problem.code.startswith("gpu_") else None
    if other is None:
        return error
    values = {**problem.values, "name": spec.name, "instead": other.id}
    return UserError(problem.code, problem.key, status=error.status, retry_after=error.retry_after, **values)


def _told(borrowed: Borrowed, quota: str) -> tuple[Output, ...]:
    """The outputs, the first with what it took of whose quota."""
    if not borrowed.outputs:
        return borrowed.outputs
    first, *rest = borrowed.outputs
    meta = {**first.meta, "gpu_quota": quota, "gpu_seconds": round(borrowed.seconds, 1)}
    return (replace(first, meta=meta), *rest)
