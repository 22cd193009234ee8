"""The engine's contract: what runs a request, and how whoever asked follows and stops it.

Knows the protocol and which implementation the settings name. Imports no torch: the work happens
in :mod:`local`, which :mod:`process` keeps in a child process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aigc_demo.engine.gpu_tokens import GpuTokens
from aigc_demo.settings import Settings
from aigc_demo.types import Cancelled, Event, Failed, Finished, Paused, Reading, Request, RunControl

FINAL = (Finished, Failed, Cancelled, Paused)
"""The events that end a run."""

OnEvent = Callable[[Event], None]
"""Gets a run's passing events in order, one at a time, on whichever thread; it must not wait for anything."""


class Run(Protocol):
    """A request that is being computed."""

    def wait(self) -> Event:
        """Block to the end and return the final event, which is one of :data:`FINAL`.

        It comes only once the computation has really stopped, so its place is free. To be called once.
        """
        ...

    def close(self) -> None:
        """Cancel: from any thread, at any time, without waiting. Harmless after the end."""
        ...

    def control(self, told: RunControl) -> None:
        """Tell a training something: from any thread, without waiting. Harmless after the end."""
        ...


@dataclass(frozen=True)
class MemoryReport:
    """What is resident, in bytes. ``models`` holds what each loaded model is counted with."""

    rss: int = 0
    budget: int = 0
    models: dict[str, int] = field(default_factory=dict)
    device: str = "cpu"


class Engine(Protocol):
    """Whatever can compute a request."""

    def run(self, request: Request, on_event: OnEvent) -> Run:
        """Start computing at once; what happens on the way goes to ``on_event``, while somebody waits.

        Never raises for a bad model or a fault: the run then ends with Failed.
        """
        ...

    def loaded(self) -> frozenset[str]:
        """Ids of the models that are resident now, for choosing the next job. Never blocks."""
        ...

    def memory(self) -> MemoryReport:
        """What is resident and how much may be."""
        ...

    def unload(self, model_id: str | None = None) -> None:
        """Drop one idle model, or all idle models."""
        ...

    def warm(self, model_id: str | None = None) -> None:
        """Prepare in the background what the first run would otherwise wait for.

        A model is loaded only if its files are here and it fits beside those that are loaded: nothing leaves
        for one that nobody has asked for yet.
        """
        ...

    def read(self, model_id: str, values: Mapping[str, Any]) -> Reading | None:
        """What a model makes of a request's words, before anything is computed for it.

        Only of a model that is resident and works for nobody, one request at a time and within a second:
        else, and where it does not say, None.
        """
        ...

    def close(self) -> None:
        """Stop everything that runs and give all memory back."""
        ...


def make_engine(settings: Settings, tokens: GpuTokens | None = None) -> Engine:
    """The engine for these settings; one that can borrow, where a GPU is lent (on ZeroGPU).

    Args:
        settings: which engine, and everything it needs.
        tokens: on whose quota a job borrows.
    """
    if settings.zero_gpu:
        from aigc_demo.engine.lending import LendingEngine

        return LendingEngine(settings, tokens or GpuTokens())
    if settings.engine == "inline":
        from aigc_demo.engine.local import LocalEngine

        return LocalEngine(settings)
    from aigc_demo.engine.process import ProcessEngine

    return ProcessEngine(settings)
