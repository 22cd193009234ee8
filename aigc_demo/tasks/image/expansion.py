"""Words that make a wish richer, added where one sees them: one wish always gets the same, no model guesses.

Knows a few lists in both languages, and what a model of a small world has learnt. Whoever asks may take each
word out again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache

from aigc_demo.tasks.image.prompts import LOOK_WORDS, is_chinese
from aigc_demo.types import ModelSpec

Words = tuple[str, str]
"""English and Chinese."""

_LIGHT: Sequence[Words] = (
    ("soft morning light", "柔和的晨光"), ("golden hour", "金色夕照"), ("diffuse window light", "窗边散射光"),
    ("dramatic side light", "强烈的侧光"), ("lantern light", "温暖的灯光"), ("daylight", "明亮的日光"),
)  # fmt: skip
_MATTER: Sequence[Words] = (
    ("fine texture", "细腻的质感"), ("rich colours", "丰富的色彩"), ("muted colours", "柔和的色调"),
    ("crisp details", "清晰的细节"), ("deep shadows", "深沉的阴影"), ("gentle contrast", "柔和的对比"),
)  # fmt: skip
_VIEW: Sequence[Words] = (
    ("wide view", "广角"), ("close-up", "特写"), ("low viewpoint", "低视角"), ("seen from above", "俯视"),
    ("shallow depth of field", "浅景深"), ("centred composition", "居中构图"),
)  # fmt: skip
COLOURS: Sequence[Words] = (
    ("red", "红色"), ("orange", "橙色"), ("yellow", "黄色"), ("green", "绿色"), ("blue", "蓝色"),
    ("purple", "紫色"), ("pink", "粉色"), ("brown", "棕色"), ("black", "黑色"), ("white", "白色"),
)  # fmt: skip
"""What a thing may be painted in."""


def expand(text: str, spec: ModelSpec, known: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """The wish with a word more of each kind that it names none of: ``{"text": str, "added": [str, ...]}``.

    ``known`` lists what the model has learnt (``en``, ``zh``), where it is one of a small world.
    """
    chinese = is_chinese(text)
    kinds = _own_words(known) if "look" in spec.params.model_fields else (_LIGHT, _MATTER, _VIEW)
    low = text.lower()
    added = []
    for kind in kinds:
        if any(_says(low, word) for words in kind for word in words):
            continue
        added.append(random.Random(f"{text}|{kind[0][0]}").choice(kind)[chinese])
    separator = "，" if chinese else ", "
    return {
        "text": separator.join([text.strip().rstrip(",，。. "), *added]) if added else text,
        "added": added,
    }


def _says(text: str, word: str) -> bool:
    """Whether a text in small letters has the word already; "red" is not in "fired"."""
    return _spelt(word).search(text) is not None


@cache
def _spelt(word: str) -> re.Pattern[str]:
    """One word of our lists; Latin ones stand alone, Chinese ones may stand anywhere."""
    return re.compile(rf"\b{re.escape(word.lower())}\b" if word.isascii() else re.escape(word))


def _own_words(known: Sequence[Mapping[str, str]]) -> tuple[Sequence[Words], ...]:
    """Looks, and of the colours those that the model's own list names in both languages."""
    english = {word for one in known for word in one.get("en", "").lower().split()}
    chinese = "，".join(one.get("zh", "") for one in known)
    colours = tuple(words for words in COLOURS if words[0] in english and words[1][0] in chinese)
    return tuple(kind for kind in (tuple(LOOK_WORDS.values()), colours) if kind)
