"""Recommendation by meaning: near to what somebody liked, away from what they wish less of, and varied.

Knows words and sentence vectors. Each recommendation names the one thing it is there for. Knows nothing of
who asks: a request holds all that is used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.network import Floats
from aigc_demo.language.sentences import language_of
from aigc_demo.tasks.apps.params import RecommendParams
from aigc_demo.types import Emit, LoadContext, Output, Progress, says_something

MOST = 6
WEIGHTS = {"starred": 1.0, "likes": 1.0, "shared": 0.9, "repeated": 0.8, "made": 0.6}
"""How much each way of having to do with something says that it is liked."""
LESS = 1.2
"""How much nearness to what is wished less of counts against nearness to what is liked."""
SAME = 0.965
"""Two texts as near as this are the same thing, which nobody needs to be told of."""
OURS = (
    "a small cat in the rain",
    "a lighthouse in a storm",
    "a birthday cake with candles",
    "a lively jig for the fiddle",
    "a slow sad waltz for the piano",
    "a short story about a lost whale",
    "a photo of mountains in ink",
    "一只在雪地里的狐狸",
    "江南春雨",
    "秋夜思乡",
    "欢快的江南小调",
    "给十岁的孩子解释彩虹",
)
"""Things to make that come along."""


@dataclass(frozen=True)
class Recommended:
    """A candidate by its number, with what it is there for: why, and the words; both empty for a stranger."""

    number: int
    text: str
    score: float
    why: str = ""
    because: str = ""


def load(context: LoadContext) -> Recommender:
    """With EmojiFlow's text encoder."""
    return Recommender(SentenceEncoder(context.path))


class Recommender:
    """Recommends from one request's candidates."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder

    def __call__(self, params: RecommendParams, emit: Emit) -> tuple[Output, ...]:
        """What is recommended, as lines and as numbers for the page."""
        emit(Progress(0, 1))
        candidates = [one for one in params.candidates or OURS if says_something(one)] or list(OURS)
        liked = _liked(params)
        less = [one for one in params.less if says_something(one)]
        found = self.recommend(candidates, liked, less, params.variety)
        lines = [f"- {one.text}" + (f" ({one.why}: {one.because})" if one.why else "") for one in found]
        told = {"recommended": [asdict(one) for one in found], "liked": len(liked)}
        text = Output("text", "recommended.txt", "text/plain; charset=utf-8", text="\n".join(lines), meta={})
        data = json.dumps(told, ensure_ascii=False).encode()
        return (text, Output("file", "recommended.json", "application/json", data=data))

    def recommend(
        self, candidates: Sequence[str], liked: Sequence[tuple[str, str]], less: Sequence[str], variety: float
    ) -> list[Recommended]:
        """The best candidates, each as different from the others as ``variety`` (0 to 1) asks for."""
        vectors = self._encoder(candidates)
        centre = vectors.mean(0)
        if not liked and not less:
            worth, reason = np.zeros(len(candidates), np.float32), np.full(len(candidates), -1)
        else:
            worth, reason = self._worth(candidates, vectors, centre, liked, less)
        found: list[Recommended] = []
        for at in _varied(_about(vectors, centre), worth, variety):
            why, because = liked[reason[at]] if reason[at] >= 0 else ("", "")
            found.append(Recommended(at, candidates[at], round(float(worth[at]), 3), why, because))
        return found

    def _worth(
        self,
        candidates: Sequence[str],
        vectors: Floats,
        centre: Floats,
        liked: Sequence[tuple[str, str]],
        less: Sequence[str],
    ) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
        """What each candidate is worth, and the number of what is liked that it is nearest to."""
        worth = np.zeros(len(candidates), np.float32)
        reason = np.full(len(candidates), -1)
        about = _about(vectors, centre)
        if liked:
            mine = self._encoder([text for _, text in liked])
            near = about @ _about(mine, centre).T * np.array([WEIGHTS[why] for why, _ in liked], np.float32)
            tongues = [language_of(text) for _, text in liked]
            alike = [[language_of(one) == tongue for tongue in tongues] for one in candidates]
            near = near + np.float32(0.05) * np.array(alike, np.float32)
            worth, reason = near.max(1), near.argmax(1)
            worth[(vectors @ mine.T).max(1) > SAME] = -np.inf  # made already
        if less:
            away = about @ _about(self._encoder(less), centre).T
            worth = worth - np.float32(LESS) * np.maximum(away.max(1), 0)
        return worth, reason


def _about(vectors: Floats, centre: Floats) -> Floats:
    """What is particular to each: cosines of e5 lie close together until what all share is taken off."""
    off = vectors - centre
    size = np.maximum(np.linalg.norm(off, axis=-1, keepdims=True), 1e-6)
    return np.asarray(off / size, np.float32)


def _varied(about: Floats, worth: Floats, variety: float) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): worth, less likeness to what is chosen."""
    chosen: list[int] = []
    left = [at for at in range(len(worth)) if np.isfinite(worth[at])]
    while left and len(chosen) < MOST:
        like = (about[left] @ about[chosen].T).max(1) if chosen else np.zeros(len(left))
        best = int(np.argmax((1 - variety) * worth[left] - variety * like))
        chosen.append(left.pop(best))
    return chosen


def _liked(params: RecommendParams) -> list[tuple[str, str]]:
    """What is liked, and why one may think so."""
    parted = [line.partition("=>") for line in params.history]
    found = [(why.strip(), text.strip()) for why, _, text in parted if why.strip() in WEIGHTS]
    found += [("likes", line.strip()) for line in params.likes.splitlines()]
    return [(why, text) for why, text in found if says_something(text)]
