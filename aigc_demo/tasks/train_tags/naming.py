"""What a training is called, in the language of whoever reads."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.train_tags.params import TrainTagsParams
from aigc_demo.types import Language, ModelSpec


def title(params: TrainTagsParams, _: ModelSpec, language: Language) -> str:
    """``Names in English``."""
    return i18n.t(f"train_tags.named.{params.data}", language)
