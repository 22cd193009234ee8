"""A linear head: classes of texts learnt from their vectors, in seconds, with a report on how well.

Multinomial logistic regression by accelerated gradient steps (Nesterov 1983), so that the same examples give
the same head. Knows vectors and names of classes; nothing of texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigc_demo.language.network import Floats

STEPS = 60
DECAY = 1e-3
"""How strongly small weights are preferred, for vectors of variance one."""
CORRECTING = 500
"""Steps at most until corrections hold."""
SETTLED = 0.35
"""A correction holds when its class has so much of the probability that this is left."""
ENOUGH = 1e-4
"""A gradient as small as this is the end."""


@dataclass(frozen=True)
class LinearHead:
    """What class a vector is of: ``weights`` (width, classes) for vectors less ``mean``, and ``bias``."""

    classes: tuple[str, ...]
    mean: Floats
    weights: Floats
    bias: Floats

    def probabilities(self, vectors: Floats) -> Floats:
        """Vectors (texts, width) -> (texts, classes), each row together 1."""
        return _softmax(np.asarray((vectors - self.mean) @ self.weights + self.bias, np.float32))

    def __call__(self, vectors: Floats) -> list[str]:
        """The likeliest class of each vector."""
        return [self.classes[at] for at in self.probabilities(vectors).argmax(1)]


@dataclass(frozen=True)
class ClassReport:
    """One class on texts that the head had not seen.

    Of those called so the share that is (precision), of those that are so the share found (recall), their
    harmonic mean (F1), and how many there are (support).
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def train(
    vectors: Floats,
    labels: Sequence[str],
    weights: Sequence[float] | None = None,
    classes: Sequence[str] | None = None,
) -> LinearHead:
    """Learn classes from examples.

    Args:
        vectors: (examples, width).
        labels: the class of each.
        weights: how much each counts; 1 where not given.
        classes: all that there are, in order; those of the labels where not given.

    Raises:
        ValueError: no examples, or one of a class that is not among those given.
    """
    names = tuple(classes or sorted(set(labels)))
    if not len(labels) or len(labels) != len(vectors) or not set(labels) <= set(names):
        raise ValueError("a head is learnt from examples of the classes that it shall know")
    mean = vectors.mean(0)
    centred = vectors - mean
    scale = np.float32(1 / max(float(centred.std()), 1e-6))
    x = centred * scale
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], 1)  # the last column is the bias
    target = np.zeros((len(x), len(names)), np.float32)
    target[np.arange(len(x)), [names.index(label) for label in labels]] = 1
    counts = np.ones(len(x), np.float32) if weights is None else np.asarray(weights, np.float32)
    solved = _descend(x, target, counts / counts.sum())
    return LinearHead(names, mean, solved[:-1] * scale, solved[-1])


def corrected(head: LinearHead, vectors: Floats, labels: Sequence[str]) -> LinearHead:
    """The head after corrections (vectors and their classes): as near to what it was as they allow.

    Raises:
        ValueError: a class that the head does not know.
    """
    if not set(labels) <= set(head.classes):
        raise ValueError("a head is corrected with classes that it knows")
    x = np.concatenate([vectors - head.mean, np.ones((len(vectors), 1), np.float32)], 1)
    target = np.zeros((len(x), len(head.classes)), np.float32)
    target[np.arange(len(x)), [head.classes.index(label) for label in labels]] = 1
    w = np.concatenate([head.weights, head.bias[None]])
    rate = np.float32(1 / float((x * x).sum(1).max()) / max(1, len(x)) ** 0.5)
    for _ in range(CORRECTING):
        error = _softmax(x @ w) - target
        if float(np.abs(error).max()) < SETTLED:
            break
        w = w - rate * (x.T @ error)
    return LinearHead(head.classes, head.mean, w[:-1], w[-1])


def report(truth: Sequence[str], found: Sequence[str], classes: Sequence[str]) -> list[ClassReport]:
    """Precision, recall and F1 of each class; a share of nothing is 0."""
    pairs = list(zip(truth, found, strict=True))
    result = []
    for name in classes:
        right = sum(one == name == other for one, other in pairs)
        called, there = sum(other == name for _, other in pairs), sum(one == name for one, _ in pairs)
        precision, recall = right / max(called, 1), right / max(there, 1)
        both = precision + recall
        result.append(
            ClassReport(name, precision, recall, 2 * precision * recall / both if both else 0.0, there)
        )
    return result


def _descend(x: Floats, target: Floats, shares: Floats) -> Floats:
    """Minimise cross-entropy and decay: (examples, inputs), (examples, classes), (examples,) -> weights.

    The curvature is never more than half the inputs' second moments (Böhning 1992): steps by their inverse
    never overshoot, and take the same number of rounds however the inputs hang together.
    """
    moments = (x * shares[:, None]).T @ x
    bound = np.float32(0.5) * moments + np.float32(DECAY) * np.eye(len(moments), dtype=np.float32)
    inverse = np.linalg.inv(bound.astype(np.float64)).astype(np.float32)
    w = ahead = np.zeros((x.shape[1], target.shape[1]), np.float32)
    momentum = 1.0
    for _ in range(STEPS):
        error = (_softmax(x @ ahead) - target) * shares[:, None]
        gradient = x.T @ error + np.float32(DECAY) * ahead
        if float(np.abs(gradient).max()) < ENOUGH:
            return ahead
        step = ahead - inverse @ gradient
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = step + np.float32((momentum - 1) / following) * (step - w)
        w, momentum = step, following
    return w


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
