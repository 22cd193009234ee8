"""What computes: a loaded model as a callable, and what its factory is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from aigc_demo.settings import Settings
from aigc_demo.types.jobs import Emit, Output
from aigc_demo.types.models import ModelSpec


@dataclass(frozen=True)
class Placement:
    """Where a model lives and how, decided by ``engine.devices`` before it is loaded.

    ``policy`` is cpu (whole model in RAM), gpu, gpu_small (CPU offload), ram_small (accelerate
    ``device_map`` with disk offload) or zerogpu (eager to cuda). ``dtype`` is a torch dtype's name.
    ``max_memory`` is accelerate's map (device -> bytes) and ``offload_dir`` its folder on disk.
    """

    policy: Literal["cpu", "gpu", "gpu_small", "ram_small", "zerogpu"] = "cpu"
    device: str = "cpu"
    dtype: str = "float32"
    max_memory: Mapping[str | int, int] | None = None
    offload_dir: Path | None = None


@dataclass(frozen=True)
class LoadContext:
    """What a factory is given: verified files, a folder for what it derives, a place, a progress.

    ``path`` is the folder or file that the first available source gave. ``work`` is a folder in the
    cache, private to the model, for converted weights. ``extras`` holds the folders of the declaration's
    further weights by name. ``progress(done, total)`` counts bytes and
    raises :class:`CancelledByVisitor` when nobody waits any more. ``settings`` are the installation's.
    ``threads`` answers how many CPU threads a pipeline may use now, at least one: it may be asked before each
    step.
    ``compilers`` are the commands of C compilers, each fetched only when it is asked for; None where nothing
    may be fetched.
    """

    spec: ModelSpec
    path: Path
    work: Path
    placement: Placement
    progress: Callable[[int, int | None], None]
    extras: Mapping[str, Path] = field(default_factory=dict)
    settings: Settings = field(kw_only=True)
    threads: Callable[[], int] = field(default=lambda: 1, kw_only=True)
    compilers: Callable[[], Iterable[Sequence[str]]] | None = field(default=None, kw_only=True)


class Pipeline(Protocol):
    """A loaded model: called with parameters, pushes events, returns what it made.

    It calls ``emit`` at every token or step; ``emit`` raises :class:`CancelledByVisitor` to stop it.
    It may offer ``close()`` to give back what garbage collection would not.
    """

    def __call__(self, params: Any, emit: Emit) -> tuple[Output, ...]:
        """Make what ``params`` asks for."""
        ...


Factory = Callable[[LoadContext], Pipeline]
