"""What the grounds of scenes are made of: sky and clouds, noise and gradients, hills, grass and flowers.

Knows pixels and the colours of the times of day. Knows no ground by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Floats = NDArray[np.float32]
Colour = tuple[int, int, int]

LIGHTS: Mapping[str, tuple[float, float, float]] = {
    "day": (1.0, 1.0, 1.0), "morning": (1.0, 0.97, 0.92), "sunset": (1.0, 0.86, 0.76),
    "night": (0.6, 0.66, 0.88),
}  # fmt: skip
"""By which the colours of what stands in it are multiplied."""
SKIES: Mapping[str, tuple[Colour, Colour]] = {
    "day": ((88, 164, 238), (206, 234, 252)), "morning": ((132, 176, 232), (255, 224, 190)),
    "sunset": ((78, 70, 140), (255, 152, 92)), "night": ((12, 16, 48), (56, 64, 116)),
}  # fmt: skip
GREY: Colour = (150, 160, 172)


@dataclass
class Canvas:
    """A picture twice as large as it will be, and what it is drawn with."""

    image: Image.Image
    rng: np.random.Generator
    time: str
    weather: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing."""
        return self.image.size

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """Draws on it."""
        return ImageDraw.Draw(self.image)

    def lit(self, colour: Colour) -> Colour:
        """A colour in the light of the time of day."""
        red, green, blue = (round(level * by) for level, by in zip(colour, LIGHTS[self.time], strict=True))
        return red, green, blue


def noise(shape: tuple[int, int], cells: int, rng: np.random.Generator, octaves: int = 4) -> Floats:
    """Soft random levels in about [0, 1] of this shape (height, width): ``cells`` across, and finer ones."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight = 0.0
    for octave in range(octaves):
        across = max(2, cells << octave)
        down = max(2, across * height // width)
        coarse = Image.fromarray(rng.random((down, across)).astype(np.float32))
        total += np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)) / 2**octave
        weight += 1 / 2**octave
    return total / weight


def gradient(
    canvas: Canvas, top: int, bottom: int, colours: tuple[Colour, Colour], rough: float = 0.0
) -> None:
    """Fill the rows from top to bottom from one colour to the other, with spots of light and shade."""
    width, height = canvas.size
    top, bottom = max(0, top), min(height, bottom)
    if bottom <= top:
        return
    share = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None, None]
    one, other = (np.array(colour, np.float32) for colour in colours)
    rows = np.broadcast_to(one + (other - one) * share, (bottom - top, width, 3)).copy()
    if rough:
        spots = noise((max(2, (bottom - top) // 4), width // 4), 6, canvas.rng)
        spots = np.asarray(Image.fromarray(spots).resize((width, bottom - top), Image.Resampling.BICUBIC))
        rows *= (1 + rough * (spots - 0.5))[..., None]
    canvas.image.paste(Image.fromarray(rows.clip(0, 255).astype(np.uint8)), (0, top))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour a share of the way from one to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def sky(canvas: Canvas, horizon: float) -> None:
    """Fill the picture down to a share of its height with the sky of its time and weather."""
    height = canvas.size[1]
    top, low = SKIES[canvas.time]
    if canvas.weather:
        grey = canvas.lit(GREY)
        top, low = mixed(top, grey, 0.6), mixed(low, grey, 0.5)
    end = round(height * min(1.0, horizon + 0.02))
    gradient(canvas, 0, end, (top, low))
    if canvas.time == "night":
        stars(canvas, end, 70 if not canvas.weather else 0)
    clouds(canvas, end)


def stars(canvas: Canvas, end: int, count: int) -> None:
    """So many stars, small ones mostly, down to the row ``end``."""
    width, _ = canvas.size
    for x, y, light in canvas.rng.random((count, 3)) * (width, end * 0.9, 1):
        radius = 1.5 + 2.5 * light**6
        level = round(150 + 105 * light)
        canvas.draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=(level, level, min(255, level + 12))
        )


def clouds(canvas: Canvas, end: int) -> None:
    """Soft wisps where noise is high."""
    width, _ = canvas.size
    shape = (max(8, end // 8), width // 8)
    levels = noise(shape, 3, canvas.rng, 5)
    thick = 0.9 if canvas.weather else 0.5
    alpha = ((levels - (0.42 if canvas.weather else 0.54)) * 5).clip(0, 1) * thick
    fade = np.linspace(1, 0.25, shape[0], dtype=np.float32)[:, None]
    mask = Image.fromarray((alpha * fade * 255).astype(np.uint8)).resize(
        (width, end), Image.Resampling.BICUBIC
    )
    light = {
        "day": (255, 255, 255),
        "morning": (255, 240, 226),
        "sunset": (255, 190, 160),
        "night": (84, 92, 140),
    }
    colour = mixed(light[canvas.time], GREY, 0.5) if canvas.weather else light[canvas.time]
    canvas.image.paste(Image.new("RGB", (width, end), colour), (0, 0), mask)


def ridge(canvas: Canvas, base: int, rise: float, cells: int, colour: Colour) -> None:
    """A line of hills that rises by at most ``rise`` of the height above ``base``."""
    width, height = canvas.size
    line = noise((2, width // 8), cells, canvas.rng, 3)[0]
    points = [(x * 8, base - float(level) * rise * height) for x, level in enumerate(line)]
    canvas.draw.polygon([(0, height), *points, (width + 8, points[-1][1]), (width + 8, height)], fill=colour)


def tufts(canvas: Canvas, top: int, colours: Sequence[Colour], count: int) -> None:
    """Blades of grass, larger the nearer they are."""
    width, height = canvas.size
    for x, depth, lean, pick in canvas.rng.random((count, 4)) * (width, 1, 1, 1):
        y = top + (height - top) * depth
        size = 5 + 17 * depth
        colour = colours[int(pick * len(colours))]
        for blade in (-1, 0, 1):
            tip = (x + blade * size * 0.5 + (lean - 0.5) * size, y - size * (1.2 - 0.3 * abs(blade)))
            canvas.draw.line([(x + blade * 2, y), tip], fill=colour, width=3)


def flowers(canvas: Canvas, top: int, count: int) -> None:
    """So many flowers below the row ``top``."""
    width, height = canvas.size
    colours = ((250, 250, 250), (252, 214, 90), (244, 150, 180), (190, 150, 236))
    for x, depth, pick in canvas.rng.random((count, 3)) * (width, 1, 1):
        y, radius = top + (height - top) * (0.15 + 0.85 * depth), 3 + 5 * depth
        colour = canvas.lit(colours[int(pick * len(colours))])
        for right, down in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            at_x, at_y = x + right * radius, y + down * radius
            canvas.draw.ellipse((at_x - radius, at_y - radius, at_x + radius, at_y + radius), fill=colour)
        canvas.draw.ellipse(
            (x - radius * 0.7, y - radius * 0.7, x + radius * 0.7, y + radius * 0.7),
            fill=canvas.lit((246, 190, 60)),
        )
