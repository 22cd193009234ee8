"""What a piece is called: its kind and key, or the piece that it was made from."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.music import plan
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams
from aigc_demo.types import Language, ModelSpec, Params


def title(params: Params, _: ModelSpec, language: Language) -> str:
    """``Jig in D``, ``Variation on tune.mid``; the parameters hold the names of files."""
    if not isinstance(params, ChoraleParams):  # nobody knows the key of a sound; its words say more
        return "" if getattr(params, "prompt", "") else i18n.t("music.named.sound", language)
    if params.action != "compose":
        first = params.start or i18n.t("music.named.played", language)
        return i18n.t(f"music.named.{params.action}", language, name=first)
    chinese = language == "zh"
    asked = ScoreParams.widen(params)
    if not isinstance(params, ScoreParams):
        tonic, mode = plan.chorale_key(asked)
        return plan.title("chorale", tonic, mode, chinese=chinese)
    found = plan.make(asked)
    return plan.title(found.style, found.tonic, found.mode, chinese=chinese)
