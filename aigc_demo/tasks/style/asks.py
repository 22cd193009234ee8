"""How a restyled photo is asked for, in words: what tells such a request from one for another tab."""

from __future__ import annotations

from aigc_demo.types import Asks

ASKS = Asks(
    verbs_own=("restyle", "stylize", "stylise"),
    verbs=("turn", "convert", "change", "transform", "repaint", "make"),
    things=("photo", "picture", "selfie", "photograph", "snapshot"),
    zh_marks=(
        "照片变成", "照片变为", "照片转成", "照片画成", "图片变成", "把照片", "把我的照片", "风格转换",
        "照片风格化",
    ),
)  # fmt: skip
