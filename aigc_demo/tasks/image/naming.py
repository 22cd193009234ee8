"""What a picture is called that no words ask for: the picture it was made from, and what was done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_demo import i18n
from aigc_demo.types import Language, ModelSpec

if TYPE_CHECKING:
    from aigc_demo.tasks.image.params import ImageParams


def title(params: ImageParams, _: ModelSpec, language: Language) -> str:
    """``photo.jpg · Enlarged 4 times``; the parameters hold the names of files."""
    done = ""
    if params.action == "upscale":
        key = "image.title.cleaned" if params.scale == 1 else "image.title.enlarged"
        done = i18n.t(key, language, n=params.scale)
    return " · ".join(filter(None, (params.image, done)))
