"""What a picture is called that no words ask for: the picture it was made from, and what was done with it."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.image.params import ImageParams, TrainedParams, UpscaleParams
from aigc_demo.types import Language, ModelSpec, Params


def title(params: Params, _: ModelSpec, language: Language) -> str:
    """``photo.jpg · Enlarged 4 times``; the parameters hold the names of files."""
    if isinstance(params, TrainedParams):
        return params.label or i18n.t("image.title.trained", language)
    asked = ImageParams.widen(params)
    done = ""
    if isinstance(params, UpscaleParams) or asked.action == "upscale":
        key = "image.title.cleaned" if asked.scale == 1 else "image.title.enlarged"
        done = i18n.t(key, language, n=asked.scale)
    return " · ".join(filter(None, (asked.image, done)))
