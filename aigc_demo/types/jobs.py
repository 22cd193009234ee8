"""One generation from wish to history: the request, what happens on the way, what was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aigc_demo.types.errors import Problem
from aigc_demo.types.models import Kind, Language, ModelSpec
from aigc_demo.types.params import Params
from aigc_demo.types.trainings import Training

Status = Literal["queued", "loading", "running", "done", "failed", "cancelled"]
"""The states of a job; the last three are final."""

FINAL: frozenset[Status] = frozenset({"done", "failed", "cancelled"})
ACTIVE: frozenset[Status] = frozenset({"queued", "loading", "running"})

LOOK = "explain"
"""What stands for the task in the row of a job that looks inside an item: its ``parent`` is that item."""


@dataclass(frozen=True)
class Request:
    """One wish, validated: its seed is resolved, so that history holds the true one.

    ``parent`` is the job it continues or varies, owned by the same visitor. ``job`` is the id of its row,
    once there is one. ``spec`` declares the model where the catalog does not: it is the visitor's own.
    ``item`` is what was made by this request already, where that is to be looked into instead.
    """

    task: str
    model: str
    params: Params
    owner: str
    language: Language = "en"
    parent: str | None = None
    job: str | None = None
    spec: ModelSpec | None = None
    item: StoredItem | None = None


@dataclass(frozen=True)
class Output:
    """One thing that was made: text, or the bytes of a file with its name and media type.

    ``meta`` holds small metadata worth showing (width, seconds, tokens per second); JSON values only.
    ``param_overrides`` are the parameters that make this one alone where they are not the wish's (a picture's
    seed in a batch).
    """

    kind: Kind
    name: str
    media_type: str
    text: str | None = None
    data: bytes | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    param_overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queued:
    """Waiting: ``place`` jobs are ahead; ``eta`` seconds to the start, None while unknown."""

    place: int
    eta: float | None = None


@dataclass(frozen=True)
class Loading:
    """The model is being fetched or read: bytes done and, where known, in all."""

    model: str
    done_bytes: int = 0
    total_bytes: int | None = None


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps (tokens, denoising steps, bars ...); ``eta`` in seconds."""

    done: int
    total: int
    eta: float | None = None


@dataclass(frozen=True)
class Partial:
    """What can be shown already: the text so far, a preview picture."""

    output: Output


@dataclass(frozen=True)
class Finished:
    """Success, with everything that was made; ``seconds`` of compute and of loading."""

    outputs: tuple[Output, ...]
    seconds: float = 0.0
    load_seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """The end without a result. ``reference`` finds the trace in the server's log.

    ``crashed`` is True where the worker died under the job, so that it may be tried once more.
    """

    problem: Problem
    reference: str | None = None
    crashed: bool = False


@dataclass(frozen=True)
class Cancelled:
    """The visitor stopped it."""


@dataclass(frozen=True)
class Paused:
    """A training was laid aside: its state is kept, its slot is free, and it goes on when it is told to."""


Event = Queued | Loading | Progress | Partial | Training | Paused | Finished | Failed | Cancelled
Emit = Callable[[Progress | Partial | Training], None]


@dataclass(frozen=True)
class StoredOutput:
    """A stored output as others see it: bytes live in the media store under ``job id / name``."""

    kind: Kind
    name: str
    media_type: str
    size: int
    text: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = field(default="", compare=False)


@dataclass(frozen=True)
class StoredItem:
    """What a job made, for whoever looks into it: its outputs, and where the file of each lies by name."""

    outputs: tuple[StoredOutput, ...]
    files: Mapping[str, Path] = field(default_factory=dict)

    def first(self, kind: Kind) -> StoredOutput | None:
        """The first output of a kind."""
        return next((output for output in self.outputs if output.kind == kind), None)


@dataclass(frozen=True)
class Job:
    """One generation from wish to history; the row, free of owner-only secrets.

    ``params`` is the plain dictionary of the task's parameters, seed included. Times are aware UTC.
    ``titled`` says that the title is the owner's own.
    """

    id: str
    owner: str
    task: str
    model: str
    status: Status
    params: Mapping[str, Any]
    language: Language
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    seconds: float | None = None
    load_seconds: float | None = None
    attempts: int = 0
    problem: Problem | None = None
    reference: str | None = None
    outputs: tuple[StoredOutput, ...] = ()
    title: str = ""
    titled: bool = False
    starred: bool = False
    parent: str | None = None

    @property
    def seed(self) -> int | None:
        """The seed it ran with."""
        return self.params.get("seed")


@dataclass(frozen=True)
class SharedItem:
    """A finished item as the page of its link shows it to one reader.

    ``job`` holds no more than its owner chose to show. Its files lie below the address ``files``; ``brought``
    are the addresses of pictures that it was made from, by parameter, None where one is not shown.
    """

    job: Job
    title: str
    language: Language
    files: str
    brought: Mapping[str, str | None] = field(default_factory=dict)

    def output(self, *names: str) -> StoredOutput | None:
        """The first output of one of these names, in this order."""
        found = {output.name: output for output in self.job.outputs}
        return next((found[name] for name in names if name in found), None)

    def address(self, output: StoredOutput) -> str:
        """Where a reader finds an output."""
        return self.files + output.name
