"""Films that are none: six frames whatever was asked for, for tests of everything around them."""

from __future__ import annotations

from aigc_demo.tasks.film import FilmParams, StoryParams
from aigc_demo.tasks.film.pipeline import Mover, Teller
from aigc_demo.types import Emit, LoadContext, Output


def load(_: LoadContext) -> Quick:
    """There is nothing to load."""
    return Quick()


def load_story(_: LoadContext) -> QuickStory:
    """There is nothing to load."""
    return QuickStory()


class Quick:
    """The real one for a quarter of a second."""

    def __call__(self, params: FilmParams, emit: Emit) -> tuple[Output, ...]:
        """A film of six frames."""
        return Mover()(params.model_copy(update={"seconds": 0.25}), emit)


class QuickStory:
    """The real one for a quarter of a second each."""

    def __call__(self, params: StoryParams, emit: Emit) -> tuple[Output, ...]:
        """A film of six frames a scene."""
        return Teller()(params.model_copy(update={"seconds": 0.25}), emit)
