"""Films of scenes: one that is set in motion, or several told one after another with words and sound.

Knows how a film is asked for and what is said of it. What moves is :mod:`moving`'s business, what it looks
like :mod:`frames`' and :mod:`story`'s, what is heard :mod:`sound`'s, what it is written as :mod:`files`'.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from aigc_demo.pictures import layers
from aigc_demo.pictures.layers import Layers
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.film import LONGEST, SAMPLES, FilmParams, StoryParams
from aigc_demo.tasks.film.files import Beside, Written, written
from aigc_demo.tasks.film.frames import RATE, frames
from aigc_demo.tasks.film.sound import RATE as SOUND_RATE
from aigc_demo.tasks.film.sound import Sound, heard, mixed
from aigc_demo.tasks.film.story import FADE, Shot, length, told
from aigc_demo.tasks.film.subtitles import cues
from aigc_demo.types import Emit, Kind, LoadContext, Output, UserError

FOLDER = ASSETS / "examples" / "film"


def load(_: LoadContext) -> Mover:
    """There is nothing to load."""
    return Mover()


def load_story(_: LoadContext) -> Teller:
    """There is nothing to load."""
    return Teller()


class Mover:
    """Sets scenes in motion; the same scene and settings give the same bytes."""

    def __call__(self, params: FilmParams, emit: Emit) -> tuple[Output, ...]:
        """One film whose end meets its beginning."""
        began = time.perf_counter()
        found = _read(params.scene, "scene") if params.scene else _sample(params.sample)
        count = round(params.seconds * RATE)
        steps = StepProgress(emit, count)
        shown = _counted(frames(found, params.seconds, params.camera), steps)
        made = written(params.format, shown)
        names = [layer.label or layer.name for layer in found.things]
        return (_output(made, found, count, began, things=names),)


class Teller:
    """Tells scenes one after another; the same scenes, words and sounds give the same bytes."""

    def __call__(self, params: StoryParams, emit: Emit) -> tuple[Output, ...]:
        """One film, as long as its voice needs where it has one."""
        began = time.perf_counter()
        shots = _shots(params)
        fade = FADE if params.change == "fade" else 0
        voice = heard(Path(params.voice), "voice", LONGEST) if params.voice else None
        each = _frames_each(params.seconds, len(shots), fade, voice)
        fade = min(fade, each // 3)
        count = length(len(shots), each, fade)
        tune = heard(Path(params.tune), "tune", count / RATE) if params.tune else None
        sound = mixed(count / RATE, tune, voice)
        captions = [shot.caption for shot in shots]
        said = cues(captions, each / RATE, (each - fade) / RATE)
        seen = shots if params.words_in_picture else [replace(shot, caption="") for shot in shots]
        shown = _counted(told(seen, each, params.camera, fade), StepProgress(emit, count))
        made = written(params.format, shown, Beside(sound, said))
        return (
            _output(
                made, shots[0].layers, count, began, scenes=len(shots), captions=captions,
                fade_frames=fade,
                sound=[name for name, there in (("tune", tune), ("voice", voice)) if there is not None],
            ),
        )  # fmt: skip


def _shots(params: StoryParams) -> Sequence[Shot]:
    """The scenes that were given with their words; the samples where none was."""
    given = params.scenes
    if given:
        return [Shot(_read(path, field), caption) for field, path, caption in given]
    return [Shot(_sample(name), caption) for name, caption in zip(SAMPLES, params.captions, strict=False)]


def _frames_each(seconds: float, count: int, fade: int, voice: Sound | None) -> int:
    """Frames of each scene: as asked for, more where a voice would not have ended yet."""
    asked = round(seconds * RATE)
    if voice is None:
        return asked
    needed = math.ceil(voice.shape[1] / SOUND_RATE * RATE) + RATE // 2
    most = round(LONGEST / count * RATE)
    return max(asked, min(most, math.ceil((needed + (count - 1) * fade) / count)))


def _sample(name: str) -> Layers:
    return _read(str(FOLDER / f"{name}.png"), "sample")


def _read(path: str, field: str) -> Layers:
    found = layers.read(Path(path))
    if found is None:
        raise UserError("no_layers", "film.error.no_layers", status=422, field=field)
    return found


def _output(made: Written, first: Layers, count: int, began: float, **details: object) -> Output:
    data, media_type, codec = made
    width, height = (side // 2 * 2 for side in first.ground.size)
    meta = {
        "width": width, "height": height, "frames": count, "seconds": round(count / RATE, 3), "fps": RATE,
        "codec": codec, **details, "compute_seconds": round(time.perf_counter() - began, 2),
    }  # fmt: skip
    kind: Kind = "video" if media_type.startswith("video/") else "image"
    return Output(kind, f"film.{media_type.partition('/')[2]}", media_type, data=data, meta=meta)


def _counted(shown: Iterator[Image.Image], steps: StepProgress) -> Iterator[Image.Image]:
    for number, frame in enumerate(shown, 1):
        steps.step(number, lambda frame=frame: frame)  # type: ignore[misc]
        yield frame
