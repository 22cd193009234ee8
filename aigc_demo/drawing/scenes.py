"""Four style images that are landscapes: ink wash, woodblock waves, pointillism, swirling oil.

Each is a function without arguments that draws one picture (SIDE, SIDE, 3) in 0..1 from a fixed seed.
Knows composition and colour; the brushes are ``canvas``'s.
"""

from __future__ import annotations

import numpy as np

from aigc_demo.drawing.canvas import (
    SIDE,
    Array,
    blurred,
    brush,
    gradient,
    lit,
    mask,
    mix,
    noise,
    palette,
    paper,
    plane,
    rgb,
    ridge,
    step,
)

# -- ink wash -------------------------------------------------------------------------------------


def ink_wash() -> Array:
    """Mountains fading into mist, pines, a boat, birds, and a red seal, on rice paper."""
    rng = np.random.default_rng(8)
    x, y = plane()
    picture = paper(rng, "efe8d8", 0.05)
    grain = noise(rng, 60, 4)
    wash = noise(rng, 7, 5)
    for depth, (top, height, ink) in enumerate(
        ((0.20, 0.16, 0.22), (0.27, 0.22, 0.36), (0.40, 0.20, 0.50), (0.55, 0.17, 0.66), (0.74, 0.13, 0.86))
    ):
        line = top + height * (1 - ridge(rng, 3 + depth, 7, 0.52))
        below = y - line[None, :]
        edge = step(below, 0.0012 + 0.0004 * depth)
        fade = np.exp(-np.maximum(below, 0) / (0.07 + 0.018 * depth))
        streaks = 0.65 + 0.7 * noise(rng, 40, 3) * (0.4 + wash)
        body = ink * fade * np.clip(streaks, 0, 1.3)
        rim = 0.35 * ink * np.exp(-np.abs(below) / 0.0035)
        amount = np.clip((body + rim) * edge * (0.75 + 0.5 * grain), 0, 0.96)
        picture = mix(picture, rgb("1d2329"), amount)
        if depth >= 2:
            picture = mix(picture, rgb("14181c"), 0.9 * _pines(rng, line, depth))
    picture = mix(picture, rgb("efe8d8"), 0.55 * np.exp(-(((y - 0.63) / 0.035) ** 2)) * wash)
    picture = _boat_and_birds(rng, picture)
    seal = mask([[(0.865, 0.075), (0.925, 0.072), (0.928, 0.135), (0.863, 0.137)]])
    carved = mask(
        [[(0.878, 0.09), (0.912, 0.09)], [(0.895, 0.083), (0.895, 0.128)], [(0.878, 0.12), (0.914, 0.12)]],
        width=0.007,
        closed=False,
    )
    picture = mix(picture, rgb("b3261e"), 0.9 * seal * (1 - carved) * (0.75 + 0.35 * grain))
    sun = step(0.062 - np.hypot(x - 0.27, y - 0.135), 0.003)
    return mix(picture, rgb("c9553d"), 0.55 * sun * (0.6 + 0.5 * wash))


def _pines(rng: np.random.Generator, line: Array, depth: int) -> Array:
    strokes = []
    for _ in range(26 if depth < 4 else 34):
        place = int(rng.integers(8, SIDE - 8))
        x, base = place / SIDE, line[place] + 0.012
        tall = (0.022 + 0.03 * rng.random()) * (depth - 0.6) * 0.8
        bend = rng.normal(0, 0.012)
        trunk = np.array([(x + bend * t * t, base - tall * t) for t in np.linspace(0, 1, 8)])
        strokes.append(brush(trunk, np.linspace(0.0022, 0.0005, 8) * depth * 0.5))
        for t in np.linspace(0.3, 1, 6):
            reach = (1.15 - t) * tall * 0.55 * (0.7 + 0.6 * rng.random())
            for side in (-1, 1):
                cx, cy = x + bend * t * t, base - tall * t
                twig = np.array(
                    [(cx + side * reach * u, cy + 0.25 * reach * u * u) for u in np.linspace(0, 1, 6)]
                )
                strokes.append(brush(twig, np.array([1, 2.2, 2.6, 2.0, 1.2, 0.3]) * 0.0011 * depth * 0.5))
    return mask(strokes)


def _boat_and_birds(rng: np.random.Generator, picture: Array) -> Array:
    hull = np.array([(0.30 + 0.11 * t, 0.685 + 0.012 * np.sin(np.pi * t)) for t in np.linspace(0, 1, 16)])
    shapes = [brush(hull, 0.006 * np.sin(np.linspace(0.15, np.pi - 0.15, 16)))]
    roof = np.array([(0.335 + 0.04 * t, 0.681 - 0.018 * np.sin(np.pi * t)) for t in np.linspace(0, 1, 12)])
    shapes.append(brush(roof, np.full(12, 0.0028)))
    shapes.append(brush(np.array([(0.398, 0.684), (0.402, 0.655)]), np.array([0.0022, 0.0018])))
    for i in range(7):
        cx, cy, size = 0.52 + 0.035 * i + rng.normal(0, 0.008), 0.13 + 0.018 * i + rng.normal(0, 0.01), 0.011
        for side in (-1, 1):
            wing = np.array(
                [(cx + side * size * t, cy - 0.5 * size * np.sin(2.4 * t)) for t in np.linspace(0, 1, 6)]
            )
            shapes.append(brush(wing, np.array([0.3, 1, 1.2, 1, 0.7, 0.2]) * 0.0014))
    ripples = [
        np.array([(cx + w * t, cy + 0.0015 * np.sin(9 * t)) for t in np.linspace(-1, 1, 10)])
        for cx, cy, w in zip(
            rng.uniform(0.1, 0.9, 26), rng.uniform(0.69, 0.74, 26), rng.uniform(0.01, 0.05, 26), strict=True
        )
    ]
    faint = mask([brush(r, 0.0008 * np.sin(np.linspace(0.1, 3.0, 10))) for r in ripples])
    picture = mix(picture, rgb("2a3036"), 0.35 * faint)
    return mix(picture, rgb("15191d"), 0.92 * mask(shapes))


# -- woodblock waves ------------------------------------------------------------------------------


def woodblock_waves() -> Array:
    """A great curling wave and a far white-capped mountain: flat inks, bold outlines, wood grain."""
    rng = np.random.default_rng(31)
    x, y = plane()
    sky = gradient(palette("d9c9a3", "ead9b0", "efe2c0", "d3cdb0"), y * 1.2)
    picture = sky * (1 - 0.05 * np.sin(2 * np.pi * (y * 60 + 2.0 * noise(rng, 3, 4)))[..., None])
    navy, deep, mid, pale, foam = (rgb(c) for c in ("14243f", "1f3f6e", "3f6f9b", "8fb3c2", "f4ecd6"))
    hill = 0.62 + 1.25 * np.abs(x - 0.66) ** 1.15
    picture = mix(picture, rgb("5a6f87"), step(y - hill, 0.0015) * step(0.85 - y, 0.002))
    cap = 0.685 + 0.018 * np.sin(70 * x) + 0.012 * np.sin(151 * x)
    picture = mix(picture, foam, step(y - hill, 0.0015) * step(cap - y, 0.002))
    for base, amp, freq, phase in ((0.72, 0.03, 1.9, 0.4), (0.80, 0.045, 1.4, 2.0)):
        picture = _swell(picture, x, y, (base, amp, freq, phase), (navy, deep, mid, pale, foam))
    picture = _great_wave(rng, picture, (navy, deep, mid, pale, foam))
    for base, amp, freq, phase in ((0.90, 0.05, 1.2, 4.4),):
        picture = _swell(picture, x, y, (base, amp, freq, phase), (navy, deep, mid, pale, foam))
    grain = np.sin(2 * np.pi * (x * 9 + 34 * y + 3.5 * noise(rng, 3, 3)))
    return np.clip(picture * (1 + 0.025 * grain + 0.05 * (noise(rng, 150, 2) - 0.5))[..., None], 0, 1)


Inks = tuple[Array, Array, Array, Array, Array]


def _swell(picture: Array, x: Array, y: Array, wave: tuple[float, float, float, float], inks: Inks) -> Array:
    navy, deep, mid, pale, foam = inks
    base, amp, freq, phase = wave
    line = (
        base
        + amp * np.sin(2 * np.pi * freq * x + phase)
        + 0.35 * amp * np.sin(4 * np.pi * freq * x + 1.7 * phase)
    )
    below = y - line
    picture = mix(picture, deep, step(below, 0.0015))
    bands = (below * 26 + 0.8 * np.sin(2 * np.pi * freq * 2 * x + phase)) % 1.0
    picture = mix(
        picture, mid, step(below - 0.012, 0.001) * step(bands - 0.42, 0.04) * step(0.86 - bands, 0.04)
    )
    picture = mix(
        picture, pale, step(below - 0.02, 0.001) * step(bands - 0.56, 0.04) * step(0.68 - bands, 0.04)
    )
    picture = mix(
        picture, foam, step(below, 0.001) * step(0.011 + 0.007 * np.sin(95 * x + phase) - below, 0.0012)
    )
    return mix(picture, navy, step(0.0022 - np.abs(below), 0.0007))


def _great_wave(rng: np.random.Generator, picture: Array, inks: Inks) -> Array:
    navy, deep, mid, pale, foam = inks
    spine = _bezier(
        [(-0.12, 0.92), (0.02, 0.42), (0.16, 0.10), (0.42, 0.13), (0.60, 0.17), (0.62, 0.36)], 120
    )
    inner = _bezier([(0.62, 0.36), (0.52, 0.27), (0.40, 0.30), (0.34, 0.46), (0.34, 0.70), (0.62, 0.92)], 120)
    body = [tuple(p) for p in np.concatenate([spine, inner, [(0.62, 1.1), (-0.2, 1.1)]])]
    picture = mix(picture, deep, mask([body]))
    inside = mask([body])
    for i, t in enumerate(np.linspace(0.07, 0.94, 13)):
        curve = spine[: len(inner)] * (1 - t) + inner[::-1] * t
        colour = (pale, mid, foam, mid)[i % 4]
        wide = (0.008, 0.014, 0.005, 0.011)[i % 4] * np.sin(np.linspace(0.25, np.pi - 0.08, len(curve)))
        picture = mix(picture, colour, inside * mask([brush(curve, wide)]))
    crest = np.concatenate([spine[46:], inner[:34]])
    blobs, rims, drops = [], [], []
    for i in range(150):
        place = crest[int(rng.integers(0, len(crest)))]
        along = place - np.array([0.40, 0.42])
        out = along / (np.linalg.norm(along) + 1e-9)
        reach = abs(rng.normal(0, 0.02))
        centre = place + out * (reach - 0.006) + rng.normal(0, 0.006, 2)
        size = 0.006 + 0.014 * rng.random()
        blobs.append(_circle(centre, size))
        rims.append(_circle(centre, size + 0.0035))
        if i % 2:
            fall = (
                place + out * (0.03 + 0.11 * rng.random()) + rng.normal(0, 0.02, 2) + np.array([0.02, 0.03])
            )
            drops.append(_circle(fall, 0.0018 + 0.0042 * rng.random()))
    for k in range(16):
        place = crest[int(len(crest) * (0.30 + 0.68 * k / 16)) - 1]
        tip = place + np.array([0.030 + 0.02 * rng.random(), 0.055 + 0.035 * rng.random()])
        hook = _bezier(
            [
                tuple(place),
                (place[0] + 0.045, place[1] + 0.005),
                tuple(tip),
                (tip[0] - 0.022, tip[1] + 0.006),
            ],
            24,
        )
        blobs.append(brush(hook, np.linspace(0.009, 0.0012, 24)))
        rims.append(brush(hook, np.linspace(0.0125, 0.004, 24)))
    picture = mix(picture, navy, mask([body], width=0.005))
    picture = mix(picture, navy, mask(rims))
    picture = mix(picture, foam, mask(blobs))
    return mix(picture, foam, mask(drops))


def _bezier(points: list[tuple[float, float]], count: int) -> Array:
    level = np.repeat(np.array(points)[:, None, :], count, 1)
    t = np.linspace(0, 1, count)[None, :, None]
    while len(level) > 1:
        level = level[:-1] * (1 - t) + level[1:] * t
    return level[0]


def _circle(centre: Array, radius: float) -> list[tuple[float, float]]:
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    return [(centre[0] + radius * np.cos(a), centre[1] + radius * np.sin(a)) for a in angles]


# -- pointillism ----------------------------------------------------------------------------------


def pointillism() -> Array:
    """A river on a summer evening in dots of unmixed colour."""
    rng = np.random.default_rng(5)
    scene = _river(rng)
    picture = np.broadcast_to(rgb("e9dfc8"), (SIDE, SIDE, 3)).copy()
    pure = palette(
        "1d3f8f", "3a6fd0", "7fb2e6", "2f7d4f", "6fae3f", "b9cf4a", "f2d13c", "f29a2e", "e2552c", "c2334d",
        "8a4fa3", "d98bb5", "f6efd2", "2b2f55",
    )  # fmt: skip
    for radius, spacing, jitter in ((7.5, 11.0, 0.16), (5.0, 8.5, 0.26), (3.6, 8.0, 0.34)):
        picture = _dots(rng, picture, scene, pure, (radius, spacing, jitter))
    return picture


def _river(rng: np.random.Generator) -> Array:
    x, y = plane()
    glow = np.exp(-np.hypot(x - 0.68, (y - 0.36) * 1.5) / 0.32)
    scene = gradient(palette("4a7ac8", "8fb0dd", "e8c79a", "f4d27a"), y / 0.45)
    scene = mix(scene, rgb("fbe08a"), 0.8 * glow)
    scene = mix(scene, rgb("fff3c2"), step(0.055 - np.hypot(x - 0.68, y - 0.34), 0.004))
    shore = 0.45 + 0.02 * np.sin(7 * x)
    far = shore - 0.09 * ridge(rng, 5, 5)[None, :] * np.clip(1.2 - x, 0.3, 1)
    scene = mix(scene, rgb("52608f"), step(y - far, 0.003))
    water = gradient(palette("f2cf84", "7fa4cf", "3f67b2", "27407f"), (y - shore) / 0.4)
    ripple = 0.5 + 0.5 * np.sin(2 * np.pi * (y * 46 + 1.6 * noise(rng, 5, 3)))
    water = mix(
        water, rgb("f7dd8e"), 0.6 * ripple * np.exp(-np.abs(x - 0.68) / (0.05 + 0.35 * (y - shore).clip(0)))
    )
    scene = mix(scene, water, step(y - shore, 0.003))
    bank = 0.74 + 0.22 * x + 0.03 * np.sin(9 * x)
    meadow = gradient(
        palette("9cbf3f", "4f8f3a", "2c5f3f"), (y - bank) / 0.25 + 0.4 * (noise(rng, 9, 3) - 0.5)
    )
    scene = mix(scene, meadow, step(y - bank, 0.003))
    crown = np.hypot((x - 0.17) / 0.21, (y - 0.30) / 0.26) + 0.45 * (noise(rng, 9, 4) - 0.5)
    leaf = gradient(
        palette("1f4f3a", "3f8a3d", "a9c94a", "e6d65a"), 0.15 + 0.8 * noise(rng, 14, 3) * (1.1 - y)
    )
    trunk = step(0.016 + 0.01 * (y - 0.5) - np.abs(x - 0.17 - 0.02 * np.sin(6 * y)), 0.002) * step(
        0.86 - y, 0.01
    )
    scene = mix(scene, rgb("4a3350"), trunk * step(y - 0.34, 0.01))
    return mix(scene, leaf, step(1.0 - crown, 0.03))


def _dots(
    rng: np.random.Generator, picture: Array, scene: Array, pure: Array, how: tuple[float, float, float]
) -> Array:
    radius, spacing, jitter = how
    count = int(SIDE / spacing)
    gx, gy = np.meshgrid(np.arange(count + 1), np.arange(count + 1))
    centres = (np.stack([gx.ravel(), gy.ravel()], 1) + rng.uniform(-0.5, 0.5, (gx.size, 2))) * spacing
    picture = picture.copy()
    for cx, cy in rng.permutation(centres):
        px, py = int(np.clip(cx, 0, SIDE - 1)), int(np.clip(cy, 0, SIDE - 1))
        request = scene[py, px] + rng.normal(0, jitter, 3) * 0.55
        colour = pure[((pure - request) ** 2).sum(1).argmin()]
        colour = np.clip(0.78 * colour + 0.22 * scene[py, px] + rng.normal(0, 0.02, 3), 0, 1)
        r = radius * rng.uniform(0.75, 1.2)
        x0, x1 = max(0, int(cx - r - 2)), min(SIDE, int(cx + r + 3))
        y0, y1 = max(0, int(cy - r - 2)), min(SIDE, int(cy + r + 3))
        if x0 < x1 and y0 < y1:
            yy, xx = np.mgrid[y0:y1, x0:x1]
            cover = np.clip(r - np.hypot(xx - cx, yy - cy) + 0.5, 0, 1)
            picture[y0:y1, x0:x1] = mix(picture[y0:y1, x0:x1], colour, cover)
    return picture


# -- swirling oil ---------------------------------------------------------------------------------


def swirling_oil() -> Array:
    """A night sky in thick turning strokes, stars with haloes, hills and a cypress."""
    rng = np.random.default_rng(12)
    x, y = plane()
    stars = [
        (0.20, 0.17, 0.055),
        (0.47, 0.10, 0.04),
        (0.80, 0.16, 0.085),
        (0.63, 0.30, 0.035),
        (0.10, 0.42, 0.04),
        (0.38, 0.46, 0.03),
    ]
    vortices = [
        (0.45, 0.30, 0.16, 1.0),
        (0.66, 0.40, 0.10, -0.9),
        (0.22, 0.36, 0.09, 0.7),
        (0.85, 0.47, 0.09, 0.8),
    ]
    angle = _turning(rng, x, y, stars, vortices)
    scene = gradient(
        palette("132556", "1d459b", "3f74c4", "7fb0d8", "c8d9b8"),
        0.25 + 0.6 * noise(rng, 5, 3) * (0.6 + 0.6 * y),
    )
    swirl = sum(
        (np.exp(-((np.hypot(x - cx, y - cy) / r) ** 2)) for cx, cy, r, _ in vortices), np.zeros((SIDE, SIDE))
    )
    scene = mix(scene, rgb("9fc6df"), np.clip(0.6 * swirl * noise(rng, 16, 2), 0, 0.8))
    for cx, cy, r in stars:
        d = np.hypot(x - cx, y - cy)
        scene = mix(scene, rgb("f2c93f"), 0.85 * np.exp(-((d / (1.25 * r)) ** 2)))
        scene = mix(scene, rgb("fff2b8"), np.exp(-((d / (0.5 * r)) ** 2)))
    hills = 0.68 - 0.10 * ridge(rng, 3, 4)[None, :]
    scene = mix(
        scene, gradient(palette("2f6f8f", "1f4f6f", "16345a"), (y - hills) / 0.14), step(y - hills, 0.003)
    )
    field = 0.80 - 0.05 * ridge(rng, 2, 4)[None, :]
    crop = gradient(
        palette("c9a83a", "7f9a3f", "2f5f4a", "1a3440"), (y - field) / 0.22 + 0.5 * (noise(rng, 8, 3) - 0.5)
    )
    scene = mix(scene, crop, step(y - field, 0.003))
    tree = np.abs(x - 0.14 - 0.015 * np.sin(16 * y)) - 0.10 * np.clip((y - 0.22) / 0.6, 0, 1) ** 0.8 * (
        1 + 0.3 * np.sin(31 * y)
    )
    scene = mix(
        scene,
        gradient(palette("0e1f1f", "1f3f2f", "4a5f2f"), noise(rng, 20, 2)),
        step(-tree, 0.004) * step(y - 0.22, 0.01),
    )
    slope = np.arctan2(np.gradient(hills[0])[None, :] * SIDE, 1.0) + 0.3 * (noise(rng, 6, 2) - 0.5)
    angle = np.where(y > hills, slope, angle)
    angle = np.where((tree < 0) & (y > 0.22), np.pi / 2 + 0.5 * np.sin(18 * y), angle)
    return _strokes(rng, scene, angle)


def _turning(
    rng: np.random.Generator,
    x: Array,
    y: Array,
    stars: list[tuple[float, float, float]],
    vortices: list[tuple[float, float, float, float]],
) -> Array:
    """The direction of the brush: a drift to the right, turned around stars and vortices."""
    across, down = np.ones_like(x), 0.35 * np.sin(5 * x + 3 * y) + 0.5 * (noise(rng, 4, 2) - 0.5)
    for cx, cy, r, sense in [*vortices, *((cx, cy, 1.3 * r, 1.0) for cx, cy, r in stars)]:
        dx, dy = x - cx, y - cy
        strength = 5 * sense * np.exp(-((np.hypot(dx, dy) / (1.5 * r)) ** 2))
        across, down = across - strength * dy / r, down + strength * dx / r
    return np.arctan2(down, across)


def _strokes(rng: np.random.Generator, scene: Array, angle: Array) -> Array:
    from PIL import Image, ImageDraw

    canvas = Image.fromarray((blurred(scene, 6) * 255).astype(np.uint8))
    relief = Image.new("L", (SIDE, SIDE), 90)
    draw, carve = ImageDraw.Draw(canvas), ImageDraw.Draw(relief)
    for length, width, count in ((34, 13, 5200), (26, 9, 9000), (17, 6, 11000)):
        for cx, cy in rng.uniform(0, SIDE - 1, (count, 2)):
            path = [(cx, cy)]
            for _ in range(6):
                px, py = path[-1]
                a = angle[int(np.clip(py, 0, SIDE - 1)), int(np.clip(px, 0, SIDE - 1))]
                path.append((px + length / 6 * np.cos(a), py + length / 6 * np.sin(a)))
            colour = scene[int(cy), int(cx)] * rng.uniform(0.82, 1.2) + rng.normal(0, 0.035, 3)
            fill = tuple(int(v) for v in np.clip(colour, 0, 1) * 255)
            draw.line(path, fill, width, "curve")
            carve.line(path, int(rng.integers(60, 200)), width, "curve")
            side = (
                np.array([-np.sin(angle[int(cy), int(cx)]), np.cos(angle[int(cy), int(cx)])]) * width * 0.28
            )
            carve.line(
                [tuple(np.array(p) + side) for p in path],
                int(rng.integers(150, 255)),
                max(1, width // 4),
                "curve",
            )
    height = blurred(np.asarray(relief, np.float64) / 255, 1.2)
    return lit(np.asarray(canvas, np.float64) / 255, height, 1.3)
