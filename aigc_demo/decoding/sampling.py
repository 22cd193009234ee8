"""Choosing the next token from a model's scores.

Knows probabilities and token ids. Knows nothing of models, texts or other runs.

Each run has a generator of its own: the same seed gives the same tokens, whatever else runs beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aigc_demo.decoding import watermark
from aigc_demo.decoding.rng import Rng

NGRAM = 4
"""Tokens in a row that count as said again."""
NUCLEUS_GUESS = 1024
"""Tokens looked at first when only ``top_p`` limits the choice: sorting all of a large vocabulary
takes longer than a small model's step, and nearly always these hold enough probability.
"""

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    ``temperature`` 0 takes the likeliest. ``top_k`` 0 and ``top_p`` 1 do not limit the choice.
    ``repetition_penalty`` divides the score of what was said before (Keskar et al. 2019, CTRL);
    ``ngram_penalty`` is taken off the score of what would repeat four tokens of the new text, once for each
    time they stand there.
    ``mark`` is the key of a mark that the choice bears (:mod:`watermark`); empty for none. A temperature of 0
    bears none.
    """

    temperature: float = 0.7
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int = 0
    ngram_penalty: float = 0.0
    mark: bytes = b""


class Constraint(Protocol):
    """Rules about what may be said, for one run; asked once before each token."""

    def allowed(self, result: Sequence[int]) -> Mask | None:
        """Which tokens may come next, True for yes: (vocabulary,) bool; None where all may.

        Args:
            result: the new tokens so far, without the prompt.
        """
        ...


@dataclass(frozen=True)
class Weighed:
    """What a token is chosen from: ``probabilities`` (not normed) of ``tokens``, of all where that is None.

    ``allowed`` is what the rules left, None where they left everything.
    """

    probabilities: Floats
    tokens: Ids | None
    allowed: Mask | None


class Sampler:
    """Chooses tokens for one run; remembers what was said, and draws from a generator of its own.

    Args:
        how: how to choose.
        prompt: what was said before.
        constraint: what may be said at all; it comes before temperature, ``top_k`` and ``top_p``.
    """

    def __init__(self, how: Sampling, prompt: Iterable[int], constraint: Constraint | None = None) -> None:
        self.how = how
        self._constraint = constraint
        self._made: list[int] = []
        self._rng = Rng(how.seed)
        self._said = set(prompt)
        self._said_ids = np.array(sorted(self._said), np.int64)
        self._contexts: set[tuple[int, ...]] = set()
        self._followed: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)

    def __call__(self, logits: npt.NDArray[Any]) -> int:
        """The next token from the model's scores, a vector as long as the vocabulary.

        Raises:
            ValueError: the constraint leaves no token.
        """
        token = self.chosen(self.weighed(logits))
        self.note(token)
        return token

    def weighed(self, logits: npt.NDArray[Any]) -> Weighed:
        """What the next token is chosen from; nothing is drawn yet.

        Raises:
            ValueError: the constraint leaves no token.
        """
        scores = self._penalised(np.asarray(logits, np.float32))
        allowed = self._constraint.allowed(self._made) if self._constraint is not None else None
        if allowed is not None:
            if not allowed.any():
                raise ValueError(f"The constraint leaves no token after {len(self._made)} new ones.")
            scores = np.where(allowed, scores, np.float32(-np.inf))
        if self.how.temperature == 0:
            return Weighed(np.ones(1, np.float32), np.array([scores.argmax()], np.int64), allowed)
        probabilities, tokens = self._limited(scores)
        return Weighed(self._marked(probabilities, tokens), tokens, allowed)

    def chosen(self, weighed: Weighed) -> int:
        """Draw one of them; chance has moved on afterwards."""
        if self.how.temperature == 0 and weighed.tokens is not None:
            return int(weighed.tokens[0])
        choice = self._rng.choice(weighed.probabilities)
        return choice if weighed.tokens is None else int(weighed.tokens[choice])

    def note(self, token: int) -> None:
        """Take a token for said, whoever chose it."""
        if self.how.ngram_penalty:
            self._followed[self._last].append(token)
        if self.how.mark:
            self._contexts.add(tuple(self._made[-watermark.CONTEXT :]))
        self._made.append(token)
        if token not in self._said:
            self._said.add(token)
            self._said_ids = np.append(self._said_ids, token)

    @property
    def _last(self) -> tuple[int, ...]:
        return tuple(self._made[1 - NGRAM :])

    def _marked(self, probabilities: Floats, tokens: Ids | None) -> Floats:
        """Probabilities that bear the mark; as they are where it cannot be read again."""
        context = tuple(self._made[-watermark.CONTEXT :])
        if not self.how.mark or len(context) < watermark.CONTEXT or context in self._contexts:
            return probabilities
        ids = np.arange(len(probabilities)) if tokens is None else tokens
        return watermark.marked(
            probabilities, watermark.bits(watermark.context_key(self.how.mark, context), ids)
        )

    def _penalised(self, scores: Floats) -> Floats:
        scores = self._less_often(scores)
        if self.how.ngram_penalty and len(self._made) >= NGRAM - 1 and self._last in self._followed:
            scores = scores.copy()
            np.subtract.at(scores, self._followed[self._last], np.float32(self.how.ngram_penalty))
        return scores

    def _less_often(self, scores: Floats) -> Floats:
        penalty = np.float32(self.how.repetition_penalty)
        if penalty == 1.0:
            return scores
        said = scores[self._said_ids]
        scores = scores.copy()
        scores[self._said_ids] = np.where(said > 0, said / penalty, said * penalty)
        return scores

    def _limited(self, scores: Floats) -> tuple[Floats, Ids | None]:
        """Probabilities of some tokens, or of all: after temperature, ``top_k`` and ``top_p``."""
        scores = scores / np.float32(self.how.temperature)
        if self.how.top_k:
            tokens: Ids | None = largest(scores, self.how.top_k)
            probabilities = softmax(scores[tokens])
        elif self.how.top_p < 1.0:
            probabilities, tokens = self._likeliest(softmax(scores))
        else:
            probabilities, tokens = softmax(scores), None
        if tokens is not None and self.how.top_p < 1.0:
            mass = probabilities.cumsum(dtype=np.float64).astype(np.float32)
            before = mass - probabilities  # of the likelier ones
            probabilities = np.where(before >= np.float32(self.how.top_p), np.float32(0), probabilities)
        return probabilities, tokens

    def _likeliest(self, probabilities: Floats) -> tuple[Floats, Ids]:
        """Enough of the likeliest tokens to hold ``top_p`` of the probability, in falling order."""
        tokens = largest(probabilities, NUCLEUS_GUESS)
        if float(probabilities[tokens].sum()) < self.how.top_p:
            tokens = largest(probabilities, len(probabilities))
        return probabilities[tokens], tokens


def softmax(scores: Floats) -> Floats:
    """Scores (n,) as probabilities; minus infinity becomes zero."""
    result = np.exp(scores - scores.max())
    return result / result.sum()


def largest(values: Floats, count: int) -> Ids:
    """Where the largest values are, at most ``count``, in falling order; of equal ones the first come first.

    Blocks whose largest value is below the ``count``-th largest of all blocks' hold none of them: looking at
    these first is many times quicker than sorting a whole vocabulary.
    """
    size = len(values) // (4 * count)
    if size < 2:
        return np.argsort(-values, kind="stable")[:count]
    blocks = values[: len(values) // size * size].reshape(-1, size).max(1)
    least = np.partition(blocks, -count)[-count]
    found = np.flatnonzero(values >= least)
    return found[np.argsort(-values[found], kind="stable")[:count]]
