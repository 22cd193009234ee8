"""The models in memory: loaded when first asked for, held while they work, gone when not needed.

Knows leases, the byte budget, who was used least recently, and how to give memory back. Knows
nothing of requests or events. Every method may be called from any thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from aigc_demo import catalog
from aigc_demo.engine import compiler, devices, memory, sources
from aigc_demo.settings import Settings
from aigc_demo.types import LoadContext, ModelSpec, Pipeline, Placement

log = logging.getLogger(__name__)

LOADING = threading.Lock()
"""One model is imported, loaded or moved at a time: accelerate's ``init_empty_weights`` patches torch for the
whole process while it runs.
"""


class _NoRoomError(Exception):
    """A model that nobody waits for is not loaded: another would have to leave."""


@dataclass
class Resident:
    """A loaded model.

    ``counted`` bytes are held against the budget, ``measured`` is what RSS grew by while it was loaded
    (mapped weights appear there only once they are used).
    """

    spec: ModelSpec
    pipeline: Pipeline
    placement: Placement
    counted: int
    measured: int
    load_seconds: float
    used: float = field(default=0.0)


@dataclass(frozen=True)
class Lease:
    """A model at one's exclusive disposal. ``load_seconds`` is 0 where it was loaded already."""

    pipeline: Pipeline
    placement: Placement
    load_seconds: float


class ModelPool:
    """Loaded models within a budget.

    Args:
        settings: budget, idle time, cache.
        clock: seconds, for tests of idleness.
        threads: how many CPU threads a model may use now, by its id; without, one lane's share.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        threads: Callable[[str], int] | None = None,
    ) -> None:
        self._settings = settings
        self._threads = threads or (lambda model_id: devices.threads(settings))
        self._clock = clock
        self._resident: dict[str, Resident] = {}
        self._leased: Counter[str] = Counter()
        self._preparing: set[str] = set()
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._sweeper: threading.Thread | None = None
        self.on_change: Callable[[frozenset[str]], None] = lambda models: None
        """Called, on any thread, with the ids of the resident models whenever these change."""

    # -- asking ---------------------------------------------------------------------------------

    def loaded(self) -> frozenset[str]:
        """Ids of the resident models."""
        with self._changed:
            return frozenset(self._resident)

    def counted(self) -> dict[str, int]:
        """Bytes that each resident model is counted with."""
        with self._changed:
            return {name: max(item.counted, item.measured) for name, item in self._resident.items()}

    # -- leasing --------------------------------------------------------------------------------

    @contextmanager
    def lease(
        self,
        spec: ModelSpec,
        progress: Callable[[int, int | None], None] = lambda done, total: None,
        check: Callable[[], None] = lambda: None,
        placement: Placement | None = None,
    ) -> Iterator[Lease]:
        """Hold a model, loading it first if need be; at most ``spec.concurrency`` holders at once.

        Args:
            spec: the model.
            progress: bytes fetched or read so far, and in all; may raise to stop.
            check: called while waiting; raises to stop.
            placement: where it must be instead of where it would go; another place reloads it.

        Raises:
            UserError: it fits nowhere, or its files cannot be had.
        """
        self._claim(spec, check)
        try:
            yield self._ready(spec, progress, check, placement)
        finally:
            self._release(spec.id)

    @contextmanager
    def idle(self, model_id: str) -> Iterator[Pipeline | None]:
        """Hold a resident model that nobody works with, without waiting; None where there is none."""
        with self._changed:
            busy = self._leased[model_id] or model_id in self._preparing
            item = None if busy else self._resident.get(model_id)
            if item is not None:
                self._leased[model_id] += 1
        try:
            yield None if item is None else item.pipeline
        finally:
            if item is not None:
                self._release(model_id)

    def warm(self, spec: ModelSpec) -> None:
        """Load a model that nobody has asked for yet, if its files are here and nothing has to leave for it.

        Whatever goes wrong is told to who asks for the model in earnest.
        """

        def only_if_there_is_room() -> None:
            if spec.id in self._resident or not self._has_room(spec, devices.place(spec, self._settings)):
                raise _NoRoomError

        if not sources.installed(spec, self._settings):
            return
        try:
            with self.lease(spec, check=only_if_there_is_room):
                pass
        except _NoRoomError:
            log.debug("%s is not loaded ahead.", spec.id)
        except Exception:
            log.warning("%s could not be loaded ahead.", spec.id, exc_info=True)

    def _claim(self, spec: ModelSpec, check: Callable[[], None]) -> None:
        with self._changed:
            while self._leased[spec.id] >= spec.concurrency:
                self._changed.wait(0.1)
                check()
            self._leased[spec.id] += 1

    def _release(self, model_id: str) -> None:
        with self._changed:
            self._leased[model_id] -= 1
            if model_id in self._resident:
                self._resident[model_id].used = self._clock()
            self._changed.notify_all()

    @contextmanager
    def _only_one_prepares(self, model_id: str, check: Callable[[], None]) -> Iterator[None]:
        """Of several holders of one model, the first loads it and the others wait."""
        with self._changed:
            while model_id in self._preparing:
                self._changed.wait(0.1)
                check()
            self._preparing.add(model_id)
        try:
            yield
        finally:
            with self._changed:
                self._preparing.discard(model_id)
                self._changed.notify_all()

    def _ready(
        self,
        spec: ModelSpec,
        progress: Callable[[int, int | None], None],
        check: Callable[[], None],
        placement: Placement | None,
    ) -> Lease:
        with self._only_one_prepares(spec.id, check):
            item = self._resident.get(spec.id)
            if item is not None and placement in (None, item.placement):
                return Lease(item.pipeline, item.placement, 0.0)
            if item is not None:
                del item
                self._discard([self._resident.pop(spec.id)])
            item = self._bring_in(spec, progress, check, placement or devices.place(spec, self._settings))
        return Lease(item.pipeline, item.placement, item.load_seconds)

    def _bring_in(
        self,
        spec: ModelSpec,
        progress: Callable[[int, int | None], None],
        check: Callable[[], None],
        where: Placement,
    ) -> Resident:
        """Fetch, make room, load: in this order, so that nothing leaves for a model that never comes."""
        began = time.perf_counter()
        progress(0, None)
        path = sources.fetch(spec, self._settings, progress)
        extras = {name: sources.fetch_extra(spec, name, self._settings, progress) for name in spec.extras}
        self._make_room(spec, where, check)
        while not LOADING.acquire(timeout=0.1):
            check()
        try:
            item = self._load(spec, where, progress, path, extras)
        finally:
            LOADING.release()
        item.load_seconds = time.perf_counter() - began
        with self._changed:
            self._resident[spec.id] = item
        self.on_change(self.loaded())
        self._start_sweeper()
        return item

    def _load(
        self,
        spec: ModelSpec,
        where: Placement,
        progress: Callable[[int, int | None], None],
        path: Path,
        extras: Mapping[str, Path],
    ) -> Resident:
        before = memory.rss()
        with sources.alone(spec, self._settings, progress):
            sources.check_work(spec, self._settings)
            factory = catalog.resolve(spec.pipeline)
            work = sources.work(spec, self._settings)
            compilers = partial(compiler.compilers, self._settings, progress)
            pipeline = factory(
                LoadContext(
                    spec,
                    path,
                    work,
                    where,
                    progress,
                    extras,
                    settings=self._settings,
                    compilers=compilers,
                    threads=partial(self._threads, spec.id),
                )
            )
            sources.seal_work(spec, self._settings)
            memory.trim()
        counted = sum((where.max_memory or {}).values()) or devices.need(spec)
        return Resident(spec, pipeline, where, counted, max(0, memory.rss() - before), 0.0, self._clock())

    # -- making room ----------------------------------------------------------------------------

    def _make_room(self, spec: ModelSpec, where: Placement, check: Callable[[], None]) -> None:
        """Unload the least recently used until the newcomer fits; wait for those that work."""
        while True:
            check()
            with self._changed:
                if not self._resident or self._has_room(spec, where):
                    return
                idle = [item for item in self._resident.values() if not self._leased[item.spec.id]]
                if not idle:
                    self._changed.wait(0.1)
                    continue
                victim = min(idle, key=lambda item: item.used).spec.id
                del idle
            self.unload(victim)

    def _has_room(self, spec: ModelSpec, where: Placement) -> bool:
        """Whether a model fits beside those that are loaded."""
        budget = devices.budget(self._settings)
        if where.device != "cpu":
            budget = max(budget, devices.gpu_budget(self._settings))
        wanted = sum((where.max_memory or {}).values()) or devices.need(spec)
        return sum(item.counted for item in list(self._resident.values())) + wanted <= budget

    def unload(self, model_id: str | None = None) -> None:
        """Drop one idle model, or all idle ones; what is leased stays."""
        with self._changed:
            chosen = [n for n in self._resident if model_id in (None, n) and not self._leased[n]]
            items = [self._resident.pop(name) for name in chosen]
        self._discard(items)

    def _discard(self, items: list[Resident]) -> None:
        if not items:
            return
        while items:
            item = items.pop()
            log.info("Unloading %s.", item.spec.id)
            close = getattr(item.pipeline, "close", None)
            if close is not None:
                close()
            del item, close
        memory.give_back()
        self.on_change(self.loaded())

    def sweep(self) -> None:
        """Unload what has been idle for longer than the settings allow."""
        limit = self._clock() - self._settings.idle_unload_seconds
        with self._changed:
            idle = [n for n, item in self._resident.items() if not self._leased[n] and item.used < limit]
        for name in idle:
            self.unload(name)

    def _start_sweeper(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep_now_and_then, name="idle-unload", daemon=True)
            self._sweeper.start()

    def _sweep_now_and_then(self) -> None:
        while not self._closed.wait(min(30.0, self._settings.idle_unload_seconds / 2)):
            self.sweep()

    def close(self) -> None:
        """Unload all idle models and stop looking for idle ones."""
        self._closed.set()
        self.unload(None)
