"""What a class has made, as a PDF to be printed: small pictures and words, three in a row, round by round.

Knows reportlab, Pillow and fonts that every PDF reader has: Helvetica for what Latin-1 holds, and for Chinese
the Song face that the format itself names, so that no font file is carried. Signs that neither has are left
out. Knows nothing of rooms.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from PIL import Image, ImageOps
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

LATIN, SONG = "Helvetica", "STSong-Light"
MARGIN, GAP, COLUMNS = 40.0, 14.0, 3
"""Points, and cells in a row."""
PICTURE = 150.0
"""Points that a picture is high at most."""
PIXELS = 480
"""The longer side of a picture as it is printed: 200 to the inch."""
SIZE, SMALL, LEADING = 9.0, 7.5, 1.35
MOST_LINES, MOST_ASKED = 16, 3
"""Lines of a text and of what was asked for it."""
_PIECE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+|\s+")


@dataclass(frozen=True)
class Cell:
    """One result: a picture or words, what was asked, and who asked it."""

    asked: str
    name: str
    text: str = ""
    picture: bytes | None = None


@dataclass(frozen=True)
class Part:
    """The results of one round under its title."""

    title: str
    cells: Sequence[Cell]


def write(title: str, parts: Sequence[Part], foot: str) -> bytes:
    """A4 pages under the title, each with a line at its foot."""
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("AIGC Studio")
    sheet = _Sheet(canvas, foot)
    sheet.line(title, 16.0)
    for part in parts:
        sheet.part(part)
    sheet.end()
    canvas.save()
    return buffer.getvalue()


class _Sheet:
    """Where on the pages the next thing goes."""

    def __init__(self, canvas: Canvas, foot: str) -> None:
        self._canvas, self._foot = canvas, foot
        self._width, self._height = A4
        self._y, self._page = self._height - MARGIN, 1
        self._cell = (self._width - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS

    def line(self, text: str, size: float) -> None:
        """One line across the page, cut where it is too long."""
        first = next(iter(_lines(text, self._width - 2 * MARGIN, size, 1)), "")
        self._y -= size * LEADING
        _draw(self._canvas, MARGIN, self._y, first, size)
        self._y -= size * 0.5

    def part(self, part: Part) -> None:
        """A round's title, and its results row by row; a row stands on one page."""
        blocks = [_block(cell, self._cell) for cell in part.cells]
        rows = [blocks[at : at + COLUMNS] for at in range(0, len(blocks), COLUMNS)]
        head = 12.0 * LEADING + 6.0
        self._room(head + (max(block.height for block in rows[0]) if rows else 0.0))
        self.line(part.title, 12.0)
        for row in rows:
            height = max(block.height for block in row)
            self._room(height)
            for column, block in enumerate(row):
                block.draw(self._canvas, MARGIN + column * (self._cell + GAP), self._y)
            self._y -= height + GAP

    def end(self) -> None:
        """The foot of a page, and the page's end."""
        _draw(self._canvas, MARGIN, MARGIN / 2, f"{self._foot} · {self._page}", SMALL)
        self._canvas.showPage()

    def _room(self, height: float) -> None:
        """Go on on a new page where this one has no room."""
        if self._y - height < MARGIN:
            self.end()
            self._y, self._page = self._height - MARGIN, self._page + 1


@dataclass(frozen=True)
class _Block:
    """A cell as it is drawn: its picture with width and height in points, then lines with their size."""

    picture: ImageReader | None
    extent: tuple[float, float]
    lines: Sequence[tuple[str, float]]

    @property
    def height(self) -> float:
        return self.extent[1] + sum(size * LEADING for _, size in self.lines)

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        """Draw it below ``top``, points from the page's foot."""
        if self.picture is not None:
            canvas.drawImage(self.picture, x, top - self.extent[1], *self.extent)
        y = top - self.extent[1]
        for text, size in self.lines:
            y -= size * LEADING
            _draw(canvas, x, y, text, size)


def _block(cell: Cell, width: float) -> _Block:
    picture = None if cell.picture is None else _small(cell.picture)
    extent = (0.0, 0.0)
    if picture is not None:
        scale = min(width / picture.getSize()[0], PICTURE / picture.getSize()[1])
        extent = (picture.getSize()[0] * scale, picture.getSize()[1] * scale)
    lines = [(line, SIZE) for line in _lines(cell.text, width, SIZE, MOST_LINES)]
    lines += [(line, SMALL) for line in _lines(cell.asked, width, SMALL, MOST_ASKED)]
    return _Block(picture, extent, [*lines, *((line, SMALL) for line in _lines(cell.name, width, SMALL, 1))])


def _small(data: bytes) -> ImageReader | None:
    """A picture as it is printed, on white; None for what is none."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("RGB", (PIXELS, PIXELS))
            whole = ImageOps.contain(image.convert("RGBA"), (PIXELS, PIXELS))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    paper = Image.new("RGB", whole.size, "white")
    paper.paste(whole, mask=whole)
    buffer = io.BytesIO()
    paper.save(buffer, "JPEG", quality=85)
    buffer.seek(0)
    return ImageReader(buffer)


def _lines(text: str, width: float, size: float, most: int) -> list[str]:
    """Lines that fit; what follows the last one is left out, with dots in its place."""
    lines = [line for each in text.strip().splitlines()[: most + 1] for line in _wrapped(each, width, size)]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1].rstrip()[:-1]}…"]


def _wrapped(text: str, width: float, size: float) -> Iterator[str]:
    line, used = "", 0.0
    for piece in _pieces(text, width, size):
        if line and used + _width(piece, size) > width:
            yield line.rstrip()
            line, used = "", 0.0
        added = piece if line else piece.lstrip()
        line, used = line + added, used + _width(added, size)
    yield line.rstrip()


def _pieces(text: str, width: float, size: float) -> Iterator[str]:
    """Words, and Chinese letters one by one; a word that is wider than the line in letters."""
    for piece in _PIECE.findall(text[:2_000]):
        if _width(piece, size) <= width:
            yield piece
        else:
            yield from piece


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a line with the font of each."""
    for font, letters in groupby(filter(_is_known, text), key=lambda one: LATIN if one < "\u0100" else SONG):
        yield font, "".join(letters)


def _is_known(letter: str) -> bool:
    return letter < "\u0250" or ("\u2010" <= letter <= "\uffef" and not "\ud800" <= letter <= "\uf8ff")


def _width(text: str, size: float) -> float:
    return size * sum(map(_letter, text))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> float:
    """How wide a letter is at size 1."""
    return float(sum(pdfmetrics.stringWidth(part, font, 1) for font, part in _runs(letter)))


def _draw(canvas: Canvas, x: float, y: float, text: str, size: float) -> None:
    for font, part in _runs(text):
        canvas.setFont(font, size)
        canvas.drawString(x, y, part)
        x += pdfmetrics.stringWidth(part, font, size)
