"""Finding passages: by what they mean (vectors) and by the words they have in common (BM25), together.

Knows passages by their number. Vectors find what is said in other words or in the other language, BM25 names
and numbers that vectors blur. Words in common add a little to the cosine, ever less for each more: by ranks
alone, common words of a question would lift what has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bm25s
import numpy as np

from aigc_demo.language.network import Floats
from aigc_demo.language.sentences import words

MOST_FOR_WORDS = 0.03
"""What words in common add to a cosine at most."""
HALF = 4.0
"""The BM25 score that adds half of it."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found: its number, its cosine to the query, its BM25 score, the joined score."""

    number: int
    cosine: float
    bm25: float
    score: float


class PassageIndex:
    """Passages by number, with their vectors (passages, width)."""

    def __init__(self, passages: Sequence[str], vectors: Floats) -> None:
        if len(passages) != len(vectors):
            raise ValueError(f"{len(passages)} passages have {len(vectors)} vectors")
        self._vectors = vectors
        tokens = [words(passage) for passage in passages]
        self._known = frozenset(word for passage in tokens for word in passage)
        self._bm25 = bm25s.BM25(method="lucene") if self._known else None
        if self._bm25 is not None:
            self._bm25.index(tokens, show_progress=False)

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, query: str, vector: Floats, most: int = 3) -> list[Hit]:
        """The passages nearest to a query and its vector (width,), the best first."""
        if not len(self):
            return []
        cosines = self._vectors @ vector
        scores = self._bm25_scores(query)
        joined = cosines + np.float32(MOST_FOR_WORDS) * scores / (scores + np.float32(HALF))
        best = np.argsort(-joined, kind="stable")[:most]
        return [Hit(int(at), float(cosines[at]), float(scores[at]), float(joined[at])) for at in best]

    def _bm25_scores(self, query: str) -> Floats:
        known = [word for word in words(query) if word in self._known]
        if self._bm25 is None or not known:
            return np.zeros(len(self), np.float32)
        return np.asarray(self._bm25.get_scores(known), np.float32)
