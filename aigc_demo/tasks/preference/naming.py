"""What a training from preferences is called, in the language of whoever reads."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.preference.params import PreferenceParams
from aigc_demo.types import Language, ModelSpec


def title(params: PreferenceParams, _: ModelSpec, language: Language) -> str:
    """``What I like: poems``, ``Rewarded for rhyme``."""
    if params.method == "policy":
        return i18n.t(f"preference.named.{params.rule}", language)
    data = i18n.t(f"preference.data.{params.data}", language)
    return i18n.t("preference.named.head", language, data=data)
