"""A grid of small pictures as one PNG: what a run draws from its fixed noise.

Knows pixels. Knows nothing of what made them.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GAP = 1
"""Pixels between two pictures, before they are enlarged."""


def grid(pictures: NDArray[np.uint8], columns: int = 8, scale: int = 1) -> Image.Image:
    """Pictures of one size (count, height, width[, 3]) in rows, each pixel ``scale`` pixels wide."""
    count, height, width = pictures.shape[:3]
    rows = -(-count // columns)
    colour = pictures.shape[3:]
    sheet = np.zeros((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, *colour), np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + GAP) + GAP, index % columns * (width + GAP) + GAP
        sheet[top : top + height, left : left + width] = picture
    return Image.fromarray(sheet.repeat(scale, 0).repeat(scale, 1))


def png(image: Image.Image, level: int = 6) -> bytes:
    """The picture as a PNG; a low ``level`` is quicker."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()
