"""Two style images that are printed or shown by machines: halftone dots and big square pixels.

Each is a function without arguments that draws one picture (SIDE, SIDE, 3) in 0..1 from a fixed seed.
Knows composition and colour; the brushes are ``canvas``'s.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from aigc_demo.drawing.canvas import (
    SIDE,
    Array,
    gradient,
    mix,
    noise,
    palette,
    plane,
    rgb,
    ridge,
    step,
)

TAU = 2 * np.pi


# -- halftone -------------------------------------------------------------------------------------


def halftone() -> Array:
    """A comic panel: a burst, a city and clouds in flat inks, dots at four angles, thick outlines."""
    rng = np.random.default_rng(4)
    x, y = plane()
    angle, radius = np.arctan2(y - 0.44, x - 0.56), np.hypot(x - 0.56, y - 0.44)
    rays = step(np.sin(14 * angle + 0.4), 0.05)
    scene = mix(
        np.broadcast_to(rgb("8fd3f4"), (SIDE, SIDE, 3)), rgb("fff3b0"), rays * np.clip(1.2 - radius, 0, 1)
    )
    spike = 0.24 + 0.075 * np.abs(((angle / TAU * 13) % 1) * 2 - 1) + 0.03 * np.sin(5 * angle)
    line = np.full((SIDE, SIDE), 1.0)
    for scale, colour in ((1.32, "e63329"), (1.0, "ffd21f"), (0.62, "fff7d0")):
        scene = mix(scene, rgb(colour), step(spike * scale - radius, 0.002))
        line = np.minimum(line, np.abs(spike * scale - radius) / (1.2 if scale > 1 else 1.6))
    towers = _skyline(rng)
    front = y - towers[None, :]
    scene = mix(scene, gradient(palette("3f5fc0", "22307a"), (y - 0.6) / 0.4), step(front, 0.001))
    windows = (np.sin(TAU * 34 * x) > 0.35) & (np.sin(TAU * 26 * y) > 0.25) & (front > 0.02)
    scene = np.where(windows[..., None], rgb("ffd84a"), scene)
    line = np.minimum(line, np.minimum(np.abs(front), np.hypot(front, 0)))
    for cx, cy, s in (
        (0.16, 0.17, 0.10),
        (0.28, 0.22, 0.08),
        (0.07, 0.23, 0.07),
        (0.90, 0.10, 0.09),
        (0.99, 0.15, 0.08),
    ):
        cloud = s - np.hypot(x - cx, (y - cy) * 1.25)
        scene = mix(scene, rgb("ffffff"), step(cloud, 0.002))
        line = np.minimum(line, np.where(_in_cloud(x, y, (cx, cy, s)), 1.0, np.abs(cloud)))
    printed = _screened(scene, x, y)
    printed = mix(printed, rgb("141414"), step(0.0042 - line, 0.001))
    sheet = 0.97 + 0.05 * (noise(rng, 120, 2) - 0.5)
    return np.clip(printed * (sheet[..., None] * np.array([1.0, 0.985, 0.94])), 0, 1)


def _skyline(rng: np.random.Generator) -> Array:
    tops = np.empty(SIDE)
    place = 0
    while place < SIDE:
        wide = int(rng.integers(46, 110))
        tops[place : place + wide] = 0.66 + 0.2 * rng.random()
        place += wide
    return tops


def _in_cloud(x: Array, y: Array, but: tuple[float, float, float]) -> Array:
    clouds = (
        (0.16, 0.17, 0.10),
        (0.28, 0.22, 0.08),
        (0.07, 0.23, 0.07),
        (0.90, 0.10, 0.09),
        (0.99, 0.15, 0.08),
    )
    inside = np.zeros(x.shape, bool)
    for cx, cy, s in clouds:
        if (cx, cy, s) != but:
            inside |= np.hypot(x - cx, (y - cy) * 1.25) < s - 0.004
    return inside


def _screened(scene: Array, x: Array, y: Array) -> Array:
    """Cyan, magenta, yellow and black as dots, each screen turned by its printer's angle."""
    inks = 1 - scene
    black = inks.min(-1) * 0.5
    page = np.ones_like(scene)
    for amount, degrees, ink in (
        (inks[..., 2] - black, 0, (1.0, 0.88, 0.05)),
        (inks[..., 0] - black, 15, (0.05, 0.62, 0.90)),
        (inks[..., 1] - black, 75, (0.90, 0.10, 0.50)),
        (black, 45, (0.08, 0.08, 0.10)),
    ):
        a = np.deg2rad(degrees)
        u, v = (x * np.cos(a) + y * np.sin(a)) * 62, (y * np.cos(a) - x * np.sin(a)) * 62
        gap = np.hypot((u % 1) - 0.5, (v % 1) - 0.5)
        dot = step(np.sqrt(np.clip(amount, 0, 1) / np.pi) * 1.12 - gap, 0.05)
        page = page * mix(np.ones(3), np.array(ink), dot)
    return page


# -- pixel ----------------------------------------------------------------------------------------


def pixel() -> Array:
    """A sunset over islands in big square pixels: thirteen colours, ordered dithering."""
    rng = np.random.default_rng(9)
    n = 64
    line = (np.arange(n) + 0.5) / n
    x, y = np.meshgrid(line, line)
    colours = palette(
        "1a1c2c", "3b2a5c", "6b3580", "b13e72", "e0584a", "f08a3c", "f8c85a", "fff2a8", "3f6fb0", "5fb0d8",
        "2f5f4a", "5fa04a", "f4f4f4",
    )  # fmt: skip
    bayer = _bayer(3)
    dither = np.tile(bayer, (n // 8, n // 8))
    sky = np.clip(np.floor(y / 0.56 * 6.2 + dither - 0.3), 0, 6).astype(int) + 1
    picture = sky.copy()
    sun = np.hypot(x - 0.62, y - 0.46)
    picture[sun < 0.14] = 7
    picture[(sun < 0.14) & (y > 0.44) & (np.arange(n)[:, None] % 4 == 1)] = 6
    for cx, cy, w in ((0.2, 0.17, 0.14), (0.42, 0.26, 0.10), (0.86, 0.13, 0.12), (0.75, 0.25, 0.07)):
        picture[(np.abs(x - cx) < w) & (np.abs(y - cy) < 0.016)] = 5
        picture[(np.abs(x - cx + 0.02) < w * 0.6) & (np.abs(y - cy + 0.028) < 0.016)] = 6
    hills = 0.56 - 0.20 * ridge(rng, 4, 5)[:: SIDE // n]
    picture = np.where(
        (y > hills[None, :]) & (y < 0.58), np.where(dither > (y - hills[None, :]) * 6, 1, 2), picture
    )
    sea = y > 0.58
    shine = np.abs(x - 0.62) < 0.03 + 0.3 * (y - 0.58)
    picture = np.where(sea, np.where(dither + 0.5 > (y - 0.5) * 2.6, 8, 1), picture)
    sparkle = sea & shine & ((np.arange(n)[:, None] % 3 == 0) & (rng.random((n, n)) > 0.35))
    picture = np.where(sparkle, np.where(rng.random((n, n)) > 0.5, 6, 7), picture)
    picture = np.where(sea & (rng.random((n, n)) > 0.955), 9, picture)
    beach = 0.86 + 0.05 * np.sin(5 * x) - 0.12 * (x < 0.3)
    picture = np.where(y > beach, np.where(dither > 0.5, 6, 5), picture)
    picture = np.where(y > beach + 0.06, np.where(dither > 0.4, 11, 10), picture)
    picture = _palm(picture)
    image = Image.fromarray(picture.astype(np.uint8)).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    big = colours[np.asarray(image)]
    cell = (np.arange(SIDE) % (SIDE // n)) / (SIDE // n)
    edge = np.minimum.outer(np.minimum(cell, 1 - cell), np.minimum(cell, 1 - cell))
    return np.clip(big * (0.90 + 0.10 * step(edge - 0.05, 0.02))[..., None], 0, 1)


def _bayer(order: int) -> Array:
    grid = np.zeros((1, 1))
    for _ in range(order):
        grid = np.block([[4 * grid, 4 * grid + 2], [4 * grid + 3, 4 * grid + 1]])
    return (grid + 0.5) / grid.size


def _palm(picture: Array) -> Array:
    picture = picture.copy()
    for i in range(27):
        cx = 10 + round(5 * (i / 26) ** 2)
        picture[56 - i, cx : cx + 2] = 0
    top, left = 29, 16
    for dx, dy in ((1, -0.5), (1, 0.1), (0.8, 0.7), (-1, -0.5), (-1, 0.1), (-0.8, 0.7), (0.2, -1)):
        for s in range(11):
            px, py = int(left + dx * s), int(top + dy * s + 0.055 * s * s)
            if 0 <= px < 64 and 0 <= py < 63:
                picture[py, px] = 10 if s % 3 else 11
                picture[py + 1, px] = 0 if s > 3 else 10
    return picture
