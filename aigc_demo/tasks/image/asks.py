"""How pictures are asked for, in words: what tells such a request from one for another tab."""

from __future__ import annotations

from aigc_demo.types import Asks

ASKS = Asks(
    verbs_own=("draw", "paint", "sketch", "illustrate", "photograph", "doodle"),
    verbs=("make", "create", "generate", "design", "show", "give", "do"),
    things=(
        "picture", "image", "drawing", "painting", "photo", "photograph", "illustration", "portrait",
        "sketch", "poster", "logo", "icon", "wallpaper", "emoji", "sticker", "avatar", "cartoon",
    ),
    zh_verbs=("画", "绘"),
    zh_things=(
        "图", "图片", "照片", "插画", "海报", "头像", "壁纸", "图像", "图画", "漫画", "表情包", "的画",
        "幅画",
    ),
    zh_marks=("画一", "画个", "画张", "画幅", "画只", "一张图", "一幅画"),
    takes_object=True,
)  # fmt: skip
