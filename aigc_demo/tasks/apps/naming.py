"""What a result of an application is called."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.apps.params import MonitorParams, RecommendParams
from aigc_demo.types import Language, ModelSpec, Params


def title(params: Params, _: ModelSpec, language: Language) -> str:
    """``Monitor: simulated bank``; a question is called by its words."""
    if isinstance(params, RecommendParams):
        return i18n.t("apps.recommend.named", language)
    if not isinstance(params, MonitorParams):
        return ""
    own = i18n.t("apps.monitor.own", language) if params.texts.strip() else ""
    what = params.table or own or i18n.t(f"apps.stream.{params.stream}", language)
    return i18n.t("apps.monitor.named", language, what=what)
