"""The most telling sentences of a text: near to what all of it is about, and not saying the same.

Knows sentence vectors (centroid of Radev et al. 2004, maximal marginal relevance of Carbonell and Goldstein
1998). What it gives stands word for word in the source, so that no name and no number can be wrong.
"""

from __future__ import annotations

import numpy as np

from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.network import Floats
from aigc_demo.language.sentences import Sentence, language_of, sentences
from aigc_demo.tasks.summary import SummaryParams
from aigc_demo.types import Emit, LoadContext, Output, Progress, says_something

AT_ONCE = 32
"""Sentences that are read before it is told how far it is."""
LIKE = 0.4
"""How much likeness to what is chosen already counts against a sentence."""
SAME = 0.95
"""Sentences as near as this say the same: the second comes last."""
FIRST = 0.02
"""What the first sentence is worth beyond its meaning: it mostly says what a text is about."""


def load(context: LoadContext) -> Summariser:
    """With EmojiFlow's text encoder."""
    return Summariser(SentenceEncoder(context.path))


class Summariser:
    """Chooses sentences."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder

    def __call__(self, params: SummaryParams, emit: Emit) -> tuple[Output, ...]:
        """The chosen sentences as a text, and where each stands in the source."""
        found = [one for one in sentences(params.prompt) if says_something(one.text)]
        for at in range(0, len(found), AT_ONCE):  # kept by the encoder
            emit(Progress(at, len(found)))
            self._encoder([one.text for one in found[at : at + AT_ONCE]], "passage")
        chosen = self.chosen(found, params.sentences)
        space = "" if language_of(params.prompt) == "zh" else " "
        text = space.join(one.text for one in chosen)
        told = {"lit": [[one.start, one.end] for one in chosen], "of": len(found)}
        return (Output("text", "text.txt", "text/plain; charset=utf-8", text=text, meta=told),)

    def chosen(self, found: list[Sentence], count: int) -> list[Sentence]:
        """The most telling sentences, at most ``count``, in the order of the text."""
        if len(found) <= count:
            return found
        vectors = self._encoder([one.text for one in found], "passage")
        worth: Floats = vectors @ vectors.mean(0)
        worth = (worth - worth.min()) / max(float(np.ptp(worth)), 1e-6) * np.float32(0.1)
        worth[0] += FIRST
        about = vectors - vectors.mean(0)
        about /= np.maximum(np.linalg.norm(about, axis=1, keepdims=True), 1e-6)
        taken: list[int] = []
        while len(taken) < count:
            like = np.maximum(about @ about[taken].T, 0).max(1) if taken else np.zeros(len(found))
            score = worth - np.float32(LIKE * 0.1) * like
            if taken:
                score[(vectors @ vectors[taken].T).max(1) > SAME] -= 1.0  # themselves too
            score[taken] = -np.inf
            taken.append(int(score.argmax()))
        return [found[at] for at in sorted(taken)]
