"""A scene's picture: sprites on their ground, with shadows where they touch it, in its light and weather.

Knows pixels, boxes and the order of drawing. Paints nothing: a moved thing is shown anew in a few
hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aigc_demo.pictures.layers import Layer, Layers
from aigc_demo.tasks.image.scene.backdrop import LIGHTS
from aigc_demo.tasks.image.scene.colours import lit
from aigc_demo.tasks.image.scene.layout import HORIZONS
from aigc_demo.tasks.image.scene.lexicon import Kind
from aigc_demo.tasks.image.scene.values import Box, Scene, Thing

_GLOWING = (
    "sun", "crescent moon", "full moon", "star", "shooting star", "comet", "fire", "candle", "light bulb",
    "red paper lantern", "rainbow", "ringed planet", "glowing star",
)  # fmt: skip
_MOVES_ALONG = ("riding", "on", "in", "held_by", "worn_by")
_SUNK = 0.1
"""Of a thing in the water, as a share of its height."""


def composed(
    scene: Scene, back: Image.Image, sprites: Sequence[Image.Image], kinds: Sequence[Kind], seed: int
) -> Image.Image:
    """The picture of a scene with places. ``back`` is its ground; it stays as it is."""
    picture = back.convert("RGBA")
    for thing, sprite, kind in zip(scene.things, sprites, kinds, strict=True):
        if thing.box is None:
            continue
        if _touches_ground(scene, thing, kind):
            _shadow(picture, scene, thing.box)
        _put(picture, scene, thing, sprite, kind)
    flat = picture.convert("RGB")
    if scene.weather:
        flat = _weathered(flat, scene.weather, seed)
    return flat


def in_its_light(scene: Scene, thing: Thing, sprite: Image.Image) -> Image.Image:
    """A thing's picture in the light of the scene's time of day; what shines keeps its own."""
    return sprite if thing.name in _GLOWING else lit(sprite, LIGHTS[scene.time])


def layers(scene: Scene, back: Image.Image, bright: Sequence[Image.Image], kinds: Sequence[Kind]) -> Layers:
    """The parts of the same picture, for whoever sets them in motion; ``bright`` are in its light."""
    things = []
    for thing, sprite, kind in zip(scene.things, bright, kinds, strict=True):
        relation = thing.relation
        along = relation is not None and relation.kind in _MOVES_ALONG
        things.append(
            Layer(
                sprite,
                thing.box or (0, 0, 8, 8),
                name=thing.name,
                label=thing.label,
                flip=thing.flip,
                motion=thing.motion,
                home="water" if _floats(scene, thing, kind) else kind.home,
                parent=relation.to[0] if relation is not None and along else -1,
                rides=relation is not None and relation.kind == "riding",
                stands=_touches_ground(scene, thing, kind),
            )
        )
    return Layers(back, tuple(things), scene.weather, scene.time, scene.words)


def sprite_at(sprite: Image.Image, thing: Thing) -> Image.Image:
    """A sprite as large as its thing's box, looking its way."""
    _, _, width, height = thing.box or (0, 0, *sprite.size)
    sized = sprite.resize((width, height), Image.Resampling.LANCZOS)
    return sized.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if thing.flip else sized


def _put(picture: Image.Image, scene: Scene, thing: Thing, sprite: Image.Image, kind: Kind) -> None:
    box = thing.box or (0, 0, 1, 1)
    sized = sprite_at(sprite, thing)
    if thing.name not in _GLOWING:
        sized = lit(sized, LIGHTS[scene.time])
    elif thing.name != "rainbow":
        _glow(picture, box)
    if _floats(scene, thing, kind):
        sized = _sunk(sized)
    _over(picture, sized, box[:2])


def _over(picture: Image.Image, sprite: Image.Image, at: tuple[int, int]) -> None:
    """Lay a sprite over the picture; what is outside is left off."""
    left, top = max(0, -at[0]), max(0, -at[1])
    right, bottom = min(sprite.width, picture.width - at[0]), min(sprite.height, picture.height - at[1])
    if right > left and bottom > top:
        seen = sprite.crop((left, top, right, bottom))
        picture.alpha_composite(seen, (max(0, at[0]), max(0, at[1])))


def _touches_ground(scene: Scene, thing: Thing, kind: Kind) -> bool:
    """Whether a thing stands on something firm by itself."""
    if thing.box is None or scene.ground in ("sky", "space") or kind.home in ("sky", "air"):
        return False
    if thing.relation is not None and thing.relation.kind in (
        "riding",
        "on",
        "above",
        "held_by",
        "worn_by",
        "in",
    ):
        return False
    base = (thing.box[1] + thing.box[3]) / scene.size[1]
    return base >= HORIZONS[scene.ground] and not _floats(scene, thing, kind) and thing.motion != "flying"


def _floats(scene: Scene, thing: Thing, kind: Kind) -> bool:
    if thing.relation is not None and thing.relation.kind in (
        "riding",
        "on",
        "above",
        "held_by",
        "worn_by",
        "in",
    ):
        return False
    return scene.ground == "sea" and kind.home != "sky" and thing.box is not None and (
        (thing.box[1] + thing.box[3]) / scene.size[1] >= HORIZONS["sea"]
    ) and thing.motion != "flying" and kind.home != "air"  # fmt: skip


def _shadow(picture: Image.Image, scene: Scene, box: Box) -> None:
    """A soft dark spot where a thing stands; longer and warmer when the sun is low."""
    left, top, width, height = box
    deep = max(6, round(min(0.16 * width, 0.1 * height + 4)))
    soft = max(2.0, deep / 4)
    margin = round(3 * soft)
    mask = Image.new("L", (width + 2 * margin, deep + 2 * margin))
    ImageDraw.Draw(mask).ellipse(
        (margin + 0.05 * width, margin, margin + 0.95 * width, margin + deep),
        fill=120 if scene.time == "day" else 95,
    )
    dark = Image.new("RGBA", mask.size, (24, 26, 44, 255))
    dark.putalpha(mask.filter(ImageFilter.GaussianBlur(soft)))
    slant = round(0.12 * width) if scene.time in ("morning", "sunset") else 0
    _over(picture, dark, (left - margin + slant, top + height - round(deep * 0.62) - margin))


def _glow(picture: Image.Image, box: Box) -> None:
    """Light around what shines."""
    left, top, width, height = box
    radius = round(max(width, height) * 0.9)
    mask = Image.new("L", (2 * radius, 2 * radius))
    ImageDraw.Draw(mask).ellipse((radius * 0.4, radius * 0.4, radius * 1.6, radius * 1.6), fill=80)
    light = Image.new("RGBA", mask.size, (255, 238, 180, 255))
    light.putalpha(mask.filter(ImageFilter.GaussianBlur(radius / 4)))
    _over(picture, light, (left + width // 2 - radius, top + height // 2 - radius))


def _sunk(sprite: Image.Image) -> Image.Image:
    """A floating thing without what is under water, its lower edge fading."""
    pixels = np.asarray(sprite).copy()
    height = len(pixels)
    rows = np.arange(height, dtype=np.float32)
    line = height * (1 - _SUNK)
    wave = 2.0 * np.sin(np.arange(pixels.shape[1], dtype=np.float32) / 9)
    seen = ((line + wave[None] - rows[:, None]) / 3 + 0.5).clip(0, 1)
    pixels[..., 3] = (pixels[..., 3] * (0.12 + 0.88 * seen)).astype(np.uint8)
    return Image.fromarray(pixels, "RGBA")


def _weathered(picture: Image.Image, weather: str, seed: int) -> Image.Image:
    """Rain or snow falls before all of it."""
    whole = picture.convert("RGBA")
    whole.alpha_composite(_veil(weather, picture.size, seed))
    return whole.convert("RGB")


@lru_cache(maxsize=4)
def _veil(weather: str, size: tuple[int, int], seed: int) -> Image.Image:
    """What falls, as a picture (RGBA) to be looked at only."""
    rng = np.random.Generator(np.random.PCG64(seed + 7))
    width, height = size
    veil = Image.new("RGBA", (2 * width, 2 * height))
    draw = ImageDraw.Draw(veil)
    if weather == "rain":
        for x, y, share in rng.random((230, 3)) * (2.1 * width, 2 * height, 1):
            length = 30 + 40 * share
            draw.line(
                [(x, y), (x - length * 0.22, y + length)],
                fill=(214, 230, 248, round(70 + 70 * share)),
                width=3,
            )
    else:
        for x, y, share in rng.random((210, 3)) * (2 * width, 2 * height, 1):
            radius = 3 + 9 * share**3
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius),
                fill=(255, 255, 255, round(150 + 90 * share)),
            )
    return veil.resize(size, Image.Resampling.BOX)
