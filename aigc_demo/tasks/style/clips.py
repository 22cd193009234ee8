"""Short moving pictures: frames out of a GIF, MP4 or WebM, frames back into one, and less flicker between.

Knows the containers and their limits. Knows nothing of how a frame is painted. PyAV (FFmpeg in a wheel)
is imported only for the last two, and only ever given bytes of one container and no address to open.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from aigc_demo.pictures.picture import check_size, sniff, upright
from aigc_demo.types import UserError

MAX_SECONDS = 10.0
MAX_FRAMES = 300
_CONTAINERS = {"MP4": "mp4", "WEBM": "matroska"}
SIDE = 640
"""Longer sides are scaled down to this: a clip is many pictures."""


@dataclass(frozen=True)
class Clip:
    """Frames (RGB, one size) and how long each stays, in seconds; it goes back as ``kind``, GIF or MP4."""

    kind: str
    frames: tuple[Image.Image, ...]
    durations: tuple[float, ...]


def is_clip(path: Path) -> bool:
    """Whether the file moves: an MP4 or WebM, or a GIF with more than one frame."""
    kind = sniff(path)
    if kind != "GIF":
        return kind in _CONTAINERS
    try:
        with Image.open(path, formats=("GIF",)) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, ValueError, SyntaxError, EOFError):
        return False


def read_clip(path: Path, field: str, side: int = SIDE) -> Clip:
    """At most the first ten seconds, no frame larger than ``side``; :class:`UserError` if damaged."""
    container = _CONTAINERS.get(sniff(path) or "")
    try:
        frames = list(_video(path, field, side, container) if container else _gif(path, field, side))
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError) as error:
        raise _damaged(field) from error
    if not frames:
        raise _damaged(field)
    pictures, durations = zip(*frames, strict=True)
    return Clip("MP4" if container else "GIF", pictures, durations)


def _damaged(field: str) -> UserError:
    return UserError("bad_clip", "style.error.damaged_clip", field=field)


def _gif(path: Path, field: str, side: int) -> Iterator[tuple[Image.Image, float]]:
    elapsed = 0.0
    with Image.open(path, formats=("GIF",)) as image:
        check_size(image.size, field)
        for index in range(MAX_FRAMES):
            try:
                image.seek(index)
            except EOFError:
                return
            seconds = max(0.02, image.info.get("duration", 100) / 1000)
            yield upright(image.copy()).fitted(side).image, seconds
            elapsed += seconds
            if elapsed >= MAX_SECONDS:
                return


def _video(path: Path, field: str, side: int, container_name: str) -> Iterator[tuple[Image.Image, float]]:
    import av

    last = Fraction(-1)
    with av.open(io.BytesIO(path.read_bytes()), format=container_name) as container:
        if not container.streams.video:
            raise _damaged(field)
        stream = container.streams.video[0]
        check_size((stream.width, stream.height), field)
        rate = stream.average_rate or Fraction(24)
        gap = 1 / min(rate, Fraction(30))
        for frame in container.decode(stream):
            now = Fraction(frame.pts or 0) * Fraction(frame.time_base or gap)
            if now - last < gap * Fraction(9, 10) and last >= 0:
                continue  # more than thirty a second: leave some out
            if now >= MAX_SECONDS:
                return
            last = now
            image = _even(upright(frame.to_image()).fitted(side).image)
            yield image, float(gap)


def _even(image: Image.Image) -> Image.Image:
    """Cropped to even sides, which the video's colour format wants."""
    return image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2))


# -- back -----------------------------------------------------------------------------------------


def write_clip(kind: str, frames: Sequence[Image.Image], durations: Sequence[float]) -> bytes:
    """A GIF that loops, or an MP4 (H.264 where the wheel has an encoder for it, else MPEG-4)."""
    if kind == "MP4":
        return _write_mp4(frames, durations)
    buffer = io.BytesIO()
    first, *rest = [frame.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames]
    times = _hundredths(durations)
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=times, loop=0, disposal=1)
    return buffer.getvalue()


def _hundredths(durations: Sequence[float]) -> list[int]:
    """Seconds in the tens of milliseconds that a GIF counts; what is rounded off is the next frame's."""
    ends = [round(100 * end) for end in accumulate(durations)]
    return [10 * max(1, end - begin) for begin, end in zip([0, *ends], ends, strict=False)]


def _write_mp4(frames: Sequence[Image.Image], durations: Sequence[float]) -> bytes:
    import av

    buffer = io.BytesIO()
    rate = Fraction(len(durations) / sum(durations)).limit_denominator(1001)
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream(_encoder(), rate=rate)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "20", "preset": "veryfast"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())
    return buffer.getvalue()


def _encoder() -> str:
    import av

    return "libx264" if "libx264" in av.codecs_available else "mpeg4"


# -- flicker --------------------------------------------------------------------------------------


class Steady:
    """Holds still what holds still: where the scene did not change, the painting fades in slowly.

    A painter redraws its strokes for the least change of a pixel, which the eye sees as boiling. ``hold``
    is the share of the last painting that stays where nothing moves.
    """

    def __init__(self, hold: float = 0.8, sensitivity: float = 0.03) -> None:
        self._hold, self._sensitivity = hold, sensitivity
        self._scene: Tensor | None = None
        self._painting: Tensor | None = None

    def __call__(self, scene: Tensor, painting: Tensor) -> Tensor:
        """The next painting (3, H, W), calmed by the one before."""
        if self._scene is not None and self._painting is not None and self._scene.shape == scene.shape:
            moved = F.avg_pool2d((scene - self._scene).abs().mean(0, keepdim=True)[None], 9, 1, 4)[0]
            stays = self._hold * torch.exp(-((moved / self._sensitivity) ** 2))
            painting = torch.lerp(painting, self._painting, stays)
        self._scene, self._painting = scene, painting
        return painting
