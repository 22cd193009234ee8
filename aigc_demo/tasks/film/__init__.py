"""The film task: a scene set in motion for a few seconds, or several told one after another.

Knows declarations only; what moves how is in :mod:`moving`, first imported when used. A scene comes as a
picture that carries its things (:mod:`aigc_demo.pictures.layers`), whoever made it; a tune and a voice come
as files, whoever plays and speaks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Asset, Example, ModelSpec, Params, Task, param

Sample = Literal["", "ride", "snow", "sea"]
SAMPLES = ("ride", "snow", "sea")
Camera = Literal["still", "zoom", "pan", "depth"]
Change = Literal["fade", "cut"]
Subtitles = Literal["picture", "track"]
"""Words in the picture, or only as the track that players show or hide and every file has."""
Format = Literal["mp4", "webm", "webp", "gif"]
LONGEST = 60.0
"""Seconds of a film of several scenes."""
_SILENT = ("webp", "gif")


class FilmParams(Params):
    """Which scene, for how long, seen how. Without a scene one of the samples is filmed."""

    scene: str = param("", max_length=400, widget="file", folded=False, takes=("image/png",))
    sample: Sample = param("", folded=False)
    seconds: float = param(3.0, ge=1.0, le=10.0, widget="slider", step=0.5, folded=False)
    camera: Camera = param("still", folded=False)
    format: Format = param("mp4")

    @model_validator(mode="after")
    def _there_is_a_scene(self) -> Self:
        if not self.scene and not self.sample:
            raise PydanticCustomError("no_scene", "film.error.no_scene", {"field": "scene"})
        return self


def _scene(*, folded: bool = True) -> Any:
    return param("", max_length=400, widget="file", folded=folded, takes=("image/png",))


def _caption(scene: str, *, folded: bool = True) -> Any:
    return param("", max_length=120, folded=folded, words=True, under=scene)


class StoryParams(Params):
    """Up to six scenes with words under them, ``seconds`` each, a tune and a voice. Without: the samples.

    The film takes longer where the voice does, up to ``LONGEST``; a tune is cut or begins again.
    """

    scene1: str = _scene(folded=False)
    caption1: str = _caption("scene1", folded=False)
    scene2: str = _scene(folded=False)
    caption2: str = _caption("scene2", folded=False)
    scene3: str = _scene()
    caption3: str = _caption("scene3")
    scene4: str = _scene()
    caption4: str = _caption("scene4")
    scene5: str = _scene()
    caption5: str = _caption("scene5")
    scene6: str = _scene()
    caption6: str = _caption("scene6")
    tune: str = param("", max_length=400, widget="file", folded=False, takes=("sound",))
    voice: str = param("", max_length=400, widget="file", folded=False, takes=("sound",))
    seconds: float = param(3.0, ge=1.0, le=10.0, widget="slider", step=0.5, folded=False)
    camera: Camera = param("still", folded=False)
    change: Change = param("fade", folded=False)
    subtitles: Subtitles = param("picture", folded=False)
    format: Format = param("mp4")

    @model_validator(mode="after")
    def _sound_has_room(self) -> Self:
        field = "tune" if self.tune else "voice"
        if self.format in _SILENT and getattr(self, field):
            raise PydanticCustomError("no_sound", "film.error.silent", {"field": field})
        return self

    @property
    def words_in_picture(self) -> bool:
        """Whether words are drawn; where a file has no room for a track they always are."""
        return self.subtitles == "picture" or self.format in _SILENT

    @property
    def captions(self) -> tuple[str, ...]:
        """The words of each scene."""
        return tuple(getattr(self, f"caption{number}").strip() for number in range(1, 7))

    @property
    def scenes(self) -> tuple[tuple[str, str, str], ...]:
        """The scenes that were given, in their order: the field's name, the file, the words under it."""
        names = [f"scene{number}" for number in range(1, 7)]
        given = zip(names, self.captions, strict=True)
        return tuple((name, getattr(self, name), words) for name, words in given if getattr(self, name))


class ClipParams(Params):
    """A clip of anybody, made smoother and larger: frames in ``between``, enlarged ``scale`` times.

    Without a clip the film that the tab shows is taken.

    ``slow`` gives the new frames time of their own instead of more of them a second.
    """

    clip: str = param("", max_length=400, widget="file", folded=False, takes=("clip",))
    between: int = param(2, ge=1, le=4, widget="slider", folded=False)
    scale: int = param(1, ge=1, le=2, widget="slider", folded=False)
    slow: bool = param(False, folded=False)
    seconds: float = param(3.0, ge=0.5, le=10.0, widget="slider", step=0.5, folded=False)
    format: Format = param("mp4")

    @model_validator(mode="after")
    def _there_is_something_to_do(self) -> Self:
        if self.between == 1 and self.scale == 1:
            raise PydanticCustomError("nothing_to_do", "film.error.nothing_to_do", {"field": "between"})
        return self


MOVER = ModelSpec(
    id="scene-mover",
    task="film",
    params=FilmParams,
    name="Scene mover",
    pipeline="aigc_demo.tasks.film.pipeline:load",
    sources=(),
    license="MIT",
    memory_gb=0.2,
    languages=("en", "zh"),
)

STORYBOARD = ModelSpec(
    id="storyboard",
    task="film",
    params=StoryParams,
    name="Storyboard",
    pipeline="aigc_demo.tasks.film.pipeline:load_story",
    sources=(),
    license="MIT",
    memory_gb=0.3,
    languages=("en", "zh"),
)

SMOOTHER = ModelSpec(
    id="clip-smoother",
    task="film",
    params=ClipParams,
    name="Clip smoother",
    pipeline="aigc_demo.tasks.film.smoothing:load",
    sources=(Asset("models/upscale"),),
    license="BSD-3-Clause",
    memory_gb=0.5,
    languages=("en", "zh"),
    card="models/upscale/card.md",
)

DEBUG = ModelSpec(
    id="debug-film",
    task="film",
    params=FilmParams,
    name="Debug mover",
    pipeline="aigc_demo.tasks.film.debug:load",
    sources=(),
    license="none",
    memory_gb=0.01,
    languages=("en", "zh"),
    debug=True,
)

DEBUG_STORY = replace(
    DEBUG,
    id="debug-storyboard",
    params=StoryParams,
    name="Debug storyboard",
    pipeline="aigc_demo.tasks.film.debug:load_story",
)

TASK = Task(
    id="film",
    produces="video",
    models=(MOVER, STORYBOARD, SMOOTHER, DEBUG, DEBUG_STORY),
    examples=(
        *(
            Example(language, {"sample": sample, "camera": camera})
            for language in ("en", "zh")
            for sample, camera in (("ride", "still"), ("snow", "zoom"), ("sea", "still"))
        ),
        Example(
            "en",
            {
                "caption1": "One night a cat took its bicycle.",
                "caption2": "It rode to three pigs in the snow.",
                "caption3": "Then they all sailed out to sea.",
            },
        ),
        Example(
            "zh",
            {
                "caption1": "一天夜里，小猫骑上自行车。",
                "caption2": "它去雪地里找三只小猪。",
                "caption3": "然后大家一起出海了。",
            },
        ),
    ),
    title="aigc_demo.tasks.film.naming:title",
    order=50,
)
