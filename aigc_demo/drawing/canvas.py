"""Brushes for the style images: noise, flow, ridges, paper, cells and light, all from a seed.

Knows numpy and Pillow. Draws in float RGB arrays (H, W, 3) in 0..1 on a square of ``SIDE`` pixels, which
is twice the finished size, so that edges come out smooth. Knows nothing of any particular style.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

SIDE = 1024
Array = NDArray[np.float64]
Point = tuple[float, float]


def rgb(colour: str) -> Array:
    """``"1f3a5f"`` as three floats."""
    return np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)]) / 255


def palette(*colours: str) -> Array:
    """Several colours as (N, 3)."""
    return np.stack([rgb(colour) for colour in colours])


def plane() -> tuple[Array, Array]:
    """X to the right and y down, each (SIDE, SIDE) in 0..1."""
    line = (np.arange(SIDE) + 0.5) / SIDE
    return tuple(np.meshgrid(line, line))  # type: ignore[return-value]


def noise(rng: np.random.Generator, cells: int, octaves: int = 4, side: int = SIDE) -> Array:
    """Smooth noise in 0..1 with ``cells`` bumps across, each octave half as strong and half as wide."""
    total = np.zeros((side, side))
    for octave in range(octaves):
        grid = rng.random((cells * 2**octave + 2,) * 2).astype(np.float32)
        layer = Image.fromarray(grid).resize((side, side), Image.Resampling.BICUBIC)
        total += np.asarray(layer, np.float64) / 2**octave
    low, high = total.min(), total.max()
    return (total - low) / (high - low)


def ridge(rng: np.random.Generator, bumps: int, octaves: int = 6, roughness: float = 0.5) -> Array:
    """A skyline (SIDE,) in 0..1."""
    places = np.linspace(0, 1, SIDE)
    total = np.zeros(SIDE)
    for octave in range(octaves):
        count = bumps * 2**octave + 2
        values = rng.random(count)
        total += roughness**octave * smooth_lookup(values, places * (count - 1.001))
    return (total - total.min()) / (total.max() - total.min())


def smooth_lookup(values: Array, at: Array) -> Array:
    """Values between entries, eased so that there is no corner at them."""
    index = at.astype(int)
    t = at - index
    t = t * t * (3 - 2 * t)
    return values[index] * (1 - t) + values[np.minimum(index + 1, len(values) - 1)] * t


def step(edge: Array, width: float) -> Array:
    """0 where ``edge`` is negative, 1 where positive, eased over ``width`` on both sides."""
    t = np.clip(edge / (2 * width) + 0.5, 0, 1)
    return t * t * (3 - 2 * t)


def mix(under: Array, over: Array, amount: Array | float) -> Array:
    """``over`` laid on ``under`` with this opacity: arrays (H, W, 3), a colour (3,), amounts (H, W)."""
    opacity = np.asarray(amount)
    alpha = opacity[..., None] if opacity.ndim else opacity
    return under * (1 - alpha) + over * alpha


def gradient(stops: Array, at: Array) -> Array:
    """Colours (N, 3) spread evenly over 0..1, read at (H, W)."""
    place = np.clip(at, 0, 1) * (len(stops) - 1)
    index = np.minimum(place.astype(int), len(stops) - 2)
    t = (place - index)[..., None]
    return stops[index] * (1 - t) + stops[index + 1] * t


def paper(rng: np.random.Generator, colour: str, strength: float = 0.05) -> Array:
    """A sheet with tooth and fibres."""
    tooth = noise(rng, 220, 2) - 0.5
    fibres = blurred(rng.random((SIDE, SIDE)), 1.2)
    fibres = (fibres - fibres.mean()) * 3
    cloud = noise(rng, 3, 4) - 0.5
    return np.clip(rgb(colour) + (strength * (tooth + fibres + 0.8 * cloud))[..., None], 0, 1)


def blurred(values: Array, radius: float) -> Array:
    """Gaussian blur of (H, W) or (H, W, 3) by box passes, mirrored at the edges."""
    result = values
    for _ in range(3):
        for axis in (0, 1):
            result = box(result, max(1, round(radius)), axis)
    return result


def box(values: Array, radius: int, axis: int) -> Array:
    """Mean over 2 radius + 1 neighbours along an axis."""
    width = [(0, 0)] * values.ndim
    width[axis] = (radius + 1, radius)
    summed = np.cumsum(np.pad(values, width, mode="symmetric"), axis=axis)
    n = values.shape[axis]
    high = np.take(summed, np.arange(2 * radius + 1, 2 * radius + 1 + n), axis=axis)
    return (high - np.take(summed, np.arange(n), axis=axis)) / (2 * radius + 1)


def mask(shapes: Sequence[Sequence[Point]], *, width: float = 0.0, closed: bool = True) -> Array:
    """Polygons (or, with a width, lines) in 0..1 coordinates as coverage (SIDE, SIDE)."""
    image = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        points = [(x * SIDE, y * SIDE) for x, y in shape]
        if width:
            draw.line([*points, points[0]] if closed else points, 255, max(1, round(width * SIDE)), "curve")
        else:
            draw.polygon(points, 255)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float64) / 255


def turned(
    points: Sequence[Point], angle: float, centre: Point = (0.5, 0.5), scale: float = 1.0
) -> list[Point]:
    """Points given around (0, 0) turned by ``angle`` (radians), scaled and moved to ``centre``."""
    c, s = np.cos(angle), np.sin(angle)
    return [(centre[0] + scale * (c * x - s * y), centre[1] + scale * (s * x + c * y)) for x, y in points]


def brush(points: Array, widths: Array) -> list[Point]:
    """The outline of a stroke along (N, 2) points with these half widths (N,)."""
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    left, right = points + normal * widths[:, None], points - normal * widths[:, None]
    return [tuple(p) for p in np.concatenate([left, right[::-1]])]


def nearest_cells(seeds: Array, metric: float = 2.0) -> tuple[NDArray[np.intp], Array]:
    """For every pixel the nearest of (N, 2) seeds, and how far its border is (both (SIDE, SIDE)).

    ``metric`` is the exponent of the distance: 2 makes straight-edged cells, larger ones squarer.
    """
    from sklearn.neighbors import KDTree

    x, y = plane()
    pixels = np.stack([x.ravel(), y.ravel()], 1)
    tree = KDTree(seeds, metric="minkowski", p=metric)
    distance, index = tree.query(pixels, k=2)
    border = (distance[:, 1] - distance[:, 0]).reshape(SIDE, SIDE)
    return index[:, 0].reshape(SIDE, SIDE), border


def relaxed(seeds: Array, rounds: int = 4) -> Array:
    """Seeds moved to the middle of their cells a few times, so that cells become even."""
    for _ in range(rounds):
        index, _ = nearest_cells(seeds)
        x, y = plane()
        counts = np.maximum(np.bincount(index.ravel(), minlength=len(seeds)), 1)
        seeds = np.stack([np.bincount(index.ravel(), v.ravel(), len(seeds)) / counts for v in (x, y)], 1)
    return seeds


def lit(colour: Array, height: Array, strength: float) -> Array:
    """Light from above left over a relief (SIDE, SIDE)."""
    down, across = np.gradient(height)
    shade: Array = np.asarray(1 - strength * (across + down), np.float64)
    return np.clip(colour * shade[..., None], 0, 1)


def finished(picture: Array) -> Image.Image:
    """The array as a picture at half the drawing's size."""
    values = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(values).resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)
