"""Which of several drafts of a text is shown: a score by rules that stand here.

Knows a request and its drafts as text and as sentence vectors. Knows nothing of how they were written, and
not whether what they say is true.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aigc_demo.language.sentences import language_of, words
from aigc_demo.tasks.text.reading import counted, length_of

NGRAM = 4
"""Words in a row that are not said twice."""
NEAR, FAR = 0.90, 0.74
"""Cosines of an answer that stays on its request, and of one about something else."""
WEIGHTS = {"on_request": 0.35, "fresh": 0.3, "ended": 0.2, "length": 0.1, "language": 0.05}
_ENDS = re.compile(r"[.!?。！？…~][\"'”’』」)）*_\s]*$")
_TRANSLATES = re.compile(
    r"translat|翻译|译成|in (?:chinese|english|french|german|spanish)|用(?:中|英)文", re.IGNORECASE
)


class Encoder(Protocol):
    """Texts -> unit vectors; see :class:`aigc_demo.language.encoder.SentenceEncoder`."""

    def __call__(self, texts: Sequence[str]) -> Any:
        """(texts, width)."""
        ...


@dataclass(frozen=True)
class Draft:
    """A draft as it is judged: its text, and whether the model itself ended it."""

    text: str
    stopped: bool


def best(request: str, drafts: Sequence[Draft], encoder: Encoder | None) -> tuple[int, list[float]]:
    """The number of the draft to show, the first of equals, and the score of each from 0 to 1.

    Without an encoder all are taken to stay on their request.
    """
    near = _nearness(request, drafts, encoder)
    scores = [round(_score(request, draft, one), 4) for draft, one in zip(drafts, near, strict=True)]
    return scores.index(max(scores)), scores


def repeated_share(text: str) -> float:
    """The share of a text's runs of four words that stood there before."""
    said = words(text)
    runs = [tuple(said[at : at + NGRAM]) for at in range(len(said) - NGRAM + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def ends_properly(text: str) -> bool:
    """Whether the last thing there ends a sentence."""
    return bool(_ENDS.search(text[-40:]))


def _score(request: str, draft: Draft, near: float) -> float:
    if not draft.text.strip():
        return 0.0
    alike = language_of(request) == language_of(draft.text) or bool(_TRANSLATES.search(request[:600]))
    parts = {
        "on_request": near,
        "fresh": max(0.0, 1 - 2 * repeated_share(draft.text)),
        "ended": (draft.stopped + ends_properly(draft.text)) / 2,
        "length": _length(request, draft.text),
        "language": float(alike),
    }
    return sum(WEIGHTS[name] * value for name, value in parts.items())


def _length(request: str, text: str) -> float:
    """How near to the length that was asked for: 1 where none was."""
    asked, _ = length_of(request[:600])
    if asked is None:
        return 1.0
    there = counted(text, asked.unit).count
    return min(there, asked.count) / max(there, asked.count, 1)


def _nearness(request: str, drafts: Sequence[Draft], encoder: Encoder | None) -> list[float]:
    said = [draft.text[:2000] for draft in drafts if draft.text.strip()]
    if encoder is None or not said:
        return [1.0] * len(drafts)
    try:
        asked, *vectors = encoder([request[:2000], *said])
    except ValueError:  # of signs alone, that say nothing
        return [1.0] * len(drafts)
    found = iter([min(1.0, max(0.0, (float(asked @ one) - FAR) / (NEAR - FAR))) for one in vectors])
    return [next(found) if draft.text.strip() else 0.0 for draft in drafts]
