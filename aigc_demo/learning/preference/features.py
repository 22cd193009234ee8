"""What a head sees of a poem, a tune or a picture: a few numbers, each with a name that people understand.

A head that sees only these can be read line by line, and what it cannot see it cannot learn: both are the
point. Knows things as values; knows nothing of what is preferred.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aigc_demo.learning.preference.candidates import Kind, Picture, Poem, Thing, Tune, pool
from aigc_demo.learning.preference.rhymes import rhymes

WORDS = {
    "nature": "山水江河湖海天云雨雪风月日星花草木树叶竹松柳梅鸟雁莺蝉虫石泉溪霜露烟霞波林野",
    "feeling": "愁恨怨悲哀伤忧泪泣断苦寂寞孤独喜欢笑乐爱怜惜思忆念梦心情",
    "people": "人君我吾尔汝客僧翁儿女郎妇友谁王公相家",
    "night": "夜晚暮昏夕宵月灯烛星梦眠宿",
    "sound": "声响鸣啼吟歌唱琴笛钟鼓听闻语",
    "colour": "红绿青白黑黄紫碧翠朱丹苍素",
    "number": "一二三四五六七八九十百千万双两半几",
    "negation": "不无未非莫休勿",
}
"""Characters by what they tell of; a character may stand in two."""


def poem_features(poem: Poem) -> dict[str, float]:
    """Shares of characters of each kind, repetition, length of the lines, and whether it rhymes."""
    lines = [line for line in poem.split() if line]
    text = "".join(lines)
    size = max(1, len(text))
    found = {name: sum(char in chars for char in text) / size for name, chars in WORDS.items()}
    found["repetition"] = 1 - len(set(text)) / size
    found["line_length"] = size / max(1, len(lines))
    ends = [line[-1] for line in lines[1::2]]
    found["rhyme"] = float(len(ends) > 1 and rhymes(ends))
    return found


def tune_features(tune: Tune) -> dict[str, float]:
    """How quick, wide, high and smooth it is."""
    starts, lengths, pitches = (np.array([note[at] for note in tune], dtype=float) for at in range(3))
    steps = np.diff(pitches) if len(pitches) > 1 else np.zeros(1)
    span = float(starts[-1] + lengths[-1] - starts[0]) or 1.0
    return {
        "notes_per_beat": len(tune) / span,
        "range": float(np.ptp(pitches)),
        "height": float(pitches.mean()),
        "step_size": float(np.abs(steps).mean()),
        "leaps": float((np.abs(steps) > 4).mean()),
        "repeated_notes": float((steps == 0).mean()),
        "turns": float(np.mean([a * b < 0 for a, b in pairwise(steps)])) if len(steps) > 1 else 0.0,
        "rising": float(pitches[-1] - pitches[0]),
        "rhythms": float(len(set(lengths.tolist()))),
    }


def picture_features(picture: Picture) -> dict[str, float]:
    """Light, contrast, colours, warmth, detail, symmetry, how much is empty.

    Colourfulness as Hasler and Süsstrunk 2003 measure it: spread and mean of two opponent colours.
    """
    red, green, blue = (picture[..., at] for at in range(3))
    light = picture.mean(-1)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    mean = np.hypot(red_green.mean(), yellow_blue.mean())
    return {
        "light": float(light.mean()),
        "contrast": float(light.std()),
        "colourfulness": float(spread + 0.3 * mean),
        "warmth": float((red - blue).mean()),
        "green": float((green - (red + blue) / 2).mean()),
        "detail": float(np.abs(np.diff(light, axis=0)).mean() + np.abs(np.diff(light, axis=1)).mean()),
        "symmetry": float(1 - np.abs(light - light[:, ::-1]).mean()),
        "empty": float((light > 0.95).mean()),
    }


_OF: dict[Kind, Callable[..., dict[str, float]]] = {
    "poems": poem_features,
    "tunes": tune_features,
    "pictures": picture_features,
}


def names_of(kind: Kind) -> tuple[str, ...]:
    """What a head of this kind sees, by name."""
    return tuple(_OF[kind](pool(kind)[0]))


def measured(kind: Kind, things: Sequence[Thing]) -> NDArray[np.float64]:
    """The numbers of some things, (things, features)."""
    return np.array([list(_OF[kind](thing).values()) for thing in things])
