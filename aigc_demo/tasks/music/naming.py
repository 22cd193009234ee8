"""What a piece is called that has no words: its kind and key, or the piece that it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_demo import i18n
from aigc_demo.tasks.music import plan
from aigc_demo.types import Language, ModelSpec

if TYPE_CHECKING:
    from aigc_demo.tasks.music.params import MusicParams


def title(params: MusicParams, spec: ModelSpec, language: Language) -> str:
    """``Jig in D``, ``Variation on tune.mid``; the parameters hold the names of files."""
    if "sound" in spec.traits:
        return i18n.t("music.named.sound", language)
    if params.action != "compose":
        first = params.start or i18n.t("music.named.played", language)
        return i18n.t(f"music.named.{params.action}", language, name=first)
    chinese = language == "zh"
    if "chorale" in spec.traits:
        tonic, mode = plan.chorale_key(params)
        return plan.title("chorale", tonic, mode, chinese=chinese)
    found = plan.make(params)
    return plan.title(found.style, found.tonic, found.mode, chinese=chinese)
