"""The film task: a scene set in motion, for a few seconds.

Knows declarations only; what moves how is in :mod:`moving`, first imported when used. A scene comes as a
picture that carries its things (:mod:`aigc_demo.pictures.layers`), whoever made it.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Example, ModelSpec, Params, Task, param

Sample = Literal["", "ride", "snow", "sea"]
Camera = Literal["still", "zoom", "pan"]
Format = Literal["mp4", "webm", "webp", "gif"]


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

TASK = Task(
    id="film",
    produces="video",
    models=(MOVER, DEBUG),
    examples=tuple(
        Example(language, {"sample": sample, "camera": camera})
        for language in ("en", "zh")
        for sample, camera in (("ride", "still"), ("snow", "zoom"), ("sea", "still"))
    ),
    title="aigc_demo.tasks.film.naming:title",
    order=50,
)
