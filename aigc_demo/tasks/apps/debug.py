"""A customer service that knows one word, for tests of everything else."""

from __future__ import annotations

from aigc_demo.tasks.apps.params import ServiceParams
from aigc_demo.types import Emit, LoadContext, Output, Progress


def load(_: LoadContext) -> DebugService:
    """Nothing is loaded."""
    return DebugService()


class DebugService:
    """Knows that what a question with the word "known" asks for is known."""

    def __call__(self, params: ServiceParams, emit: Emit) -> tuple[Output, ...]:
        """An answer, or none."""
        emit(Progress(1, 1))
        found = "composed" if "known" in params.question else "none"
        text = "It is known." if found == "composed" else ""
        told = {
            "found": found,
            "confidence": 0.5,
            "answer": text,
            "cited": [],
            "nearest": [],
            "pair": "",
        }
        return (
            Output(
                "text", "answer.txt", "text/plain; charset=utf-8", text=text or "It is not known.", meta=told
            ),
        )
