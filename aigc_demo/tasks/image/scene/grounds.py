"""The ground of a scene, drawn by code in the light of its time of day: meadow, street, sea and eight more.

Knows how each of them looks. The seed gives clouds, hills and houses their places; one seed always the same
ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aigc_demo.tasks.image.scene.backdrop import (
    SKIES,
    Canvas,
    Colour,
    flowers,
    gradient,
    mixed,
    noise,
    ridge,
    sky,
    stars,
    tufts,
)
from aigc_demo.tasks.image.scene.layout import HORIZONS


@lru_cache(maxsize=4)
def ground(name: str, time: str, weather: str, size: tuple[int, int], seed: int) -> Image.Image:
    """The ground of this name as an RGB picture of ``size`` (width, height), to be looked at only."""
    rng = np.random.Generator(np.random.PCG64(seed))
    width, height = size
    canvas = Canvas(Image.new("RGB", (2 * width, 2 * height)), rng, time, weather)
    if name not in ("room", "space", "underwater"):
        sky(canvas, HORIZONS[name])
    _DRAWN[name](canvas, round(2 * height * HORIZONS[name]))
    grain = rng.normal(0, 1.4, (height, width, 1)).astype(np.float32)
    pixels = np.asarray(canvas.image.resize(size, Image.Resampling.BOX), np.float32) + grain
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))


def _far(canvas: Canvas, colour: Colour, share: float = 0.45) -> Colour:
    """A colour as it looks from afar: on its way to that of the sky at the horizon."""
    return mixed(canvas.lit(colour), SKIES[canvas.time][1], share)


def _meadow(canvas: Canvas, horizon: int) -> None:
    ridge(canvas, horizon + 10, 0.2, 3, _far(canvas, (120, 170, 130), 0.5))
    ridge(canvas, horizon + 16, 0.1, 5, _far(canvas, (110, 176, 92), 0.25))
    gradient(canvas, horizon, canvas.size[1], (canvas.lit((148, 204, 96)), canvas.lit((84, 158, 64))), 0.22)
    tufts(canvas, horizon + 12, [canvas.lit((70, 146, 58)), canvas.lit((104, 178, 74))], 190)
    flowers(canvas, horizon + 20, 26)


def _forest(canvas: Canvas, horizon: int) -> None:
    width, height = canvas.size
    for layer, (colour, share) in enumerate(
        (((96, 150, 112), 0.55), ((70, 130, 86), 0.3), ((46, 106, 66), 0.1))
    ):
        base = horizon + 6 + layer * 12
        across = 90 + 26 * layer
        for place in np.arange(-across, width + across, across * 0.62):
            top = base - height * (0.3 + 0.04 * layer + 0.16 * float(canvas.rng.random()))
            x = float(place) + float(canvas.rng.uniform(-14, 14))
            _conifer(canvas, (x, top, base + 16), across, _far(canvas, colour, share))
    gradient(canvas, horizon + 26, height, (canvas.lit((98, 142, 74)), canvas.lit((62, 108, 52))), 0.3)
    tufts(canvas, horizon + 40, [canvas.lit((54, 110, 50)), canvas.lit((86, 140, 62))], 170)


def _conifer(canvas: Canvas, at: tuple[float, float, float], across: float, colour: Colour) -> None:
    x, top, base = at
    step = (base - top) / 3.4
    for level in range(3):
        y = top + level * step * 0.8
        half = across * (0.28 + 0.16 * level)
        canvas.draw.polygon([(x, y), (x + half, y + step * 1.5), (x - half, y + step * 1.5)], fill=colour)


def _snow(canvas: Canvas, horizon: int) -> None:
    ridge(canvas, horizon + 10, 0.24, 3, _far(canvas, (214, 224, 240), 0.35))
    ridge(canvas, horizon + 14, 0.1, 5, _far(canvas, (228, 236, 248), 0.15))
    gradient(
        canvas, horizon, canvas.size[1], (canvas.lit((232, 240, 250)), canvas.lit((246, 249, 255))), 0.08
    )


def _beach(canvas: Canvas, horizon: int) -> None:
    height = canvas.size[1]
    sea = horizon - round(0.1 * height)
    _water(canvas, sea, horizon + 8, 26)
    gradient(canvas, horizon, height, (canvas.lit((244, 222, 168)), canvas.lit((226, 190, 128))), 0.14)
    width = canvas.size[0]
    foam = [(x, horizon + 5 * np.sin(x / 46) + 4 * np.sin(x / 17)) for x in range(0, width + 8, 8)]
    canvas.draw.line(foam, fill=canvas.lit((250, 252, 255)), width=9)


def _water(canvas: Canvas, top: int, bottom: int, waves: int) -> None:
    """Water with glints, which are longer the nearer they are."""
    far, near = (
        ((104, 178, 220), (34, 104, 172)) if canvas.time != "sunset" else ((246, 164, 120), (70, 84, 150))
    )
    gradient(canvas, top, bottom, (canvas.lit(far), canvas.lit(near)), 0.14)
    width = canvas.size[0]
    for x, depth, length in canvas.rng.random((waves, 3)) * (width, 1, 1):
        y = top + (bottom - top) * (0.03 + 0.97 * depth)
        size = (12 + 80 * depth) * (0.5 + length)
        light = mixed(canvas.lit(near), canvas.lit((226, 244, 255)), 0.35)
        crest = [(x + size * t, y - 3.2 * np.sin(np.pi * t) * (0.6 + depth)) for t in np.linspace(0, 1, 9)]
        canvas.draw.line(crest, fill=light, width=2 + round(2 * depth))


def _sea(canvas: Canvas, horizon: int) -> None:
    _water(canvas, horizon, canvas.size[1], 90)


def _underwater(canvas: Canvas, horizon: int) -> None:
    width, height = canvas.size
    gradient(canvas, 0, height, (canvas.lit((92, 190, 226)), canvas.lit((16, 70, 130))), 0.05)
    rays = Image.new("L", canvas.size)
    for x in canvas.rng.random(6) * width:
        spread = 50 + 70 * float(canvas.rng.random())
        ImageDraw.Draw(rays).polygon(
            [(x, 0), (x + spread, 0), (x + spread * 0.4 - 160, horizon), (x - spread - 200, horizon)], fill=44
        )
    canvas.image.paste((230, 250, 255), (0, 0), rays.filter(ImageFilter.GaussianBlur(26)))
    ridge(canvas, horizon + 60, 0.09, 4, canvas.lit((60, 120, 150)))
    top = horizon + round(0.06 * height)
    gradient(canvas, top, height, (canvas.lit((196, 186, 140)), canvas.lit((150, 140, 106))), 0.2)
    for x in canvas.rng.random(9) * width:
        high = height * (0.1 + 0.14 * float(canvas.rng.random()))
        weed = [(x + 16 * np.sin(t * 7 + x), top + 30 - high * t) for t in np.linspace(0, 1, 14)]
        canvas.draw.line(weed, fill=canvas.lit((48, 128, 96)), width=11, joint="curve")
    for x, y, size in canvas.rng.random((26, 3)) * (width, horizon, 1):
        radius = 3 + 9 * size
        canvas.draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), outline=(190, 230, 244), width=2
        )


def _street(canvas: Canvas, horizon: int) -> None:
    width, height = canvas.size
    x = -20
    while x < width:
        across, high = (int(canvas.rng.integers(90, 190)), int(height * canvas.rng.uniform(0.14, 0.4)))
        walls = ((196, 170, 150), (170, 180, 196), (206, 190, 160), (160, 168, 176), (190, 156, 146))
        colour = _far(canvas, walls[int(canvas.rng.integers(len(walls)))], 0.3)
        canvas.draw.rectangle((x, horizon - high, x + across, horizon + 10), fill=colour)
        _windows(canvas, x, horizon - high, across, high)
        x += across + int(canvas.rng.integers(0, 14))
    kerb = horizon + round(0.14 * height)
    gradient(canvas, horizon, kerb, (canvas.lit((176, 174, 172)), canvas.lit((192, 188, 184))), 0.08)
    canvas.draw.rectangle((0, kerb, width, kerb + 9), fill=canvas.lit((220, 218, 214)))
    gradient(canvas, kerb + 9, height, (canvas.lit((92, 94, 102)), canvas.lit((74, 76, 84))), 0.1)
    line = kerb + round((height - kerb) * 0.5)
    for start in range(30, width, 210):
        canvas.draw.polygon(
            [(start, line), (start + 110, line), (start + 104, line + 13), (start - 8, line + 13)],
            fill=canvas.lit((236, 232, 214)),
        )


def _windows(canvas: Canvas, x: int, top: int, across: int, high: int) -> None:
    dark = canvas.lit((110, 132, 158))
    for left in range(x + 16, x + across - 22, 36):
        for y in range(top + 18, top + high - 24, 44):
            bright = canvas.time in ("night", "sunset") and canvas.rng.random() < 0.55
            canvas.draw.rectangle((left, y, left + 18, y + 24), fill=(255, 222, 140) if bright else dark)


def _room(canvas: Canvas, horizon: int) -> None:
    width, height = canvas.size
    gradient(canvas, 0, horizon, (canvas.lit((244, 228, 204)), canvas.lit((236, 214, 186))), 0.04)
    for x in range(0, width, 64):
        canvas.draw.rectangle((x, 0, x + 30, horizon), fill=canvas.lit((240, 220, 194)))
    _window(canvas, round(width * canvas.rng.uniform(0.1, 0.66)), round(height * 0.12))
    canvas.draw.rectangle((0, horizon - 26, width, horizon), fill=canvas.lit((250, 244, 234)))
    gradient(canvas, horizon, height, (canvas.lit((196, 150, 106)), canvas.lit((172, 122, 80))), 0.1)
    middle = width / 2
    for share in np.linspace(-2.2, 2.2, 23):
        canvas.draw.line(
            [(middle + share * width * 0.36, horizon), (middle + share * width * 0.6, height)],
            fill=canvas.lit((150, 106, 70)),
            width=3,
        )
    for depth in (0.16, 0.4, 0.72):
        y = horizon + (height - horizon) * depth
        canvas.draw.line([(0, y), (width, y)], fill=canvas.lit((158, 112, 74)), width=3)
    rug = (width * 0.2, horizon + (height - horizon) * 0.35, width * 0.8, height * 0.985)
    canvas.draw.ellipse(rug, fill=canvas.lit((186, 84, 84)))
    canvas.draw.ellipse(
        (rug[0] + 26, rug[1] + 11, rug[2] - 26, rug[3] - 11), outline=canvas.lit((236, 196, 150)), width=9
    )


def _window(canvas: Canvas, x: int, y: int) -> None:
    across, down = 260, 270
    glass = Canvas(Image.new("RGB", (across, down)), canvas.rng, canvas.time, canvas.weather)
    sky(glass, 1.0)
    canvas.draw.rectangle((x - 14, y - 14, x + across + 14, y + down + 14), fill=canvas.lit((250, 246, 240)))
    canvas.image.paste(glass.image, (x, y))
    canvas.draw.rectangle(
        (x + across // 2 - 6, y, x + across // 2 + 6, y + down), fill=canvas.lit((250, 246, 240))
    )
    canvas.draw.rectangle(
        (x, y + down // 2 - 6, x + across, y + down // 2 + 6), fill=canvas.lit((250, 246, 240))
    )


def _open_sky(canvas: Canvas, horizon: int) -> None:
    width, height = canvas.size
    for base, thick in ((0.97, 70), (1.03, 90)):
        for x in np.arange(-60, width + 60, 62):
            radius = thick * (0.6 + 0.7 * float(canvas.rng.random()))
            y = height * base
            light = mixed((255, 255, 255), SKIES[canvas.time][1], 0.35 if base < 1 else 0.1)
            canvas.draw.ellipse(
                (float(x) - radius, y - radius, float(x) + radius, y + radius), fill=canvas.lit(light)
            )


def _space(canvas: Canvas, horizon: int) -> None:
    width, height = canvas.size
    dust = noise((height // 8, width // 8), 3, canvas.rng, 5)
    other = noise((height // 8, width // 8), 2, canvas.rng, 4)
    glow = ((dust - 0.45) * 3).clip(0, 1)[..., None]
    tint = np.array((96, 52, 150), np.float32) * other[..., None] + np.array((24, 70, 140), np.float32) * (
        1 - other[..., None]
    )
    pixels = (np.array((10, 10, 30), np.float32) + glow * tint).clip(0, 255).astype(np.uint8)
    canvas.image.paste(Image.fromarray(pixels).resize(canvas.size, Image.Resampling.BICUBIC), (0, 0))
    stars(canvas, height, 190)


def _desert(canvas: Canvas, horizon: int) -> None:
    ridge(canvas, horizon + 14, 0.14, 3, _far(canvas, (228, 178, 112), 0.35))
    ridge(canvas, horizon + 40, 0.1, 2, canvas.lit((232, 184, 112)))
    gradient(
        canvas, horizon + 40, canvas.size[1], (canvas.lit((236, 190, 118)), canvas.lit((208, 150, 84))), 0.1
    )
    width, height = canvas.size
    for depth in np.linspace(0.12, 0.9, 7):
        y = horizon + 40 + (height - horizon) * depth
        wave = [(x, y + 6 * np.sin(x / 60 + 9 * depth) + 3 * np.sin(x / 23)) for x in range(0, width + 8, 8)]
        canvas.draw.line(wave, fill=canvas.lit((216, 162, 96)), width=3)


_DRAWN: Mapping[str, Callable[[Canvas, int], None]] = {
    "meadow": _meadow, "street": _street, "sea": _sea, "underwater": _underwater, "beach": _beach,
    "forest": _forest, "snow": _snow, "room": _room, "sky": _open_sky, "space": _space, "desert": _desert,
}  # fmt: skip
