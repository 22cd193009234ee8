"""A piece bar by bar: how alike the words of two bars are, and how much of its attention one gave another.

Knows words, bars and attention. Likeness is the ratio of words that match in order (Ratcliff and Obershelp
1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from aigc_demo.decoding.sampling import Floats
from aigc_demo.explain import Bytes, Section
from aigc_demo.tasks.music.inside_words import Words, bars_of
from aigc_demo.types import Remark

MOST = 64
"""Bars that are compared."""


def section(
    words: Words,
    prompt: Sequence[int],
    said: Sequence[int],
    looks: Floats | None,
    remarks: Sequence[Remark] = (),
) -> Section:
    """Both matrices; the plan that stood before is a column of its own in the second one."""
    whole = [*prompt, *said]
    bars = bars_of(words, whole)
    count = min(MOST, max(bars, default=-1) + 1)
    texts = [
        [words.word(token) for token, bar in zip(whole, bars, strict=True) if bar == number][1:]
        for number in range(count)
    ]
    data = {"bars": count, "likeness": Bytes.of(_likeness(texts)).plain()}
    if looks is not None:
        data["looks"] = Bytes.of(_looks(looks, bars, len(prompt), count)).plain()
    return Section("bars", data, tuple(remarks))


def _likeness(texts: Sequence[Sequence[str]]) -> Floats:
    """(bars, bars), 1 for the same words."""
    result = np.eye(len(texts), dtype=np.float32)
    for one, first in enumerate(texts):
        matcher = SequenceMatcher(None, first, [], autojunk=False)
        for other in range(one):
            matcher.set_seq1(texts[other])
            matcher.set_seq2(first)
            result[one, other] = result[other, one] = matcher.ratio()
    return result


def _looks(looks: Floats, bars: Sequence[int], given: int, count: int) -> Floats:
    """(bars, 1 + bars): how much of the attention in a bar goes to the plan, and to each bar."""
    columns = np.array(bars[: looks.shape[3]])
    mean = looks.mean((0, 1))  # (rows, columns)
    result = np.zeros((count, 1 + count), np.float32)
    rows = np.array(bars[given : given + len(mean)])
    for bar in range(count):
        mine = mean[rows == bar]
        if not len(mine):
            continue
        for other in range(-1, count):
            result[bar, other + 1] = mine[:, columns == other].sum(1).mean()
    return result
