"""A scene's film as a file: MP4 with H.264 where this machine has it, WebM with VP9, animated WebP or GIF.

Knows formats and how a film is asked for. What moves is :mod:`moving`'s business, what it looks like
:mod:`frames`'.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

from aigc_demo.pictures import layers
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.film import FilmParams
from aigc_demo.tasks.film.frames import RATE, frames
from aigc_demo.types import Emit, Kind, LoadContext, Output, UserError

SAMPLES = ASSETS / "examples" / "film"
_GIF_SIDE, _GIF_EVERY = 480, 2


def load(_: LoadContext) -> Mover:
    """There is nothing to load."""
    return Mover()


class Mover:
    """Sets scenes in motion; the same scene and settings give the same bytes."""

    def __call__(self, params: FilmParams, emit: Emit) -> tuple[Output, ...]:
        """One film whose end meets its beginning."""
        began = time.perf_counter()
        path = Path(params.scene) if params.scene else SAMPLES / f"{params.sample}.png"
        found = layers.read(path)
        if found is None:
            raise UserError("no_layers", "film.error.no_layers", status=422, field="scene")
        count = round(params.seconds * RATE)
        steps = StepProgress(emit, count)
        shown = _counted(frames(found, params.seconds, params.camera), steps)
        data, media_type, codec = _WRITERS[params.format](shown)
        width, height = found.ground.size[0] // 2 * 2, found.ground.size[1] // 2 * 2
        meta = {
            "width": width, "height": height, "frames": count, "seconds": params.seconds, "fps": RATE,
            "codec": codec, "things": [layer.label or layer.name for layer in found.things],
            "compute_seconds": round(time.perf_counter() - began, 2),
        }  # fmt: skip
        kind: Kind = "video" if media_type.startswith("video/") else "image"
        return (Output(kind, f"film.{media_type.partition('/')[2]}", media_type, data=data, meta=meta),)


def _counted(shown: Iterator[Image.Image], steps: StepProgress) -> Iterator[Image.Image]:
    for number, frame in enumerate(shown, 1):
        steps.step(number, lambda frame=frame: frame)  # type: ignore[misc]
        yield frame


def _mp4(shown: Iterator[Image.Image]) -> tuple[bytes, str, str]:
    if "libx264" not in av.codecs_available:
        return _webm(shown)
    options = {"crf": "20", "preset": "veryfast", "threads": "1"}
    return _video(shown, "mp4", "libx264", options), "video/mp4", "H.264"


def _webm(shown: Iterator[Image.Image]) -> tuple[bytes, str, str]:
    options = {"crf": "32", "b:v": "0", "deadline": "realtime", "cpu-used": "7", "threads": "1"}
    return _video(shown, "webm", "libvpx-vp9", options), "video/webm", "VP9"


def _video(shown: Iterator[Image.Image], form: str, codec: str, options: dict[str, str]) -> bytes:
    """The frames encoded in colours that every browser shows."""
    buffer = io.BytesIO()
    flags = {"movflags": "frag_keyframe+empty_moov"} if form == "mp4" else {}
    with av.open(buffer, "w", format=form, options={**flags, "fflags": "+bitexact"}) as out:
        stream = None
        for image in shown:
            if stream is None:
                stream = out.add_stream(codec, rate=RATE, options=options)
                stream.width, stream.height = image.size
                stream.pix_fmt = "yuv420p"
            out.mux(stream.encode(av.VideoFrame.from_image(image)))
        if stream is not None:
            out.mux(stream.encode(None))
    return buffer.getvalue()


def _webp(shown: Iterator[Image.Image]) -> tuple[bytes, str, str]:
    first, *rest = list(shown)[::_GIF_EVERY]
    buffer = io.BytesIO()
    first.save(
        buffer, "WEBP", save_all=True, append_images=rest, duration=1000 * _GIF_EVERY // RATE, loop=0,
        quality=80, method=2,
    )  # fmt: skip
    return buffer.getvalue(), "image/webp", "WebP"


def _gif(shown: Iterator[Image.Image]) -> tuple[bytes, str, str]:
    """Every second frame, no wider than 480 pixels, one palette for all; GIF counts hundredths."""
    small = []
    for number, frame in enumerate(shown):
        if number % _GIF_EVERY == 0:
            scale = min(1.0, _GIF_SIDE / max(frame.size))
            small.append(
                frame.resize((round(frame.width * scale), round(frame.height * scale)), Image.Resampling.BOX)
            )
    palette = small[len(small) // 2].quantize(256, Image.Quantize.MEDIANCUT)
    first, *rest = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in small]
    times = [80, 80, 90]  # 83 ms a frame on average
    buffer = io.BytesIO()
    durations = [times[at % 3] for at in range(len(small))]
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return buffer.getvalue(), "image/gif", "GIF"


_WRITERS = {"mp4": _mp4, "webm": _webm, "webp": _webp, "gif": _gif}
