"""Cards: the picture by which a link is previewed elsewhere, and what they are drawn with.

Knows Pillow, two packaged Chinese fonts and this app's colours. Knows no task and no link, and
nothing of where files lie. A card is 1200 by 630, the proportions that every reader of previews shows whole.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import islice
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

SIZE = (1200, 630)
"""Width and height, pixels."""
MARGIN = 72
PAPER, INK, SOFT, ACCENT, LINE = "#faf9f6", "#1b1c1a", "#56544d", "#17705e", "#d0cdc2"
_FONTS = "pylopdf_fonts_zh_cn"
_MOST_LETTERS = 600
_MOST_ON_A_LINE = 300
"""Letters; a line has room for fewer of the narrowest."""
_MOST_PIXELS = 64_000_000
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECE = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+|\s")
_MARKS = re.compile(r"(?m)^[ \t]*(?:#{1,6}|[*+-]|>)[ \t]+|[*_`]{1,3}")
"""The signs of Markdown, which say nothing where they are not drawn."""


@lru_cache(maxsize=32)
def font(size: int, *, serif: bool = False) -> ImageFont.FreeTypeFont:
    """A font that has Latin and Chinese letters, simplified and traditional, ``size`` pixels high."""
    return ImageFont.truetype(_font_file(f"Noto{'Serif' if serif else 'Sans'}SC-Regular.otf"), size)


@cache
def _font_file(name: str) -> Path:
    with as_file(files(_FONTS) / name) as path:
        return path


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty card with our mark in its lower corner, and the pen for it."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, SIZE[1] - 10, SIZE[0], SIZE[1]), fill=ACCENT)
    signed(pen)
    return image, pen


def signed(pen: ImageDraw.ImageDraw, ink: str = SOFT) -> None:
    """The app's name in the lower right corner."""
    pen.text((SIZE[0] - MARGIN, SIZE[1] - 44), "AIGC Studio", fill=ink, font=font(26), anchor="rs")


def of_picture(data: bytes) -> Image.Image:
    """The whole picture on a ground of its own colours: nothing of it is cut.

    Raises:
        OSError: it is no picture, or a damaged one, or one of more than 64 megapixels.
    """
    whole = _flat(data)
    ground = ImageOps.fit(whole, (SIZE[0] // 8, SIZE[1] // 8)).filter(ImageFilter.GaussianBlur(6))
    card = ground.resize(SIZE, Image.Resampling.BICUBIC).point(lambda value: value * 7 // 10)
    inside = ImageOps.contain(whole, (SIZE[0], SIZE[1]), Image.Resampling.LANCZOS)
    card.paste(inside, ((SIZE[0] - inside.width) // 2, (SIZE[1] - inside.height) // 2))
    return card


def of_pictures(several: Sequence[bytes]) -> Image.Image:
    """The first few of several pictures side by side; raises as :func:`of_picture`."""
    if len(several) == 1:
        return of_picture(several[0])
    count = min(len(several), 3)
    card, width = Image.new("RGB", SIZE, LINE), SIZE[0] // count
    for place, data in enumerate(several[:count]):
        part = ImageOps.fit(_flat(data), (width - 4, SIZE[1]), Image.Resampling.LANCZOS)
        card.paste(part, (place * width + 2, 0))
    return card


def of_film(data: bytes) -> Image.Image:
    """The first picture of a film.

    Raises:
        OSError: it is none, or a damaged one.
    """
    import av

    with av.open(io.BytesIO(data)) as film:
        frame = next(film.decode(video=0), None)
    if frame is None:
        raise OSError("no picture in it")
    buffer = io.BytesIO()
    frame.to_image().save(buffer, "PNG")
    return of_picture(buffer.getvalue())


def of_text(text: str, title: str = "") -> Image.Image:
    """The beginning of a text under its title."""
    image, pen = sheet()
    top = MARGIN
    if title:
        for line in _lines(title, font(34), 1):
            pen.text((MARGIN, top), line, fill=ACCENT, font=font(34))
        top += 64
    said = _MARKS.sub("", text[:_MOST_LETTERS]).strip()
    size = 46 if len(said) < 120 else 36
    step = round(size * 1.5)
    room = (SIZE[1] - 90 - top) // step
    for line in _lines(said, font(size), room):
        pen.text((MARGIN, top), line, fill=INK, font=font(size))
        top += step
    return image


def of_sound(peaks: Sequence[float], title: str = "") -> Image.Image:
    """A sound by its loudness over time, 0 to 100, under its title."""
    image, pen = sheet()
    for line in _lines(title, font(46), 1):
        pen.text((SIZE[0] // 2, 150), line, fill=INK, font=font(46), anchor="mm")
    wave(pen, peaks, 340, 110)
    return image


def wave(
    pen: ImageDraw.ImageDraw, peaks: Sequence[float], middle: int, half: int, right: int = SIZE[0] - MARGIN
) -> None:
    """Bars of a sound's loudness from the margin to ``right``, around the height ``middle``."""
    width, count = right - MARGIN, 110
    loudest = max(1.0, *peaks) if peaks else 1.0
    for at in range(count):
        first, last = at * len(peaks) // count, (at + 1) * len(peaks) // count
        stretch = peaks[first : max(last, first + 1)]
        height = max(3, round(half * max(stretch, default=0) / loudest))
        x = MARGIN + round((at + 0.5) * width / count)
        pen.line((x, middle - height, x, middle + height), fill=ACCENT, width=5)


def jpeg(image: Image.Image) -> bytes:
    """The card as a file small enough for every reader of previews."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=88, optimize=True)
    return buffer.getvalue()


def smaller(data: bytes, side: int) -> bytes | None:
    """A picture of somebody's as an upright JPEG whose sides are at most ``side``: its pixels and no more.

    None where it is no picture. Where and with what it was taken stays behind.
    """
    try:
        flat = _flat(data, (side, side))
    except (OSError, SyntaxError, ValueError):
        return None
    flat.thumbnail((side, side), Image.Resampling.LANCZOS)
    return jpeg(flat)


def _flat(data: bytes, about: tuple[int, int] = (2 * SIZE[0], 2 * SIZE[1])) -> Image.Image:
    """A picture upright and on white; where its format allows, only as large as ``about`` that."""
    with Image.open(io.BytesIO(data)) as opened:
        if opened.width * opened.height > _MOST_PIXELS:
            raise OSError("too many pixels")
        opened.draft("RGB", about)
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
    flat = Image.new("RGBA", upright.size, "white")
    flat.alpha_composite(upright)
    return flat.convert("RGB")


def _lines(text: str, letters: ImageFont.FreeTypeFont, most: int) -> Iterator[str]:
    """``text`` in at most so many lines that fit between the margins, the last of more with an ellipsis."""
    room = SIZE[0] - 2 * MARGIN
    found = list(islice(_wrapped(text, letters, room), most + 1))
    yield from found[: most if len(found) <= most else most - 1]
    if len(found) > most:
        last = found[most - 1]
        while letters.getlength(last + "…") > room:
            last = last[:-1]
        yield last + "…"


def _wrapped(text: str, letters: ImageFont.FreeTypeFont, room: int) -> Iterator[str]:
    for paragraph in filter(str.strip, _drawable(text).splitlines()):
        line = ""
        for piece in _PIECE.findall(paragraph.strip()):
            if line and letters.getlength(line + piece.rstrip()) > room:
                yield line.rstrip()
                line = ""
            *whole, rest = _cut(piece, letters, room)
            yield from whole
            line = line + rest if line or not rest.isspace() else ""
        if line:
            yield line.rstrip()


def _cut(piece: str, letters: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """A word in parts that each have room on a line."""
    parts = []
    while letters.getlength(piece[:_MOST_ON_A_LINE]) > room:
        lengths = range(1, min(len(piece), _MOST_ON_A_LINE))
        fits = max(1, bisect_right(lengths, room, key=lambda n: ceil(letters.getlength(piece[:n]))))
        parts.append(piece[:fits])
        piece = piece[fits:]
    return [*parts, piece]


def _drawable(text: str) -> str:
    """Without what the fonts have no sign for: emoji, and marks that are not seen."""
    return "".join(
        char for char in text if (char in "\n " or char.isprintable()) and not 0x1F000 <= ord(char) <= 0xE01EF
    )
