"""Up to six scenes as one film: words under each, fades or cuts between them, all in the first one's size.

Knows frames and how they follow one another. Knows neither files nor sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from aigc_demo.pictures.card import font
from aigc_demo.pictures.layers import Layers
from aigc_demo.tasks.film.frames import RATE, frames

FADE = 12
"""Frames in which one scene becomes the next."""
_LETTERS, _ROOM, _GAP = 0.055, 0.9, 0.035
"""Height of a caption's letters and its distance from the edge, of the height; its room, of the width."""
_PLATE = (12, 14, 22, 150)


@dataclass(frozen=True)
class Shot:
    """A scene of a film and the words that stand under it."""

    layers: Layers
    caption: str = ""


def length(count: int, each: int, fade: int) -> int:
    """Frames of a film of ``count`` shots of ``each`` frames that overlap by ``fade``."""
    return count * each - (count - 1) * fade


def told(shots: Sequence[Shot], each: int, camera: str, fade: int) -> Iterator[Image.Image]:
    """The film's frames in RGB: every shot ``each`` frames long, the last ``fade`` of it within the next."""
    width, height = (side // 2 * 2 for side in shots[0].layers.ground.size)
    size = width, height
    ending: list[Image.Image] = []
    for at, shot in enumerate(shots):
        words = caption(shot.caption, size)
        kept = 0 if at == len(shots) - 1 else fade
        before, ending = ending, []
        for number, frame in enumerate(frames(shot.layers, each / RATE, camera)):
            picture = _shown(frame, size, words)
            if number < len(before):
                picture = Image.blend(before[number], picture, (number + 1) / (len(before) + 1))
            if number < each - kept:
                yield picture
            else:
                ending.append(picture)


def _shown(frame: Image.Image, size: tuple[int, int], words: Image.Image | None) -> Image.Image:
    """A frame whole in the film's size, dark at the sides where its shape is another, its words over it."""
    if frame.size != size:
        frame = ImageOps.pad(frame, size, Image.Resampling.BILINEAR, color=(16, 18, 26))
    if words is not None:
        frame.paste(words, ((size[0] - words.width) // 2, _foot(size) - words.height), words)
    return frame


def _foot(size: tuple[int, int]) -> int:
    return size[1] - round(_GAP * size[1])


def caption(words: str, size: tuple[int, int]) -> Image.Image | None:
    """Words as white letters on a plate that lets the picture through; None where there are none to see."""
    width, height = size
    letters = font(max(12, round(_LETTERS * height)))
    lines = _lines(" ".join(words.split()), letters, _ROOM * width)
    if not lines:
        return None
    text = "\n".join(lines)
    pad = max(4, round(letters.size / 3))
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox(
        (0, 0), text, letters, align="center"
    )
    plate = Image.new("RGBA", (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad))
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle((0, 0, plate.width - 1, plate.height - 1), pad, _PLATE)
    pen.multiline_text((pad - left, pad - top), text, (255, 255, 255, 255), letters, align="center")
    return plate


def _lines(words: str, letters: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """Words in lines that fit: parted at blanks, a word that is too long between its letters."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(words, max(4, int(room / letters.getlength("w")))):
        if line and letters.getlength(line + piece.rstrip()) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(words: str, most: int) -> Iterator[str]:
    """Latin words with the blank behind them, other letters one by one, and their marks with them."""
    piece = ""
    for letter in words:
        if letter.isascii():
            piece += letter
            if letter == " " or len(piece) >= most:
                yield piece
                piece = ""
        elif letter in "，。！？；：、”’）》":
            piece += letter
        else:
            if piece:
                yield piece
            piece = letter
    if piece:
        yield piece
