"""Four style images that are patterns: porcelain, paper-cut, mosaic, stained glass.

Each is a function without arguments that draws one picture (SIDE, SIDE, 3) in 0..1 from a fixed seed.
Knows composition and colour; the brushes are ``canvas``'s.
"""

from __future__ import annotations

import numpy as np

from aigc_demo.drawing.canvas import (
    SIDE,
    Array,
    Point,
    blurred,
    brush,
    gradient,
    mask,
    mix,
    nearest_cells,
    noise,
    palette,
    paper,
    plane,
    relaxed,
    rgb,
    step,
    turned,
)

TAU = 2 * np.pi


# -- porcelain ------------------------------------------------------------------------------------


def porcelain() -> Array:
    """The inside of a dish: a lotus, scrolling vines with leaves, ruyi heads, waves at the rim, in cobalt."""
    rng = np.random.default_rng(7)
    x, y = plane()
    radius, angle = np.hypot(x - 0.5, y - 0.5), np.arctan2(y - 0.5, x - 0.5)
    glaze = (
        gradient(palette("f4f6f3", "e9eff0", "dfe8ec"), radius * 1.4)
        + 0.012 * (noise(rng, 5, 3) - 0.5)[..., None]
    )
    lines: list[list[Point]] = []
    fills: list[list[Point]] = []
    for ring, count, size in ((0.0, 8, 0.145), (0.5, 8, 0.105), (0.0, 8, 0.062)):
        for k in range(count):
            fills.append(turned(_petal(size, 0.40), TAU * (k + ring) / count))
            lines.append(turned(_petal(size * 0.78, 0.36), TAU * (k + ring) / count))
    wash = 0.55 * mask(fills)
    dark = mask(
        [
            turned(_petal(s, 0.40), TAU * (k + r) / 8)
            for r, s in ((0.0, 0.145), (0.5, 0.105), (0.0, 0.062))
            for k in range(8)
        ],
        width=0.0035,
    )
    vines, leaves, blooms = _vines()
    dark = np.maximum.reduce(
        [
            dark,
            mask(vines),
            mask(leaves, width=0.0026),
            mask(blooms, width=0.003),
            0.8 * mask(lines, width=0.002),
        ]
    )
    wash = np.maximum.reduce([wash, 0.75 * mask(leaves), 0.45 * mask(blooms)])
    for r, w in (
        (0.165, 0.0035),
        (0.175, 0.0018),
        (0.345, 0.0035),
        (0.355, 0.0018),
        (0.425, 0.0018),
        (0.435, 0.0035),
        (0.49, 0.005),
    ):
        dark = np.maximum(dark, step(w - np.abs(radius - r), 0.0006))
    dark = np.maximum(dark, _ruyi(radius, angle)[0])
    wash = np.maximum(wash, _ruyi(radius, angle)[1])
    crest = np.abs(np.sin(angle * 26)) * 0.5
    for i, level in enumerate((0.445, 0.456, 0.467)):
        wave = radius - level - 0.008 * np.abs(np.sin(angle * 26 + i * np.pi / 2))
        dark = np.maximum(dark, step(0.0016 - np.abs(wave), 0.0006) * (radius < 0.488))
    wash = np.maximum(wash, 0.35 * crest * (radius > 0.435) * (radius < 0.49))
    outside = radius > 0.492
    scroll = np.sin(46 * x + 5 * np.sin(23 * y)) * np.sin(46 * y + 5 * np.sin(23 * x))
    wash = np.where(outside, 0.72 + 0.2 * (scroll > 0.1), wash)
    dark = np.where(outside, 0.9 * step(0.07 - np.abs(scroll - 0.1), 0.03), dark)
    pooled = 0.72 + 0.45 * noise(rng, 26, 4)
    picture = mix(glaze, rgb("4a78c4"), np.clip(wash * pooled, 0, 1))
    picture = mix(picture, rgb("14307a"), np.clip(blurred(dark, 1) * (0.78 + 0.35 * noise(rng, 70, 2)), 0, 1))
    gleam = np.exp(-(np.hypot((x - 0.33) / 0.16, (y - 0.27) / 0.09) ** 2))
    return np.clip(picture + 0.10 * gleam[..., None], 0, 1)


def _petal(length: float, wide: float) -> list[Point]:
    t = np.linspace(0, 1, 24)
    width = wide * length * np.sin(np.pi * t**0.85) ** 0.8
    edge = [(length * a, b) for a, b in zip(t, width, strict=True)]
    return edge + [(a, -b) for a, b in edge[::-1]]


def _vines() -> tuple[list[list[Point]], list[list[Point]], list[list[Point]]]:
    vines: list[list[Point]] = []
    leaves: list[list[Point]] = []
    blooms: list[list[Point]] = []
    t = np.linspace(0, TAU, 400)
    stem = np.stack(
        [0.5 + (0.26 + 0.055 * np.sin(8 * t)) * np.cos(t), 0.5 + (0.26 + 0.055 * np.sin(8 * t)) * np.sin(t)],
        1,
    )
    vines.append(brush(stem, np.full(400, 0.0032)))
    for k in range(16):
        a = TAU * (k + 0.5) / 16
        sign = 1 if k % 2 else -1
        centre = (0.5 + (0.26 - 0.022 * sign) * np.cos(a), 0.5 + (0.26 - 0.022 * sign) * np.sin(a))
        u = np.linspace(0, 1, 60)
        spin = sign * (2.7 * TAU / 2) * u + a + (np.pi if sign > 0 else 0)
        curl = np.stack(
            [
                centre[0] + 0.048 * (1 - 0.85 * u) * np.cos(spin),
                centre[1] + 0.048 * (1 - 0.85 * u) * np.sin(spin),
            ],
            1,
        )
        vines.append(brush(curl, np.linspace(0.0034, 0.0014, 60)))
        for m in range(4):
            place = curl[4 + 10 * m]
            leaves.append(turned(_petal(0.034 - 0.004 * m, 0.5), spin[4 + 10 * m] + sign * 0.6, tuple(place)))
        if k % 2 == 0:
            for p in range(5):
                blooms.append(  # noqa: PERF401 - one shape at a time reads better
                    turned(
                        _petal(0.030, 0.6),
                        TAU * p / 5 + a,
                        (0.5 + 0.316 * np.cos(a), 0.5 + 0.316 * np.sin(a)),
                    )
                )
    return vines, leaves, blooms


def _ruyi(radius: Array, angle: Array) -> tuple[Array, Array]:
    phase = np.abs(((angle / TAU * 24) % 1) - 0.5) * 2
    head = 0.362 + 0.055 * np.sqrt(np.clip(1 - (phase / 0.92) ** 2, 0, 1)) * (
        1 - 0.25 * np.exp(-((phase / 0.16) ** 2))
    )
    band = (radius > 0.357) & (radius < 0.423)
    line = step(0.0022 - np.abs(radius - head), 0.0006) * band
    inner = step(0.0016 - np.abs(radius - (0.362 + (head - 0.362) * 0.62)), 0.0006) * band
    lobes: Array = np.asarray(0.6 * band * (radius < 0.362 + (head - 0.362) * 0.62), np.float64)
    return np.asarray(np.maximum(line, inner), np.float64), lobes


# -- paper-cut ------------------------------------------------------------------------------------


def paper_cut() -> Array:
    """A window flower: red paper folded in eight and cut, lying on warm white with a soft shadow."""
    rng = np.random.default_rng(3)
    x, y = plane()
    sheet = paper(rng, "f7efdf", 0.03)
    n = 8
    left = step(
        0.462 + 0.018 * np.cos(3 * n * np.arctan2(y - 0.5, x - 0.5)) - np.hypot(x - 0.5, y - 0.5), 0.0012
    )
    holes: list[list[Point]] = []
    for k in range(n):
        a = TAU * k / n
        b = a + TAU / (2 * n)
        holes.append(turned(_petal(0.085, 0.36), a, _at(0.035, a)))
        for m in range(3):  # a chrysanthemum's rows of crescents
            for s in (-1, 1):
                holes.append(  # noqa: PERF401
                    turned(
                        _crescent(0.05 - 0.008 * m, 0.017),
                        a + s * (0.55 + 0.05 * m),
                        _at(0.175 + 0.042 * m, a + s * 0.055),
                    )
                )
        holes.append(turned(_petal(0.10, 0.32), b, _at(0.105, b)))
        holes.append(turned(_petal(0.055, 0.42), b + np.pi, _at(0.285, b)))
        holes += _saw(a, 0.318, 7)
        for s in (-1, 1):  # birds facing each other
            holes.append(turned(_bird(s), b, _at(0.345, b + s * 0.135)))
        for t in (-0.115, 0.0, 0.115):
            holes.append(turned(_petal(0.042, 0.38), a + t, _at(0.375, a + t)))
        for t in np.linspace(-0.33, 0.33, 9):
            holes.append(turned(_petal(0.019, 0.5), a + t, _at(0.432, a + t)))
        holes.append(
            turned(
                [(0.012 * np.cos(t), 0.012 * np.sin(t)) for t in np.linspace(0, TAU, 20)], 0, _at(0.335, a)
            )
        )
    cut = left * (1 - mask(holes))
    shadow = blurred(np.roll(cut, (9, 7), (0, 1)), 7)
    picture = mix(sheet, rgb("5a2a1a"), 0.42 * shadow)
    fibre = noise(rng, 160, 2) - 0.5
    red = gradient(palette("c8161d", "d9252a", "b81218"), noise(rng, 3, 3)) + 0.05 * fibre[..., None]
    rim = np.clip(cut - np.roll(cut, (3, 3), (0, 1)), 0, 1)
    return np.clip(mix(mix(picture, red, cut), rgb("f06a5a"), 0.5 * rim * cut), 0, 1)


def _at(radius: float, angle: float) -> Point:
    return 0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)


def _crescent(length: float, thick: float) -> list[Point]:
    t = np.linspace(0, np.pi, 20)
    outer = [(length * (0.5 - 0.5 * np.cos(a)), thick * np.sin(a)) for a in t]
    inner = [(length * (0.5 - 0.5 * np.cos(a)), 0.25 * thick * np.sin(a)) for a in t[::-1]]
    return outer + inner


def _saw(angle: float, radius: float, teeth: int) -> list[list[Point]]:
    found = []
    for i in range(teeth):
        a = angle + (i - (teeth - 1) / 2) * 0.052
        found.append([_at(radius - 0.012, a - 0.02), _at(radius - 0.012, a + 0.02), _at(radius + 0.016, a)])
    return found


def _bird(side: int) -> list[Point]:
    shape = [
        (0.0, 0.0), (0.02, 0.012), (0.045, 0.014), (0.06, 0.026), (0.066, 0.016),
        (0.058, 0.004), (0.046, -0.008), (0.03, -0.022), (0.022, -0.008),
    ]  # fmt: skip
    return [(px, side * py) for px, py in shape]


# -- mosaic ---------------------------------------------------------------------------------------


def mosaic() -> Array:
    """A gold sun and a peacock-blue sea in small stones that follow their outlines, as at Ravenna."""
    rng = np.random.default_rng(21)
    x, y = plane()
    scene = _mosaic_scene(rng, x, y)
    seeds = []
    for ring in np.arange(0.012, 0.30, 0.0185):  # courses around the sun
        count = max(6, int(TAU * ring / 0.0185))
        a = TAU * (np.arange(count) + 0.5 * (int(ring / 0.0185) % 2)) / count
        seeds.append(np.stack([0.5 + ring * np.cos(a), 0.40 + ring * np.sin(a)], 1))
    rest = rng.random((9000, 2))
    rest = rest[np.hypot(rest[:, 0] - 0.5, rest[:, 1] - 0.40) > 0.30][:2150]
    around = relaxed(np.concatenate([*seeds, rest]), 3)
    fixed = np.concatenate(seeds)
    points = np.concatenate([fixed, around[len(fixed) :]])
    index, border = nearest_cells(points, 3.0)
    at = (np.clip(points, 0, 0.999) * SIDE).astype(int)
    colours = scene[at[:, 1], at[:, 0]] * rng.uniform(0.72, 1.22, (len(points), 1)) + rng.normal(
        0, 0.03, (len(points), 3)
    )
    stones = np.clip(colours, 0, 1)[index]
    tilt = rng.uniform(-1, 1, (len(points), 2))[index]
    local = np.stack([x, y], -1) - points[index]
    shade = 1 + 5.0 * (tilt * local).sum(-1) + 0.12 * (noise(rng, 180, 2) - 0.5)
    grout = step(border - 0.0030, 0.0009)
    bevel = np.clip(border / 0.008, 0, 1) ** 0.5
    return np.clip(
        mix(
            np.broadcast_to(rgb("3a332c"), stones.shape),
            stones * (shade * (0.72 + 0.33 * bevel))[..., None],
            grout,
        ),
        0,
        1,
    )


def _mosaic_scene(rng: np.random.Generator, x: Array, y: Array) -> Array:
    radius, angle = np.hypot(x - 0.5, y - 0.40), np.arctan2(y - 0.40, x - 0.5)
    scene = gradient(palette("0f2f5f", "1f5f8f", "2f8fa8", "7fc4b8"), y / 0.62 + 0.1 * np.sin(9 * angle))
    rays = np.cos(12 * angle + 9 * radius) > 0.1
    scene = np.where((rays & (radius < 0.30))[..., None], rgb("e8b84a"), scene)
    scene = np.where((~rays & (radius < 0.27))[..., None], rgb("b5452a"), scene)
    scene = np.where((radius < 0.17)[..., None], rgb("f2cf5f"), scene)
    scene = np.where((radius < 0.125)[..., None], rgb("d98a2f"), scene)
    scene = np.where((radius < 0.06)[..., None], rgb("fff0b0"), scene)
    for i, base in enumerate((0.68, 0.745, 0.81, 0.875, 0.94)):
        wave = y - base - 0.028 * np.abs(np.sin(TAU * 2.5 * x + i * np.pi / 2)) + 0.02
        colour = palette("0f4f6f", "f2ead2", "1a7f8f", "0f2f5f", "2f9f9f")[i]
        scene = np.where((wave > 0)[..., None], colour, scene)
        scene = np.where(((wave > 0) & (wave < 0.016))[..., None], rgb("f4e6b8"), scene)
    frame = np.maximum(np.abs(x - 0.5), np.abs(y - 0.5))
    scene = np.where((frame > 0.445)[..., None], rgb("7a1f2a"), scene)
    return np.where(((frame > 0.462) & (np.sin(60 * (x + y)) > 0))[..., None], rgb("e3b04b"), scene)


# -- stained glass --------------------------------------------------------------------------------


def stained_glass() -> Array:
    """A rose window with light behind it: leaded petals of ruby, cobalt, emerald and gold."""
    rng = np.random.default_rng(14)
    x, y = plane()
    radius, angle = np.hypot(x - 0.5, y - 0.5), np.arctan2(y - 0.5, x - 0.5)
    piece = np.zeros((SIDE, SIDE), int)
    lead = np.full((SIDE, SIDE), 1.0)
    rings = (0.0, 0.05, 0.12, 0.20, 0.29, 0.38, 0.46)
    for i, (low, high) in enumerate(zip(rings, (*rings[1:], 0.75), strict=True)):
        count = (1, 8, 8, 16, 16, 32, 44)[i]
        bend = 0.35 * np.sin(np.pi * (radius - low) / (high - low)) * (1 if i % 2 else -1) if i else 0
        turn = angle / TAU * count + 0.5 * (i % 2) + (bend if 2 <= i <= 5 else 0)
        bulge = 0.012 * np.cos(TAU * turn) if i in (2, 3, 4) else 0
        here = (radius >= low + bulge) & (radius < high + 0.03)
        here = here if i < 6 else radius >= low
        cell = (np.floor(turn) % count).astype(int)
        piece = np.where(here, i * 100 + cell, piece)
        spoke = np.abs(turn - np.round(turn)) / count * TAU * radius
        ring = np.abs(radius - low - bulge)
        lead = np.where(here, np.minimum(spoke if i else 1.0, ring if i else 1.0), np.minimum(lead, 1.0))
    corners = relaxed(rng.random((420, 2)), 2)
    index, border = nearest_cells(corners)
    piece = np.where(radius > 0.49, 1000 + index, piece)
    lead = np.where(radius > 0.49, np.minimum(border / 2, np.abs(radius - 0.49)), lead)
    jewels = palette("b0122a", "1238a8", "0f7f4f", "f0b020", "6a1f9a", "e0561a", "1f8fc8", "f4e0a0", "d02a6a")
    pick = np.array([rng.integers(0, len(jewels)) for _ in range(1500)])
    for i, order in enumerate(((7,), (3, 0), (1, 6), (0, 3, 1, 5), (2, 1), (4, 0, 1, 8), (1, 3))):
        pick[i * 100 : i * 100 + 100] = np.resize(order, 100)
    pick[1000:1500] = rng.choice([1, 1, 6, 4, 2], 500)
    colour = jewels[pick[piece]] * (0.75 + 0.5 * rng.random(1500))[piece][..., None]
    streak = noise(rng, 24, 5)
    light = 1.35 - 0.75 * radius + 0.55 * (streak - 0.5) + 0.25 * np.exp(-((lead - 0.02) ** 2) / 2e-4)
    glass = np.clip(colour * light[..., None] + 0.10 * (streak > 0.80)[..., None], 0, 1)
    glass = np.clip(glass + 0.28 * blurred(glass, 14) - 0.05, 0, 1)
    came = step(0.0058 - lead, 0.0014)
    metal = rgb("17171a") + 0.10 * np.clip(1 - np.abs(lead - 0.0015) / 0.0016, 0, 1)[..., None]
    return np.clip(mix(glass, metal, came), 0, 1)
