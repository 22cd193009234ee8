"""Borrowing a ZeroGPU Space's GPU: one call at a time, in a process forked for it.

Knows the ``spaces`` package's terms: models are on "cuda" before the page opens, the decorated call runs in
a fork, only its arguments and what it yields cross over, the visitor's quota is that of the token in
Gradio's current request, and the seconds asked for must still be left of it. Knows nothing of jobs.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aigc_demo.engine import devices, gpu_refusals
from aigc_demo.engine.channel import Channel
from aigc_demo.engine.gpu_seconds import GpuSeconds
from aigc_demo.engine.gpu_tokens import HEADER, GpuToken
from aigc_demo.types import (
    Cancelled,
    CancelledByVisitor,
    Emit,
    Event,
    Failed,
    Finished,
    ModelSpec,
    Output,
    Params,
    Pipeline,
    Problem,
    UserError,
)


@dataclass(frozen=True)
class Begun:
    """The first word of a call from its fork: whether that was made for it."""

    fresh: bool


@dataclass(frozen=True)
class Borrowed:
    """What a call made, and the seconds of the GPU that it took."""

    outputs: tuple[Output, ...]
    seconds: float


Stream = Callable[[Params, float], Iterator[Begun | Event]]


class ZeroGpu:
    """Pipelines that are called on a borrowed GPU, each by a decorated function of its own.

    A fork is used again for the same function only, so that it always holds the function's model.
    """

    def __init__(self) -> None:
        self._spaces = importlib.import_module("spaces")
        self._spaces.GPU(_nothing)  # a Space where nothing is decorated when the page opens counts as broken
        self._specs: dict[str, ModelSpec] = {}
        self._streams: dict[str, Stream] = {}
        self.seconds = GpuSeconds()

    @property
    def kept(self) -> frozenset[str]:
        """Ids of the models that can be called."""
        return frozenset(self._streams)

    def keep(self, spec: ModelSpec, pipeline: Pipeline) -> None:
        """Make a loaded pipeline callable; its weights are in every fork from now on."""
        self._specs[spec.id] = spec
        borrow = self._spaces.GPU(duration=_asked)
        self._streams[spec.id] = borrow(_in_fork(spec, pipeline))

    def __call__(self, model_id: str, params: Params, emit: Emit, token: GpuToken | None) -> Borrowed:
        """Run a kept pipeline on the borrowed GPU, passing its events on to ``emit``.

        Args:
            model_id: which of those kept.
            params: what is asked for.
            emit: gets the events; raises to stop.
            token: on whose quota; without, on what all those share who have none.

        Raises:
            UserError: no GPU was lent, or what the pipeline raised.
            CancelledByVisitor: ``emit`` did; the borrowed process is told to stop.
        """
        asked = self.seconds.ask(self._specs[model_id], params)
        _become(token)
        call = _Call(self.seconds, model_id, params, asked)
        try:
            with contextlib.closing(self._streams[model_id](params, asked)) as events:  # type: ignore[type-var]
                return call.followed(events, emit)
        except (UserError, CancelledByVisitor):
            raise
        except Exception as error:
            call.ended_early()
            raise gpu_refusals.as_user_error(error, own_quota=token is not None) from error


class _Call:
    """One call as it is followed and measured."""

    def __init__(self, seconds: GpuSeconds, model_id: str, params: Params, asked: int) -> None:
        self._seconds, self._model_id, self._params, self._asked = seconds, model_id, params, asked
        self._sent = time.monotonic()
        self._begun: float | None = None

    def followed(self, events: Iterator[Begun | Event], emit: Emit) -> Borrowed:
        outputs: tuple[Output, ...] | None = None
        for event in events:
            match event:
                case Begun(fresh):
                    self._begun = time.monotonic()
                    if fresh:
                        self._seconds.started(self._model_id, self._begun - self._sent)
                case Finished(made):
                    outputs = made
                case Failed(problem):
                    raise UserError(problem.code, problem.key, field=problem.field, **problem.values)
                case Cancelled():
                    raise CancelledByVisitor
                case _:
                    emit(event)  # type: ignore[arg-type]
        if outputs is None:
            raise UserError("gpu_taken_back", "error.gpu_taken_back", status=503, retry_after=60)
        seconds = self._since_begun()
        self._seconds.took(self._model_id, self._params, seconds)
        return Borrowed(outputs, seconds)

    def ended_early(self) -> None:
        """The next call like one that was ended because its time was over asks for more."""
        seconds = self._since_begun()
        if seconds >= 0.8 * self._asked:
            self._seconds.took(self._model_id, self._params, 1.5 * seconds)

    def _since_begun(self) -> float:
        return 0.0 if self._begun is None else time.monotonic() - self._begun


def _nothing() -> None:
    """Needs no GPU."""


def _asked(params: Params, seconds: float) -> int:
    """The ``duration`` of a call, from its own arguments."""
    return max(1, round(seconds / _factor()))


def _factor() -> float:
    """What ``spaces`` multiplies a duration by on this GPU; our seconds were measured on this very one."""
    try:
        return float(importlib.import_module("spaces.zero.config").get_config()["duration_factor"]) or 1.0
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        return 1.0


def _become(token: GpuToken | None) -> None:
    """Make a request with this token Gradio's current one, for this thread alone."""
    from starlette.requests import Request

    headers = [(b"x-gradio-user", b"app")]
    if token is not None:
        headers.append((HEADER.encode(), token.text.encode()))
    context = importlib.import_module("gradio.context").LocalContext
    context.request.set(Request({"type": "http", "headers": headers}))


def _in_fork(spec: ModelSpec, pipeline: Pipeline) -> Stream:
    """The generator that ``spaces`` runs: the pipeline's pushed events, pulled."""
    served: set[int] = set()

    def stream(params: Params, seconds: float) -> Iterator[Begun | Event]:
        yield Begun(os.getpid() not in served)
        served.add(os.getpid())
        channel = Channel()
        thread = threading.Thread(target=_compute, args=(spec, pipeline, params, channel), daemon=True)
        thread.start()
        try:
            yield from channel
        finally:
            channel.close()
            thread.join()

    return stream


def _compute(spec: ModelSpec, pipeline: Pipeline, params: Params, channel: Channel) -> None:
    try:
        channel.push(Finished(pipeline(params, channel.emit)))
    except CancelledByVisitor:
        channel.push(Cancelled())
    except UserError as error:
        channel.push(Failed(error.problem))
    except BaseException as error:  # the last stop of a thread
        if devices.is_out_of_memory(error):
            channel.push(Failed(Problem("out_of_memory", "error.out_of_memory", {"name": spec.name})))
            return
        channel.push(Failed(Problem("internal", "error.internal")))
        raise  # into the Space's own log
