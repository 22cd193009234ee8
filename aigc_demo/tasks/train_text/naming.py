"""What a training is called: its data and its method, in the language of whoever reads."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.train_text.params import TrainTextParams
from aigc_demo.types import Language, ModelSpec


def title(params: TrainTextParams, _: ModelSpec, language: Language) -> str:
    """``Tang poems, GPT``."""
    data = i18n.t(f"train_text.data.{params.data}", language)
    method = i18n.t(f"train_text.method.{params.method}", language)
    return i18n.t("train_text.named", language, data=data, method=method)
