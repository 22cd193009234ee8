"""A film that is none: six frames whatever was asked for, for tests of everything around it."""

from __future__ import annotations

from aigc_demo.tasks.film import FilmParams
from aigc_demo.tasks.film.pipeline import Mover
from aigc_demo.types import Emit, LoadContext, Output


def load(_: LoadContext) -> Quick:
    """There is nothing to load."""
    return Quick()


class Quick:
    """The real one for a quarter of a second."""

    def __call__(self, params: FilmParams, emit: Emit) -> tuple[Output, ...]:
        """A film of six frames."""
        return Mover()(params.model_copy(update={"seconds": 0.25}), emit)
