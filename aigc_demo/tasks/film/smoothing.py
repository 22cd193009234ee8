"""Any short clip made smoother and larger: frames in between, each enlarged without flicker.

Knows how frames come from one another. Motion is looked for by FFmpeg's ``minterpolate`` (overlapped block
motion compensation, bilateral search), detail by the compact upscaler. Frames pass one by one: a clip is
never held whole at its new size.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from aigc_demo.pictures.clips import Clip, Steady, read_clip
from aigc_demo.pictures.enlarging import Enlarger
from aigc_demo.pictures.picture import to_image, to_tensor
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.film import ClipParams
from aigc_demo.tasks.film.files import Beside, written
from aigc_demo.tasks.film.sound import sound_of
from aigc_demo.types import Emit, LoadContext, Output

SAMPLE = ASSETS / "ui" / "film" / "showcase" / "film.mp4"
SIDE, SMALL = 768, 320
"""Longest sides of what is taken in, and of what is to be enlarged."""
_CHANGED = 6
"""From this difference of levels on a pixel is another than before; less is the noise of a codec."""
_AHEAD = 3
"""Frames that the search for motion wants to see after the one it is at."""


def load(context: LoadContext) -> Smoother:
    """The upscaler from its folder; it is read when it is first asked for."""
    return Smoother(Enlarger(context.path, context.placement.device))


class Smoother:
    """Makes clips smoother and larger; the same clip and settings give the same bytes."""

    def __init__(self, enlarger: Enlarger) -> None:
        self._enlarger = enlarger

    def __call__(self, params: ClipParams, emit: Emit) -> tuple[Output, ...]:
        """One film with the clip's sound, where its pace stays."""
        began = time.perf_counter()
        path = Path(params.clip) if params.clip else SAMPLE
        clip = read_clip(path, "clip", SMALL if params.scale > 1 else SIDE)
        shown = _first(clip, params.seconds)
        seconds = sum(clip.durations[: len(shown)])
        came = Fraction(len(shown) / seconds).limit_denominator(1001)
        steps = StepProgress(emit, len(shown) * params.between)
        larger = self._enlarged(shown, params.scale) if params.scale > 1 else iter(shown)
        frames = _counted(between(larger, len(shown), params.between), steps)
        rate = came if params.slow else came * params.between
        sound = None if params.slow else sound_of(path, seconds)
        data, media_type, codec = written(params.format, frames, Beside(sound, rate=rate))
        count = len(shown) * params.between
        width, height = (side * params.scale for side in shown[0].size)
        meta = {
            "width": width, "height": height, "frames": count, "fps": round(float(rate), 3),
            "seconds": round(count / float(rate), 3), "codec": codec, "frames_before": len(shown),
            "fps_before": round(float(came), 3), "scale": params.scale,
            "compute_seconds": round(time.perf_counter() - began, 2),
        }  # fmt: skip
        return (Output("video", f"film.{media_type.partition('/')[2]}", media_type, data=data, meta=meta),)

    def _enlarged(self, frames: Sequence[Image.Image], scale: int) -> Iterator[Image.Image]:
        """The frames larger. Only what changed is enlarged anew: what holds still does so in detail."""
        steady = Steady()
        base, large = frames[0].copy(), self._enlarger(frames[0], scale)
        reach = self._enlarger.net(scale).reach
        for frame in frames:
            if box := _changed(base, frame):
                part = _wider(box, reach, frame.size)
                seen = _wider(part, reach, frame.size)
                fresh = self._enlarger(frame.crop(seen), scale)
                inner = [(edge - seen[at % 2]) * scale for at, edge in enumerate(part)]
                large.paste(
                    fresh.crop((inner[0], inner[1], inner[2], inner[3])), (part[0] * scale, part[1] * scale)
                )
                base.paste(frame.crop(part), part[:2])
            plain = frame.resize(large.size, Image.Resampling.BILINEAR)
            yield to_image(steady(to_tensor(plain), to_tensor(large)))


Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


def _changed(before: Image.Image, after: Image.Image) -> Box | None:
    """The box around all pixels that differ by more than a codec's noise."""
    off = np.abs(np.asarray(after, np.int16) - np.asarray(before, np.int16)).max(2) > _CHANGED
    return Image.fromarray(off).getbbox()


def _wider(box: Box, by: int, size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    return max(0, left - by), max(0, top - by), min(size[0], right + by), min(size[1], bottom + by)


def _first(clip: Clip, seconds: float) -> tuple[Image.Image, ...]:
    """The frames of the first seconds with even sides, which a video's colours want."""
    count, passed = 0, 0.0
    while count < len(clip.frames) and passed < seconds - 1e-6:
        passed += clip.durations[count]
        count += 1
    width, height = (side // 2 * 2 for side in clip.frames[0].size)
    return tuple(frame.crop((0, 0, width, height)) for frame in clip.frames[:count])


def between(frames: Iterator[Image.Image], count: int, times: int) -> Iterator[Image.Image]:
    """``count`` frames with others between them, ``times`` as many; the last ones stand still."""
    if times == 1 or count < 2:
        for frame in frames:
            yield from [frame] * times
        return
    found = _moved(frames, times)
    left = count * times
    last: Image.Image | None = None
    for frame in found:
        last, left = frame, left - 1
        yield frame
        if not left:
            return
    if last is not None:
        yield from [last] * left


def _moved(frames: Iterator[Image.Image], times: int) -> Iterator[Image.Image]:
    graph: Any = None
    last = None
    number = 0
    for number, frame in enumerate(frames):
        graph = graph or _graph(frame.size, times)
        last = frame
        yield from _passed(graph, frame, number)
    for ahead in range(1, _AHEAD + 1):
        if last is not None:
            yield from _passed(graph, last, number + ahead)


def _passed(graph: Any, frame: Image.Image, number: int) -> Iterator[Image.Image]:
    given = av.VideoFrame.from_image(frame).reformat(format="yuv444p")
    given.pts, given.time_base = number, Fraction(1, 1)
    graph.push(given)
    while True:
        try:
            yield graph.pull().to_image()
        except av.BlockingIOError:
            return


def _graph(size: tuple[int, int], times: int) -> Any:
    graph = av.filter.Graph()
    source = graph.add_buffer(width=size[0], height=size[1], format="yuv444p", time_base=Fraction(1, 1))
    motion = graph.add("minterpolate", f"fps={times}:mi_mode=mci:mc_mode=obmc:me_mode=bilat:scd=fdiff")
    sink = graph.add("buffersink")
    source.link_to(motion)
    motion.link_to(sink)
    graph.configure()
    return graph


def _counted(shown: Iterator[Image.Image], steps: StepProgress) -> Iterator[Image.Image]:
    for number, frame in enumerate(shown, 1):
        steps.step(number, lambda frame=frame: frame)  # type: ignore[misc]
        yield frame
