"""What a painting is called: its photo and its style, in the language of whoever reads."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.style import styles
from aigc_demo.tasks.style.params import LearnStyleParams, StyleParams
from aigc_demo.types import Language, ModelSpec


def title(params: StyleParams, _: ModelSpec, language: Language) -> str:
    """``photo.jpg in Crimson shore``; the parameters hold the names of files."""
    style = _style(params, language)
    if isinstance(params, LearnStyleParams):
        return i18n.t("style.named.learnt", language, style=style)
    photo = params.content or i18n.t(f"style.photo.{params.photo}", language)
    return i18n.t("style.named", language, photo=photo, style=style)


def _style(params: StyleParams, language: Language) -> str:
    """The names of the styles, the largest share first; a picture that is the style has its own name."""
    picture = params.style_image or i18n.t("style.style_image.label", language)
    if params.style == styles.EVERY:
        return picture if params.style_image else i18n.t("style.gallery.all", language)
    parts = sorted(styles.blend(params.style), key=lambda part: -part.share)
    if params.style_image and all(part.style != styles.IMAGE for part in parts):
        return picture
    names = [
        picture if part.style == styles.IMAGE else i18n.t(f"style.name.{part.style}", language)
        for part in parts
    ]
    return " + ".join(names)
