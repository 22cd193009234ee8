"""The report on a tagger: precision, recall, F1, support by tag, averages, whole names, and what it mistook.

Knows rows of tags. Averages are scikit-learn's: micro counts every token alike, macro every tag, weighted
every tag by its support. By tokens they are given with ``O`` and without; names are whole, as seqeval counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aigc_demo.learning.tags.data import KINDS, TAGS, spans

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Score:
    """How well one tag, or several on average, was found; ``support`` is how often it is there."""

    precision: float
    recall: float
    f1: float
    support: int


def report(true: Rows, guessed: Rows) -> dict[str, Any]:
    """Everything, as plain values for JSON."""
    pairs = Counter(
        pair for row, guess in zip(true, guessed, strict=True) for pair in zip(row, guess, strict=True)
    )
    scores = {tag: _tag_score(pairs, tag) for tag in TAGS}
    return {
        **by_label(pairs, TAGS),
        "averages_without_o": _plain(_averages(scores, pairs, TAGS[1:])),
        "names": _plain(_name_scores(true, guessed)),
    }


def by_label(pairs: Counter[tuple[str, str]], labels: Sequence[str]) -> dict[str, Any]:
    """The part of it that any classifier has.

    Args:
        pairs: how often each label was taken for each.
        labels: all there are, in order.
    """
    scores = {label: _tag_score(pairs, label) for label in labels}
    right = sum(count for (one, other), count in pairs.items() if one == other)
    return {
        "tags": _plain(scores),
        "averages": _plain(_averages(scores, pairs, labels)),
        "accuracy": right / max(1, pairs.total()),
        "confusion": [[pairs[one, other] for other in labels] for one in labels],
        "order": list(labels),
    }


def _tag_score(pairs: Counter[tuple[str, str]], tag: str) -> Score:
    said = sum(count for (_, other), count in pairs.items() if other == tag)
    there = sum(count for (one, _), count in pairs.items() if one == tag)
    return _score(pairs[tag, tag], said, there)


def _score(right: int, said: int, there: int) -> Score:
    precision = right / said if said else 0.0
    recall = right / there if there else 0.0
    both = precision + recall
    return Score(precision, recall, 2 * precision * recall / both if both else 0.0, there)


def _averages(
    scores: Mapping[str, Score], pairs: Counter[tuple[str, str]], tags: Sequence[str]
) -> dict[str, Score]:
    right = sum(pairs[tag, tag] for tag in tags)
    said = sum(count for (_, other), count in pairs.items() if other in tags)
    there = sum(count for (one, _), count in pairs.items() if one in tags)
    return {"micro": _score(right, said, there), **_means([scores[tag] for tag in tags])}


def _means(scores: Sequence[Score]) -> dict[str, Score]:
    support = sum(score.support for score in scores)

    def mean(weights: Sequence[float]) -> Score:
        total = sum(weights) or 1.0
        values = [
            sum(weight * value for weight, value in zip(weights, column, strict=True)) / total
            for column in zip(*((one.precision, one.recall, one.f1) for one in scores), strict=True)
        ]
        precision, recall, f1 = values
        return Score(precision, recall, f1, support)

    return {"macro": mean([1.0] * len(scores)), "weighted": mean([score.support for score in scores])}


def _name_scores(true: Rows, guessed: Rows) -> dict[str, Score]:
    """By kind of whole names, and their averages."""
    wanted = {(row, *span) for row, tags in enumerate(true) for span in spans(tags)}
    said = {(row, *span) for row, tags in enumerate(guessed) for span in spans(tags)}

    def of(kind: str) -> Score:
        there = {one for one in wanted if one[1] == kind}
        told = {one for one in said if one[1] == kind}
        return _score(len(there & told), len(told), len(there))

    scores = {kind: of(kind) for kind in KINDS}
    return {
        **scores,
        "micro": _score(len(wanted & said), len(said), len(wanted)),
        **_means(list(scores.values())),
    }


def _plain(scores: Mapping[str, Score]) -> dict[str, Any]:
    return {name: asdict(score) for name, score in scores.items()}
