"""What a training is called: its data and its method, in the language of whoever reads."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.types import Language, ModelSpec


def title(params: TrainPicturesParams, _: ModelSpec, language: Language) -> str:
    """``Digits, GAN``."""
    data = i18n.t(f"train_pictures.data.{params.data}", language)
    method = i18n.t(f"train_pictures.method.{params.method}", language)
    return i18n.t("train_pictures.named", language, data=data, method=method)
