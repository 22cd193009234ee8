"""A thing painted on white set free: its edge soft and without a fringe, its holes open.

Knows pixels only. What is white and hangs together with the border is ground; at the edge a pixel is a
mixture of ground and thing, which is taken apart: its share of the thing becomes its opacity, and the
ground's white goes out of its colour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aigc_demo.tasks.image.scene.lexicon import Way

WHITE = 244
"""From this level on, of the darkest channel, a pixel may be ground."""
SEEN = 8
"""Opacity from which on a pixel is part of the thing, of 255."""
_GAP = 2
"""Gaps of up to twice so many pixels in a pale outline let no ground in."""
_EDGE = 4
"""Width in pixels of the edge in which ground and thing are mixed."""
_LEAST_HOLE = 24
_PALE_THING = 0.22
"""Share of a thing that is as white as the ground, from which on it counts as white itself."""
_CREEP = 6
"""Pixels that the ground goes on into corners of such a thing."""
_NEARLY_WHITE = 226
_GREYISH = 18
_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


def cut_out(image: Image.Image, way: Way = "") -> Image.Image:
    """An RGB picture of a thing on white as RGBA, cropped to what is seen of it.

    ``way`` is what is known of it: white inside of it is ground as well, such as between the spokes of a
    wheel (``holes``), or all its own (``white``); only its largest piece is the thing (``one``).
    """
    pixels = np.asarray(image.convert("RGB"), np.float32)
    ground = ground_of(pixels, way)
    if way == "one":
        ground = ~_largest(~ground)
    colour, alpha = _unmixed(pixels, ground)
    free = np.dstack([colour, alpha * 255]).round().clip(0, 255).astype(np.uint8)
    box = Image.fromarray(free[..., 3]).point(lambda level: 255 if level > SEEN else 0).getbbox()
    cut = Image.fromarray(free, "RGBA")
    return cut.crop(box) if box else cut


def ground_of(pixels: Floats, way: Way = "") -> Mask:
    """Where (height, width, 3) levels are ground.

    Of a thing that is white itself the outline alone keeps the ground out: gaps in it are closed. Of any
    other the ground is followed into every corner.
    """
    least = pixels.min(2)
    pale: Mask = least >= WHITE
    nearly: Mask = (least >= _NEARLY_WHITE) & (np.ptp(pixels, axis=2) <= _GREYISH)
    outside = _from_the_border(pale, _GAP)
    own_white = (nearly & ~outside).sum() > _PALE_THING * (~outside).sum()
    if way != "white" and (way == "holes" or not own_white):
        outside, pale = _from_the_border(nearly, 0), nearly
    else:
        for _ in range(_CREEP):
            outside = _grown(outside, 1) & pale
    if way == "holes":
        inner = _shrunk(pale & ~outside, 1)
        if inner.sum() >= _LEAST_HOLE:
            outside = outside | (_grown(inner, 1) & pale)
    return outside


def _largest(thing: Mask) -> Mask:
    """The largest of the pieces that a thing is in."""
    best = np.zeros_like(thing)
    left = thing.copy()
    while int(left.sum()) > int(best.sum()):
        seed = np.zeros_like(thing)
        seed.flat[int(left.argmax())] = True
        piece = _flooded(seed, left)
        best = piece if piece.sum() > best.sum() else best
        left &= ~piece
    return best


def _from_the_border(pale: Mask, gap: int) -> Mask:
    """The pale pixels that hang together with the border by ways wider than twice the gap."""
    wide = _shrunk(np.pad(pale, gap, constant_values=True), gap)[
        gap : len(pale) + gap, gap : pale.shape[1] + gap
    ]
    seed = np.zeros_like(pale)
    seed[0], seed[-1], seed[:, 0], seed[:, -1] = wide[0], wide[-1], wide[:, 0], wide[:, -1]
    return _grown(_flooded(seed, wide), gap) & pale


def _flooded(seed: Mask, free: Mask) -> Mask:
    """All of ``free`` that hangs together with the seed: swept to and fro along rows and columns."""
    found = seed & free
    while True:
        before = int(found.sum())
        for turned in (False, True):
            area, way = (free.T, found.T) if turned else (free, found)
            way = _swept(way, area)
            way = _swept(way[:, ::-1], area[:, ::-1])[:, ::-1]
            found = way.T if turned else way
        if int(found.sum()) == before:
            return found


def _swept(found: Mask, free: Mask) -> Mask:
    """Each row from left to right: what is free goes on from what was found until it is stopped."""
    columns = np.arange(free.shape[1])
    stopped = np.maximum.accumulate(np.where(free, -1, columns), axis=1)
    reached = np.maximum.accumulate(np.where(found, columns, -1), axis=1)
    return free & (reached > stopped)


def _unmixed(pixels: Floats, ground: Mask) -> tuple[Floats, Floats]:
    """Colours without the ground's white, and opacities in [0, 1]."""
    inside = ~_grown(ground, _EDGE)
    known = inside if inside.any() else ~ground
    pure = _spread(pixels, known, 2 * _EDGE + 2)
    white = 255 - pure
    share = ((255 - pixels) * white).sum(2) / np.maximum((white * white).sum(2), 1.0)
    edge = ~ground & ~inside
    pale = (white.max(2) < 24) & edge  # a white thing: how much of it there is cannot be told by its colour
    alpha = np.where(inside | pale, 1.0, share.clip(0, 1)).astype(np.float32)
    alpha = np.where(ground, 0.0, alpha)
    alpha = _softened(alpha, ground)
    mixed = edge & ~pale
    return np.where(mixed[..., None], pure, pixels), alpha


def _softened(alpha: Floats, ground: Mask) -> Floats:
    """The outline without steps, no wider than it was."""
    padded = np.pad(alpha, 1)
    height, width = alpha.shape
    near = np.zeros_like(alpha)
    for y in range(3):
        for x in range(3):
            near += padded[y : y + height, x : x + width] / 9
    soft = np.minimum(alpha, (near * 1.6 - 0.3).clip(0, 1))
    return np.where(ground, 0.0, soft).astype(np.float32)


def _spread(pixels: Floats, known: Mask, steps: int) -> Floats:
    """The colours of the known pixels carried on outwards, each step by one pixel."""
    weight = known.astype(np.float32)
    colour = pixels * weight[..., None]
    for _ in range(steps):
        if weight.all():
            break
        around = np.zeros_like(colour)
        counted = np.zeros_like(weight)
        for down, right in _NEIGHBOURS:
            around += _shifted(colour, down, right)
            counted += _shifted(weight, down, right)
        new = (weight == 0) & (counted > 0)
        colour[new] = around[new] / counted[new][:, None]
        weight[new] = 1.0
    return np.where(weight[..., None] > 0, colour, pixels)


def _shifted(values: Floats, down: int, right: int) -> Floats:
    moved = np.zeros_like(values)
    height, width = values.shape[:2]
    to_y, to_x = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
    from_y, from_x = slice(max(-down, 0), height - max(down, 0)), slice(max(-right, 0), width - max(right, 0))
    moved[to_y, to_x] = values[from_y, from_x]
    return moved


def _grown(mask: Mask, by: int) -> Mask:
    padded = np.pad(mask, by)
    height, width = mask.shape
    across = np.zeros((height + 2 * by, width), bool)
    for shift in range(2 * by + 1):
        across |= padded[:, shift : shift + width]
    grown = np.zeros(mask.shape, bool)
    for shift in range(2 * by + 1):
        grown |= across[shift : shift + height]
    return grown


def _shrunk(mask: Mask, by: int) -> Mask:
    return ~_grown(~mask, by)
