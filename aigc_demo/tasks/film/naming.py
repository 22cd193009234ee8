"""What a film is called: by the file or the sample that it was made of, a story by its first words."""

from __future__ import annotations

from aigc_demo import i18n
from aigc_demo.tasks.film import ClipParams, FilmParams, StoryParams
from aigc_demo.types import Language, ModelSpec


def title(params: FilmParams | StoryParams | ClipParams, _: ModelSpec, language: Language) -> str:
    """``Film of scene.png``; the parameters hold the names of files."""
    if isinstance(params, StoryParams):
        return next(filter(None, params.captions), "") or i18n.t("film.story", language)
    if isinstance(params, ClipParams):
        return i18n.t("film.smoother", language, name=params.clip or i18n.t("film.sample.ride", language))
    name = params.scene or i18n.t(f"film.sample.{params.sample}", language)
    return i18n.t("film.named", language, name=name)
