"""The few things that the painter has never seen and that are asked for often, drawn by code.

Knows shapes only. Each is an RGB picture on white like a painted one, so that it is cut out in the same way.
"""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

_SIDE = 256
_FINER = 4


def drawn(name: str) -> Image.Image:
    """The thing of this name, 256 pixels a side, on white. KeyError for any other."""
    image = Image.new("RGB", (_SIDE * _FINER, _SIDE * _FINER), "white")
    _DRAWN[name](image)
    return image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)


def _balloon(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    unit = image.width / 256
    string = ((128, 178), (124, 206), (131, 228), (127, 250))
    points = [(x * unit, y * unit) for x, y in string]
    draw.line(points, fill=(120, 112, 118), width=round(3 * unit), joint="curve")
    _ball(image, (62 * unit, 8 * unit, 194 * unit, 170 * unit), (232, 60, 66))
    draw.polygon(
        [(128 * unit, 164 * unit), (140 * unit, 184 * unit), (116 * unit, 184 * unit)], fill=(196, 40, 50)
    )


def _ball(image: Image.Image, box: tuple[float, float, float, float], colour: tuple[int, int, int]) -> None:
    """An ellipse with light from above on the left."""
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    for step in range(24):
        share = step / 23
        shade = tuple(round(level * (0.78 + 0.26 * share) + 16 * share) for level in colour)
        draw.ellipse(
            (
                left + (right - left) * 0.26 * share, top + (bottom - top) * 0.18 * share,
                right - (right - left) * 0.46 * share, bottom - (bottom - top) * 0.54 * share,
            ),
            fill=shade,
        )  # fmt: skip
    shine = Image.new("L", image.size)
    across, down = right - left, bottom - top
    ImageDraw.Draw(shine).ellipse(
        (left + 0.22 * across, top + 0.13 * down, left + 0.42 * across, top + 0.36 * down), fill=170
    )
    image.paste((255, 250, 246), (0, 0), shine.filter(ImageFilter.GaussianBlur(across / 40)))


def _table(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    unit = image.width / 256
    for left, end in ((34, 232), (206, 232), (74, 214), (170, 214)):
        dark = (128, 82, 48) if end < 220 else (152, 100, 60)
        draw.rectangle((left * unit, 104 * unit, (left + 16) * unit, end * unit), fill=dark)
    draw.polygon(
        [(30 * unit, 82 * unit), (226 * unit, 82 * unit), (248 * unit, 108 * unit), (8 * unit, 108 * unit)],
        fill=(196, 140, 88),
    )
    draw.rectangle((8 * unit, 108 * unit, 248 * unit, 124 * unit), fill=(170, 114, 68))
    for y in (89, 96, 102):
        draw.line(
            [((40 - (y - 82)) * unit, y * unit), ((216 + (y - 82)) * unit, y * unit)],
            fill=(184, 128, 80),
            width=round(2 * unit),
        )


_DRAWN = {"balloon": _balloon, "table": _table}
