"""Things in other colours: what has a thing's main colour takes a new one, light and shade stay.

Knows pixels and a dozen colour names only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

TARGETS: Mapping[str, tuple[int, int, int]] = {
    "red": (222, 48, 44), "orange": (245, 140, 42), "yellow": (250, 206, 62), "green": (84, 172, 74),
    "blue": (62, 128, 222), "purple": (144, 88, 204), "pink": (246, 142, 178), "brown": (142, 96, 62),
    "black": (58, 58, 68), "white": (240, 240, 244), "grey": (152, 154, 162),
}  # fmt: skip
_SATURATED, _HUE_BINS, _NEAR_HUE = 0.22, 24, 0.13
_LEAST_SHARE = 0.2
"""Of a thing, which must be saturated for it to have a main colour other than grey."""
_COATS = (
    (1.0, 1.0, 1.0), (0.8, 0.72, 0.66), (1.06, 1.02, 0.94), (0.7, 0.7, 0.74), (1.0, 0.88, 0.78),
    (0.9, 0.94, 0.9),
)  # fmt: skip
"""By which the colours of things of one kind are multiplied, so that two dogs are two."""


def recoloured(sprite: Image.Image, colour: str) -> Image.Image:
    """An RGBA picture with its main colour replaced by the one of this name."""
    pixels = np.asarray(sprite, np.float32)
    share = _main_colour(pixels)
    light = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    weight = share * (pixels[..., 3] > 0)
    mean = float((light * weight).sum() / max(float(weight.sum()), 1.0)) or 1.0
    ratio = (light / mean).clip(0.3, 1.7)[..., None]
    target = np.array(TARGETS[colour], np.float32)
    shaded = target * np.minimum(ratio, 1.0) + (255 - target) * (ratio - 1).clip(0, 1) * 0.6
    pixels[..., :3] += (shaded - pixels[..., :3]) * share[..., None]
    return _image(pixels)


def varied(sprite: Image.Image, number: int) -> Image.Image:
    """The picture as that of the ``number``-th of its kind; the first stays as it is."""
    if not number:
        return sprite
    pixels = np.asarray(sprite, np.float32).copy()
    pixels[..., :3] *= np.array(_COATS[number % len(_COATS)], np.float32)
    return _image(pixels)


def lit(sprite: Image.Image, light: tuple[float, float, float]) -> Image.Image:
    """The picture in light of this colour."""
    pixels = np.asarray(sprite, np.float32).copy()
    pixels[..., :3] *= np.array(light, np.float32)
    return _image(pixels)


def _main_colour(pixels: Floats) -> Floats:
    """How far each pixel has the thing's main colour, in [0, 1]."""
    top, low = pixels[..., :3].max(2), pixels[..., :3].min(2)
    saturation = (top - low) / np.maximum(top, 1.0)
    there = pixels[..., 3] > 60
    strong = there & (saturation > _SATURATED) & (top > 50)
    if strong.sum() < _LEAST_SHARE * max(1, int(there.sum())):
        share: Floats = ((top - 70) / 60).clip(0, 1) * (1 - saturation / 0.5).clip(0, 1)
        return share
    hue = _hue(pixels)
    counts, _ = np.histogram(hue[strong], _HUE_BINS, (0, 1), weights=saturation[strong])
    counts = counts + np.roll(counts, 1) + np.roll(counts, -1)
    main = (int(counts.argmax()) + 0.5) / _HUE_BINS
    off = np.abs((hue - main + 0.5) % 1 - 0.5)
    near: Floats = ((_NEAR_HUE - off) / 0.05).clip(0, 1) * (saturation / _SATURATED).clip(0, 1)
    return near.astype(np.float32)


def _hue(pixels: Floats) -> Floats:
    red, green, blue = (pixels[..., channel] for channel in range(3))
    top = pixels[..., :3].max(2)
    spread = np.maximum(np.ptp(pixels[..., :3], axis=2), 1e-3)
    hue = np.where(
        top == red, ((green - blue) / spread) % 6,
        np.where(top == green, (blue - red) / spread + 2, (red - green) / spread + 4),
    )  # fmt: skip
    scaled: Floats = (hue / 6).astype(np.float32)
    return scaled


def _image(pixels: Floats) -> Image.Image:
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8), "RGBA")
