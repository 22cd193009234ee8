"""What a training is called, in the language of whoever reads."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.train_classifier.params import TrainClassifierParams
from aigc_demo.types import Language, ModelSpec


def title(_: TrainClassifierParams, __: ModelSpec, language: Language) -> str:
    """``Digits told apart``."""
    return i18n.t("train_classifier.named", language)
