"""What words mean, for a class: which answers say the same, and how near a guess comes to what was asked.

Knows vectors and what their angles tell. They are made in a process of its own, which is started when a
class needs it. Knows nothing of rooms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aigc_demo.classroom import meaning_worker
from aigc_demo.provenance.helper import Helper, Unavailable
from aigc_demo.types import UserError

Floats = npt.NDArray[np.float32]

PATIENCE = 30.0
"""Seconds that a class waits for it."""
ALIKE, ALIKE_HAN = 0.87, 0.89
"""The mean cosine of two groups from which on they are one. Cosines lie closer together in Chinese: there
short answers of a class that have nothing in common were seen at 0.85, in English at 0.81."""
NOTHING, NOTHING_HAN = 0.78, 0.83
"""The cosine at which a guess has no points."""
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Meanings:
    """Comparisons of short texts. Callable from any thread."""

    def __init__(self) -> None:
        self._helper = Helper(Path(meaning_worker.__file__))

    def points(self, told: str, guesses: Sequence[str]) -> list[int]:
        """How near each guess comes to what was told: 100 for the same, 0 for nothing in common.

        Raises:
            UserError: 503 where it cannot be told at present.
        """
        if not guesses:
            return []
        first, *others = self._vectors([told, *guesses])
        nothing = NOTHING_HAN if _HAN.search(told) else NOTHING
        shares = (np.stack(others) @ first - nothing) / (1 - nothing)
        return [round(100 * float(share)) for share in np.clip(shares, 0.0, 1.0)]

    def groups(self, answers: Sequence[str]) -> list[list[str]]:
        """Answers that say the same together, the largest group first, in each the most telling one first.

        Raises:
            UserError: as :meth:`points`.
        """
        if not answers:
            return []
        vectors = self._vectors(answers)
        alike = ALIKE_HAN if 2 * sum(map(bool, map(_HAN.search, answers))) > len(answers) else ALIKE
        found = [_central_first(vectors, group) for group in _joined(vectors @ vectors.T, alike)]
        return [[answers[at] for at in group] for group in sorted(found, key=lambda one: (-len(one), one))]

    def _vectors(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (texts, width)."""
        try:
            told, (data,) = self._helper.ask(PATIENCE, {"texts": list(texts)})
        except Unavailable as error:
            raise UserError("not_compared", "error.class_not_compared", status=503) from error
        return np.frombuffer(data, np.float32).reshape(len(texts), told["width"])


def _joined(cosines: Floats, alike: float) -> list[list[int]]:
    """Groups by average linkage: the two that are nearest become one, until none are ``alike``."""
    groups = [[at] for at in range(len(cosines))]
    near = cosines.astype(np.float64)
    np.fill_diagonal(near, -1.0)
    while len(groups) > 1:
        one, other = sorted(map(int, np.unravel_index(int(near.argmax()), near.shape)))
        if near[one, other] < alike:
            break
        ours, theirs = len(groups[one]), len(groups[other])
        mean = (near[one] * ours + near[other] * theirs) / (ours + theirs)
        near[one], near[:, one] = mean, mean
        near[one, one] = -1.0
        near = np.delete(np.delete(near, other, 0), other, 1)
        groups[one] += groups.pop(other)
    return groups


def _central_first(vectors: Floats, group: list[int]) -> list[int]:
    """A group's members, the nearest to its middle first."""
    middle = vectors[group].mean(0)
    return sorted(group, key=lambda at: (-float(vectors[at] @ middle), at))
