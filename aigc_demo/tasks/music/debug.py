"""Composers that are none: tiny random networks on the path of the real ones, for tests of the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aigc_demo import decoding
from aigc_demo.tasks.music import chorale_tokens, tokens
from aigc_demo.tasks.music.composer import Composer, tiny
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.types import Emit, LoadContext, Output

if TYPE_CHECKING:
    from aigc_demo.tasks.music.params import ScoreParams


def folk(context: LoadContext) -> Slowed:
    """As FolkGPT; option ``delay`` is a pause in seconds at each event."""
    return Slowed(
        FolkPipeline(_composer(tokens), context.spec.id), float(context.spec.options.get("delay", 0))
    )


def chorale(context: LoadContext) -> Slowed:
    """As ChoraleGPT."""
    from aigc_demo.tasks.music.chorale import ChoralePipeline

    result = ChoralePipeline(_composer(chorale_tokens), context.spec.id)
    return Slowed(result, float(context.spec.options.get("delay", 0)))


def _composer(words: Any) -> Composer:
    end, begin, pad = (words.ID[word] for word in (words.EOS, words.BOS, words.PAD))
    return Composer(decoding.decoder(tiny(words.WORDS, end=end, begin=begin, pad=pad).eval()), end)


class Slowed:
    """A pipeline that takes its time, so that there is something to stop."""

    def __init__(self, pipeline: Any, delay: float) -> None:
        self.pipeline, self._delay = pipeline, delay

    def __call__(self, params: ScoreParams, emit: Emit) -> tuple[Output, ...]:
        """Run the pipeline, pausing at each event."""
        result: tuple[Output, ...] = self.pipeline(params, self.paused(emit))
        return result

    def paused(self, emit: Emit) -> Emit:
        """The same with a pause before each event."""

        def later(event: Any) -> None:
            time.sleep(self._delay)
            emit(event)

        return later
