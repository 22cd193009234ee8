"""A mark in a picture's light that nobody sees and only whoever has the key finds.

Knows spread spectrum: a pattern of the key's own, of middle frequencies and as large as the picture, is
added to its light, stronger where the picture is restless. To find it the picture is brought to one size and
compared with the pattern in every place; where the pattern belongs, the likeness must stand out from all
others. It says nothing but "this installation". A picture that was cut or turned has its pattern elsewhere,
and it is not found. Source: Cox et al., "Secure spread spectrum watermarking for multimedia", 1997.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

LEAST = 256
"""Pixels of the short side; smaller pictures are not marked."""
STRENGTH = 1.0
"""Of the pattern where the picture is plain, in steps of 255."""
_SIDE = 256
_LOW, _HIGH = 10, 52
"""Frequencies of the pattern, waves across the picture: above shapes, below what JPEG throws away."""


def bears(size: tuple[int, int]) -> bool:
    """Whether a picture of this size is marked."""
    return min(size) >= LEAST


def marked(image: Image.Image, key: bytes) -> Image.Image:
    """The picture (RGB or RGBA) with the key's mark; as it was where it is too small."""
    if not bears(image.size):
        return image
    clear = image.getchannel("A") if "A" in image.getbands() else None
    light, *colours = image.convert("RGB").convert("YCbCr").split()
    large = Image.fromarray(_pattern(key).astype(np.float32)).resize(light.size, Image.Resampling.BICUBIC)
    grey = np.asarray(light, np.float32)
    mean = np.asarray(light.filter(ImageFilter.BoxBlur(4)), np.float32)
    restless = _around(np.abs(grey - mean), 4)
    strength = STRENGTH * np.clip(0.5 + restless / 8, 0.5, 4.0)
    changed = np.clip(grey + strength * np.asarray(large), 0, 255).round().astype(np.uint8)
    result = Image.merge("YCbCr", (Image.fromarray(changed), *colours)).convert("RGB")
    if clear is not None:
        result.putalpha(clear)
    return result


def likeness(image: Image.Image, key: bytes) -> float:
    """How far the pattern's likeness in its own place stands above all others, in standard deviations."""
    light = image.convert("L").resize(
        (_SIDE, _SIDE), Image.Resampling.BOX if min(image.size) > _SIDE else Image.Resampling.BICUBIC
    )
    grey = np.asarray(light, np.float64)
    mean = np.asarray(light.filter(ImageFilter.BoxBlur(3)), np.float64)
    rest = grey - mean
    flat = rest / (_around(np.abs(rest), 6) + 2.0)
    both = np.fft.ifft2(np.fft.fft2(flat) * np.conj(np.fft.fft2(_pattern(key)))).real
    deviation = float(both.std())
    return float((both[0, 0] - both.mean()) / deviation) if deviation > 0 else 0.0


def _around(values: np.ndarray, radius: int) -> np.ndarray:
    """The mean of each place's neighbours, of values from 0 to 63."""
    fine = Image.fromarray(np.clip(values * 4, 0, 255).astype(np.uint8))
    mean: np.ndarray = np.asarray(fine.filter(ImageFilter.BoxBlur(radius)), np.float32) / 4
    return mean


@lru_cache(maxsize=4)
def _pattern(key: bytes) -> np.ndarray:
    """The key's pattern, 256 by 256, of mean 0 and deviation 1."""
    noise = np.random.default_rng(int.from_bytes(key[:16])).standard_normal((_SIDE, _SIDE))
    across = np.fft.fftfreq(_SIDE, 1 / _SIDE)
    radius = np.hypot(across[:, None], across[None, :])
    band = (radius >= _LOW) & (radius <= _HIGH)
    pattern = np.fft.ifft2(np.fft.fft2(noise) * band).real
    even: np.ndarray = pattern / pattern.std()
    return even
