"""Pictures that a wish brings with it: read safely, brought to the size a model paints at, and put back.

Knows squares, masks and edges. Knows nothing of models.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from aigc_demo.pictures.picture import STILL, Picture, read_picture
from aigc_demo.types import UserError

MAX_BYTES = 10_000_000


def read(path: str, field: str) -> Picture:
    """A still PNG, JPEG or WebP of at most 16 megapixels and 10 MB; :class:`UserError` otherwise."""
    return read_picture(Path(path), field, formats=STILL, max_bytes=MAX_BYTES, still=True)


def read_mask(path: str, size: tuple[int, int]) -> Image.Image:
    """What is to be painted anew, as a picture in mode L of this size: 255 where, 0 where not.

    A mask is white there or, if it has transparency, transparent there, as editors leave what was erased.

    Raises :class:`UserError` where nothing is marked.
    """
    picture = read(path, "mask")
    mask = ImageOps.invert(picture.alpha) if picture.alpha else picture.image.convert("L")
    mask = mask.resize(size, Image.Resampling.BILINEAR).point(lambda value: 255 if value >= 128 else 0)
    if not mask.getbbox():
        raise UserError("mask_empty", "image.error.mask_empty", status=422, field="mask")
    return mask


@dataclass(frozen=True)
class Square:
    """A picture in the middle of a white square of ``side`` pixels; ``box`` is where it lies there."""

    image: Image.Image
    box: tuple[int, int, int, int]

    @classmethod
    def around(cls, image: Image.Image, side: int, fill: str | int = "white") -> Square:
        """The whole picture, as large as the square lets it be."""
        scale = side / max(image.size)
        width, height = (max(1, round(length * scale)) for length in image.size)
        left, top = (side - width) // 2, (side - height) // 2
        canvas = Image.new(image.mode, (side, side), fill)
        canvas.paste(image.resize((width, height), Image.Resampling.LANCZOS), (left, top))
        return cls(canvas, (left, top, left + width, top + height))


def blended(fresh: Image.Image, old: Image.Image, mask: Image.Image, soft: float) -> Image.Image:
    """``fresh`` where the mask is, ``old`` elsewhere, passing into each other over ``soft`` pixels.

    All three are of one size. Outside the mask nothing changes: the passage lies within it.
    """
    inner = np.asarray(mask.filter(ImageFilter.GaussianBlur(soft)), np.float32) / 255
    weight = np.clip(2 * inner - 1, 0, 1)  # 0 from the edge outwards
    weight = np.where(np.asarray(mask) > 0, np.maximum(weight, 0), 0)
    share = Image.fromarray((weight * 255 + 0.5).astype(np.uint8))
    return Image.composite(fresh, old, share)


def edges(image: Image.Image, low: float = 0.1, high: float = 0.2) -> Image.Image:
    """The outlines of an RGB picture, white on black, found as by Canny (1986).

    Gradients of the blurred picture are thinned to their ridges; those above ``high`` of the strongest are
    kept, and those above ``low`` that hang together with one of these.
    """
    grey = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(1.4)), np.float32)
    down, across = (np.asarray(slope) for slope in np.gradient(grey))
    strength = np.hypot(across, down)
    top = float(strength.max())
    if top <= 0:
        return Image.new("RGB", image.size)
    ridge = strength * _is_ridge(strength, across, down)
    weak, strong = ridge >= low * top, ridge >= high * top
    found = strong
    while True:  # grows from the strong ones along the weak ones
        grown = _spread(found) & weak
        if (grown == found).all():
            break
        found = grown
    return Image.fromarray((found * 255).astype(np.uint8)).convert("RGB")


def _is_ridge(strength: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """True where the gradient is no weaker than on both sides along its own direction, of four."""
    padded = np.pad(strength, 1)
    height, width = strength.shape

    def beside(dy: int, dx: int) -> np.ndarray:
        return padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]

    angle = np.rad2deg(np.arctan2(down, across)) % 180
    ridge = np.zeros(strength.shape, bool)
    for middle, (dy, dx) in {0: (0, 1), 45: (1, 1), 90: (1, 0), 135: (1, -1)}.items():
        off = np.abs((angle - middle + 90) % 180 - 90)
        along = off <= 22.5
        ridge |= along & (strength >= beside(dy, dx)) & (strength > beside(-dy, -dx))
    return ridge


def _spread(found: np.ndarray) -> np.ndarray:
    """True there and on the eight places around."""
    padded = np.pad(found, 1)
    height, width = found.shape
    grown = np.zeros_like(found)
    for dy in range(3):
        for dx in range(3):
            grown |= padded[dy : dy + height, dx : dx + width]
    return grown
