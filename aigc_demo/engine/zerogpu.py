"""Borrowing a ZeroGPU Space's GPU: one call at a time, in a process forked for it.

Knows the ``spaces`` package's terms: models are on "cuda" before the page opens, the decorated call
runs in a fork, only its arguments and what it yields cross over. Knows nothing of jobs. Where the
package is absent the call runs here, so that tests drive the same code.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Callable, Iterator
from typing import Any

from aigc_demo.engine.channel import Channel
from aigc_demo.types import (
    Cancelled,
    CancelledByVisitor,
    Emit,
    Event,
    Failed,
    Finished,
    Output,
    Pipeline,
    Problem,
    UserError,
)

CALL_SECONDS = 120
"""Asked for one call; a shorter wish is served sooner."""

Stream = Callable[[str, Any], Iterator[Event]]


class ZeroGpu:
    """Pipelines that were loaded before the fork, called by model id."""

    def __init__(self) -> None:
        self._pipelines: dict[str, Pipeline] = {}
        self._stream = _borrowing(self._in_fork)

    def keep(self, model_id: str, pipeline: Pipeline) -> None:
        """Make a loaded pipeline known; only those kept before the first call are seen in the fork."""
        self._pipelines[model_id] = pipeline

    def __call__(self, model_id: str, params: Any, emit: Emit) -> tuple[Output, ...]:
        """Run a kept pipeline on the borrowed GPU, passing its events on to ``emit``.

        Raises:
            UserError: what the pipeline raised.
            CancelledByVisitor: ``emit`` did; the borrowed process is told to stop.
        """
        for event in self._stream(model_id, params):
            match event:
                case Finished(outputs):
                    return outputs
                case Failed(problem):
                    raise UserError(problem.code, problem.key, field=problem.field, **problem.values)
                case _:
                    emit(event)  # type: ignore[arg-type]
        raise UserError("gpu_taken_back", "error.gpu_taken_back", status=503, retry_after=60)

    def _in_fork(self, model_id: str, params: Any) -> Iterator[Event]:
        """The generator that ``spaces`` runs: the pipeline's pushed events, pulled."""
        channel = Channel()

        def compute() -> None:
            try:
                channel.push(Finished(self._pipelines[model_id](params, channel.emit)))
            except CancelledByVisitor:
                channel.push(Cancelled())
            except UserError as error:
                channel.push(Failed(error.problem))
            except BaseException:  # the last stop of a thread; spaces shows the trace in its own log
                channel.push(Failed(Problem("internal", "error.internal")))
                raise

        threading.Thread(target=compute, name=f"gpu-{model_id}", daemon=True).start()
        try:
            yield from channel
        finally:
            channel.close()


def _borrowing(stream: Stream) -> Stream:
    """The generator, decorated where there is a GPU to borrow."""
    if importlib.util.find_spec("spaces") is None:
        return stream
    spaces = importlib.import_module("spaces")
    decorated: Stream = spaces.GPU(duration=CALL_SECONDS)(stream)
    return decorated
