"""Short moving pictures: frames out of a GIF, MP4 or WebM, frames back into one, and less flicker between.

Knows the containers and their limits. Knows nothing of how a frame is painted. PyAV (FFmpeg in a wheel)
is imported only for the last two, and only ever given bytes of one container and no address to open.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from aigc_demo.pictures.picture import Picture, check_size, sniff, upright
from aigc_demo.types import UserError

MAX_SECONDS = 10.0
MAX_FRAMES = 300
_MOVING = ("GIF", "WEBP", "PNG")
_CONTAINERS = {"MP4": "mp4", "WEBM": "matroska"}
SIDE = 640
"""Longer sides are scaled down to this: a clip is many pictures."""


@dataclass(frozen=True)
class Clip:
    """Frames (RGB, one size) and how long each stays, in seconds.

    It goes back as ``kind``: GIF, WEBP, PNG or MP4. ``alphas`` (mode L) where any frame has transparency;
    ``loop`` is how often it plays, 0 for ever.
    """

    kind: str
    frames: tuple[Image.Image, ...]
    durations: tuple[float, ...]
    alphas: tuple[Image.Image, ...] = ()
    loop: int = 0


def is_clip(path: Path) -> bool:
    """Whether the file moves: an MP4 or WebM, or a GIF, WebP or PNG with more than one frame."""
    kind = sniff(path)
    if kind not in _MOVING:
        return kind in _CONTAINERS
    try:
        with Image.open(path, formats=(kind,)) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, ValueError, SyntaxError, EOFError):
        return False


def read_clip(path: Path, field: str, side: int = SIDE) -> Clip:
    """At most the first ten seconds, no frame larger than ``side``; :class:`UserError` if damaged."""
    kind = sniff(path) or ""
    container = _CONTAINERS.get(kind)
    try:
        if not container:
            return _moving(path, kind, field, side)
        frames = list(_video(path, field, side, container))
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError) as error:
        raise _damaged(field) from error
    if not frames:
        raise _damaged(field)
    pictures, durations = zip(*frames, strict=True)
    return Clip("MP4", pictures, durations)


def _damaged(field: str) -> UserError:
    return UserError("bad_clip", "error.clip.damaged", field=field)


def _moving(path: Path, kind: str, field: str, side: int) -> Clip:
    """The frames of a GIF, WebP or PNG that Pillow reads, with what shines through them."""
    pictures: list[Picture] = []
    durations: list[float] = []
    with Image.open(path, formats=(kind,)) as image:
        check_size(image.size, field)
        # a GIF that says nothing plays once
        loop = int(image.info.get("loop", 1 if kind == "GIF" else 0))
        still = bool(image.info.get("default_image"))
        for index in range(int(still), MAX_FRAMES):
            try:
                image.seek(index)
            except EOFError:
                break
            durations.append(max(0.02, float(image.info.get("duration", 100)) / 1000))
            pictures.append(upright(image.copy()).fitted(side))
            if sum(durations) >= MAX_SECONDS:
                break
    if not pictures:
        raise _damaged(field)
    opaque = Image.new("L", pictures[0].size, 255)
    seen = any(picture.alpha for picture in pictures)
    alphas = tuple(picture.alpha or opaque for picture in pictures) if seen else ()
    return Clip(kind, tuple(picture.image for picture in pictures), tuple(durations), alphas, loop)


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
            shown = frame.to_image()
            if frame.rotation:  # a phone that was held upright
                shown = shown.rotate(frame.rotation, expand=True)
            image = _even(upright(shown).fitted(side).image)
            yield image, float(gap)


def _even(image: Image.Image) -> Image.Image:
    """Cropped to even sides, which the video's colour format wants."""
    return image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2))


# -- back -----------------------------------------------------------------------------------------


def write_clip(clip: Clip, frames: Sequence[Image.Image]) -> bytes:
    """Painted frames as what they came in: GIF, WebP, PNG or MP4 (H.264 where there is an encoder)."""
    if clip.kind == "MP4":
        return _write_mp4(frames, clip.durations)
    shown = [_shining(frame, alpha, clip.kind) for frame, alpha in _with_alphas(clip, frames)]
    times = _hundredths(clip.durations) if clip.kind == "GIF" else [round(s * 1000) for s in clip.durations]
    options: dict[str, Any] = {"save_all": True, "append_images": shown[1:], "duration": times}
    if clip.kind != "GIF" or clip.loop != 1:
        options["loop"] = clip.loop
    if clip.kind == "WEBP":
        options |= {"quality": 90, "method": 2}
    elif clip.kind == "GIF":
        options["disposal"] = 2 if clip.alphas else 1
    elif clip.alphas:
        options["disposal"] = 1
    buffer = io.BytesIO()
    shown[0].save(buffer, clip.kind, **options)
    return buffer.getvalue()


def _with_alphas(
    clip: Clip, frames: Sequence[Image.Image]
) -> Iterator[tuple[Image.Image, Image.Image | None]]:
    for index, frame in enumerate(frames):
        yield frame, clip.alphas[index] if clip.alphas else None


def _shining(frame: Image.Image, alpha: Image.Image | None, kind: str) -> Image.Image:
    """The frame with its transparency: in a GIF a pixel is there or not."""
    if alpha is None:
        return frame.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) if kind == "GIF" else frame
    if alpha.size != frame.size:
        alpha = alpha.resize(frame.size, Image.Resampling.LANCZOS)
    if kind == "GIF":
        alpha = alpha.point([255 * (value >= 128) for value in range(256)])
    frame = frame.copy()
    frame.putalpha(alpha)
    return frame


def _hundredths(durations: Sequence[float]) -> list[int]:
    """Times in milliseconds as a GIF can say them, in tens; what is cut off one is carried to the next."""
    times, elapsed, told = [], 0.0, 0
    for seconds in durations:
        elapsed += seconds * 100
        step = max(2, round(elapsed) - told)
        told += step
        times.append(step * 10)
    return times


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
