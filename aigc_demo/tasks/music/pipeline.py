"""What our composing pipelines share: a score is made, then every file of it.

Knows the last step. How a score comes to be is each pipeline's own.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import replace

from aigc_demo.tasks.music.composer import Composer
from aigc_demo.tasks.music.outputs import outputs
from aigc_demo.tasks.music.params import ChoraleParams
from aigc_demo.tasks.music.score import Score
from aigc_demo.types import Emit, Output


class ScorePipeline(ABC):
    """Makes one piece at a time.

    Args:
        composer: the model, which says the words of its own tokens.
        name: the model's id, for what the files say of themselves.
    """

    def __init__(self, composer: Composer, name: str) -> None:
        self.composer, self._name = composer, name

    def __call__(self, params: ChoraleParams, emit: Emit) -> tuple[Output, ...]:
        """Make what ``params.action`` asks for; the score so far is emitted after every bar."""
        began = time.perf_counter()
        score, metadata = self.score(params, emit)
        metadata["compose_seconds"] = round(time.perf_counter() - began, 2)
        first, *rest = outputs(score, seed=params.seed, model=self._name, params=params.model_dump())
        return (replace(first, meta={**first.meta, **metadata}), *rest)

    @abstractmethod
    def score(self, params: ChoraleParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        """The finished score, and facts worth showing."""
