"""From a question to an answer: the prepared one, one composed of cited sentences, or none.

Knows vectors and thresholds. What an answer says stands word for word in what the service knows, so that no
document can give it orders and nothing is invented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Literal

from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.network import Floats
from aigc_demo.language.retrieval import Hit, PassageIndex
from aigc_demo.language.sentences import language_of
from aigc_demo.tasks.apps.knowledge import Pair, Passage

Found = Literal["prepared", "composed", "none"]

PAIR_EVEN = 0.881
"""The cosine of two questions at which it is even whether they ask the same."""
PASSAGE_EVEN = {"en": 0.837, "zh": 0.873}
"""The same of a question and a passage that answers it; cosines lie higher in Chinese.

All three lie between the kinds of questions of ``calibration.csv``, none of which the card counts.
"""
SCALE = 0.012
CITED = 3
NEAR = 0.012
"""Passages are cited together whose cosines differ by no more."""


_GOES_ON = re.compile(
    r"^(?:and|but|or|then|what about|how about)\b|^(?:那|那么|还有|如果|要是)|呢[?？。\s]*$", re.IGNORECASE
)


def goes_on(question: str) -> bool:
    """Whether a question only says what it means together with the one before it."""
    return bool(_GOES_ON.search(question.strip()))


@dataclass(frozen=True)
class Answer:
    """What is answered, how sure that is from 0 to 1, and the passages that it stands on, best first.

    ``pair`` is the prepared question that was nearest, ``nearest`` the passages that were looked at.
    """

    found: Found
    text: str
    confidence: float
    cited: tuple[Passage, ...] = ()
    nearest: tuple[Passage, ...] = ()
    pair: Pair | None = None


class Service:
    """Answers from what it knows. Making one reads everything once; vectors are kept by the encoder."""

    def __init__(self, encoder: SentenceEncoder, pairs: Sequence[Pair], passages: Sequence[Passage]) -> None:
        self._encoder = encoder
        self._pairs, self._passages = tuple(pairs), tuple(passages)
        self._asked: Floats = encoder([pair.question for pair in pairs], "query")
        texts = [passage.in_context for passage in passages]
        self._index = PassageIndex(texts, encoder(texts, "passage"))

    def __call__(self, question: str, threshold: float = 0.5) -> Answer:
        """Answer a question that says something; below the threshold it is not answered."""
        vector = self._encoder([question], "query")[0]
        pair, alike = self._nearest_pair(vector)
        hits = self._index.search(question, vector, CITED)
        nearest = tuple(self._passages[hit.number] for hit in hits)
        even = PASSAGE_EVEN[language_of(question)]
        told = _sure(max((hit.cosine for hit in hits), default=0.0), even)
        if pair is not None and alike >= max(threshold, told):
            return Answer("prepared", pair.answer, alike, (), nearest, pair)
        if hits and told >= threshold:
            cited = tuple(self._passages[hit.number] for hit in _together(hits))
            text = " ".join(f"{one.text} [{number}]" for number, one in enumerate(cited, 1))
            return Answer("composed", text, told, cited, nearest, pair)
        return Answer("none", "", max(told, alike), (), nearest, pair)

    def _nearest_pair(self, vector: Floats) -> tuple[Pair | None, float]:
        if not self._pairs:
            return None, 0.0
        cosines = self._asked @ vector
        at = int(cosines.argmax())
        return self._pairs[at], _sure(float(cosines[at]), PAIR_EVEN)


def joined(alone: Answer, together: Answer) -> Answer | None:
    """The answer to two questions as one, so far as it is near to the second one too; None where it is not.

    Without that, whatever is asked after a question that was answered would be answered by the same.
    """
    if together.found == "prepared":
        return together if together.pair == alone.pair else None
    cited = tuple(one for one in together.nearest[:1] if one in alone.nearest)
    if together.found == "none" or not cited:
        return None
    return replace(together, text=f"{cited[0].text} [1]", cited=cited)


def _together(hits: Sequence[Hit]) -> list[Hit]:
    """The best passage, and others that are as near."""
    best = max(hit.cosine for hit in hits)
    return [hit for hit in hits if hit is hits[0] or hit.cosine >= best - NEAR]


def _sure(cosine: float, even: float) -> float:
    """From 0 to 1, one half where it is even."""
    return 1 / (1 + exp(-(cosine - even) / SCALE))
