"""The frames of a film: things in their poses on the ground, shadows, weather, the camera's motion.

Knows pixels and poses. Knows neither files nor what a thing is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aigc_demo.pictures.layers import Layer, Layers
from aigc_demo.tasks.film.moving import Pose, poses

RATE = 24
"""Frames a second."""
_FLAKES, _DROPS = 150, 170
_ZOOM = 0.14
_ASIDE = 0.06
"""How far the nearest ground moves aside when the eye does, of the width."""


def frames(layers: Layers, seconds: float, camera: str) -> Iterator[Image.Image]:
    """The film's frames in RGB, both sides even; the one after the last would be the first."""
    count = round(seconds * RATE)
    width, height = layers.ground.size
    sized = [_sized(layer) for layer in layers.things]
    shadows = [_shadow(layer) if layer.stands else None for layer in layers.things]
    weather = _Weather(layers.weather, (width, height))
    for number in range(count):
        share = number / count
        aside = _ASIDE * width * math.sin(math.tau * share) if camera == "depth" else 0.0
        picture = _aside(layers.ground, aside).convert("RGBA")
        posed = poses(layers.things, width, share, seconds)
        for at, pose in enumerate(passed(layers.things, posed, height, aside)):
            layer = layers.things[at]
            shadow = shadows[at]
            if shadow is not None:
                left, top, _, down = layer.box
                _over(
                    picture, shadow, round(left + pose.x) - shadow.height, top + down - shadow.height * 3 // 5
                )
            _put(picture, sized[at], layer, pose)
        flat = picture.convert("RGB")
        weather.fall(flat, share, seconds)
        yield _seen(flat, camera, share)


def _aside(ground: Image.Image, by: float) -> Image.Image:
    """The ground as an eye sees it that went aside: moved by ``by`` pixels where it is nearest."""
    if not by:
        return ground
    width, height = ground.size
    far = height // 2
    room = math.ceil(abs(by)) + 1  # beyond an edge the ground goes on as in a mirror
    near = Image.fromarray(np.pad(np.asarray(ground)[far:], ((0, 0), (room, room), (0, 0)), "reflect"))
    matrix = 1.0, -by / near.height, float(room), 0.0, 1.0, 0.0
    size = width, height - far
    seen = ground.copy()
    seen.paste(near.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR), (0, far))
    return seen


def passed(things: Sequence[Layer], posed: Sequence[Pose], height: int, aside: float) -> list[Pose]:
    """The poses as the same eye sees them: what stands on the ground moves with what is under its feet."""
    return [replace(pose, x=pose.x + aside * _nearness(things, at, height)) for at, pose in enumerate(posed)]


def _nearness(things: Sequence[Layer], at: int, height: int) -> float:
    """0 for what is far or in the sky, 1 at the lower edge; what hangs on another is as near as that."""
    for _ in things:
        if not 0 <= things[at].parent < len(things):
            break
        at = things[at].parent
    layer = things[at]
    foot = (layer.box[1] + layer.box[3]) / height
    return 0.0 if layer.home == "sky" else min(max(2 * foot - 1, 0.0), 1.0)


def _sized(layer: Layer) -> Image.Image:
    """A layer's picture as large as its box, looking its way."""
    sized = layer.image.resize(layer.box[2:], Image.Resampling.LANCZOS)
    return sized.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if layer.flip else sized


def _put(picture: Image.Image, sprite: Image.Image, layer: Layer, pose: Pose) -> None:
    """Lay a sprite in its pose over the picture, to a fraction of a pixel; it stands on its lower edge."""
    left, top, width, height = layer.box
    margin = 2 + math.ceil(
        abs(pose.lean) * height + 0.1 * max(width, height) * (pose.across > 1 or pose.down > 1)
    )
    x, y = left + pose.x - margin, top + pose.y - margin
    whole_x, whole_y = math.floor(x), math.floor(y)
    size = width + 2 * margin + 1, height + 2 * margin + 1
    if (
        whole_x >= picture.width
        or whole_y >= picture.height
        or whole_x + size[0] <= 0
        or whole_y + size[1] <= 0
    ):
        return
    middle, foot = margin + width / 2 + x - whole_x, margin + height + y - whole_y
    shear = pose.lean / pose.across
    matrix = (
        1 / pose.across, shear, width / 2 - middle / pose.across - shear * foot,
        0.0, 1 / pose.down, height - foot / pose.down,
    )  # fmt: skip
    posed = sprite.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    if pose.alpha < 1:
        posed.putalpha(posed.getchannel("A").point(lambda level: round(level * pose.alpha)))
    _over(picture, posed, whole_x, whole_y)


def _over(picture: Image.Image, sprite: Image.Image, x: int, y: int) -> None:
    left, top = max(0, -x), max(0, -y)
    right, bottom = min(sprite.width, picture.width - x), min(sprite.height, picture.height - y)
    if right > left and bottom > top:
        picture.alpha_composite(sprite.crop((left, top, right, bottom)), (max(0, x), max(0, y)))


def _shadow(layer: Layer) -> Image.Image:
    """A soft dark spot as wide as the thing; its height is also its margin at both sides."""
    _, _, width, height = layer.box
    deep = max(8, round(min(0.3 * width, 0.2 * height + 8)))
    mask = Image.new("L", (width + 2 * deep, deep))
    box = deep + 0.05 * width, deep * 0.28, deep + 0.95 * width, deep * 0.72
    ImageDraw.Draw(mask).ellipse(box, fill=110)
    dark = Image.new("RGBA", mask.size, (24, 26, 44, 255))
    dark.putalpha(mask.filter(ImageFilter.GaussianBlur(deep / 9)))
    return dark


def _seen(picture: Image.Image, camera: str, share: float) -> Image.Image:
    """What the camera sees of it, in the same size: from nearer and back, or from side to side."""
    width, height = picture.size[0] // 2 * 2, picture.size[1] // 2 * 2
    if camera in ("still", "depth"):
        return picture if picture.size == (width, height) else picture.crop((0, 0, width, height))
    near = 0.5 - 0.5 * math.cos(math.tau * share)
    scale = 1 - _ZOOM * (near if camera == "zoom" else 1.0)
    aside = 0.5 if camera == "zoom" else 0.5 + 0.5 * math.sin(math.tau * share)
    left, top = (width - width * scale) * aside, (height - height * scale) * 0.6
    box = left, top, left + width * scale, top + height * scale
    return picture.resize((width, height), Image.Resampling.BILINEAR, box=box)


class _Weather:
    """Rain or snow that falls through the picture a whole number of times."""

    def __init__(self, kind: str, size: tuple[int, int]) -> None:
        rng = np.random.Generator(np.random.PCG64(5))
        self._kind, self._size = kind, size
        self._drops = (
            rng.random((_DROPS if kind == "rain" else _FLAKES, 4)) if kind in ("rain", "snow") else None
        )

    def fall(self, picture: Image.Image, share: float, seconds: float) -> None:
        """Draw what falls at this moment."""
        if self._drops is None:
            return
        width, height = self._size
        draw = ImageDraw.Draw(picture, "RGBA")
        for across, start, size, pace in self._drops.tolist():
            rain = self._kind == "rain"
            times = max(1, round(seconds * (1.3 + pace if rain else 0.25 + 0.3 * pace)))
            y = (start + times * share) % 1 * (height + 40) - 20
            if rain:
                x, length = across * (width + 60) - 0.2 * y, 14 + 18 * size
                draw.line([(x, y), (x - 0.2 * length, y + length)], fill=(214, 230, 248, 130), width=1)
            else:
                x, radius = (
                    across * width + 9 * math.sin(math.tau * (times * share + pace)),
                    1.5 + 3.5 * size**2,
                )
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 255, 220))
