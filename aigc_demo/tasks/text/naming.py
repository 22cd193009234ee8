"""What a text is called that has no request in words: an everyday text by its kind and whom it is for."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.types import Language, ModelSpec, Params


def title(params: Params, _: ModelSpec, language: Language) -> str:
    """``Birthday greeting: Grandma``; empty for texts that are called by their prompt."""
    scenario = getattr(params, "scenario", None)
    if scenario is None:
        return ""
    kind = i18n.t(f"text.scenario.{scenario}", language)
    to = str(getattr(params, "to", "")).strip()
    return f"{kind}: {to}" if to and scenario != "exercises" else kind
