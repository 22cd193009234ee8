"""Engraved pages as one PDF: the drawing of each SVG page said again as vectors, with nothing rasterised.

Knows reportlab, the few SVG elements that :mod:`engrave` lets through, and fonts that every PDF reader has:
Times for what Latin-1 holds, and for Chinese the Song face that the format itself names, so that no font file
is carried. Signs of music in words are drawn. Knows nothing of scores.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree as ET

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas

TIMES, ITALIC, SONG = "Times-Roman", "Times-Italic", "STSong-Light"
_STEP = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_CALL = re.compile(r"(translate|scale)\(([^)]*)\)")
_DATE = re.compile(rb"/(?:Creation|Mod)Date \(D:20000101[^)]*\)")
"""What stands for the hour where a file is to come out the same: no date is truer than a false one."""
_FAR = 100_000.0
"""A glyph's bounding box: no edge of it may cut what is drawn."""

_NOTE = (
    "M30 60C30 140 120 220 200 220C260 220 290 190 290 150C290 70 200 -10 120 -10C60 -10 30 20 30 60z"
    "M255 150v600h35v-600z"
)
_SIGNS = {
    "♩": (380, _NOTE),
    "♪": (450, f"{_NOTE}M290 750C300 620 430 560 400 380C395 470 330 520 290 540z"),
    "♯": (
        450,
        "M130 -60h45v760h-45zM275 0h45v760h-45zM50 150L400 250v90L50 240zM50 390L400 490v90L50 480z",
    ),
    "♭": (
        370,
        "M70 780h45v-420C150 400 200 420 240 420C310 420 340 360 340 300C340 180 220 90 70 -20z"
        "M115 90C190 150 255 210 255 290C255 335 240 370 205 370C175 370 140 350 115 310z",
    ),
    "♮": (
        330,
        "M60 -80h40v860h-40zM230 -220h40v860h-40zM60 130L270 190v80L60 210zM60 370L270 430v80L60 450z",
    ),
}
"""Width and outline of signs that no standard font holds, in thousandths of their size, y upwards."""


def write(pages: Sequence[bytes], *, title: str = "", subject: str = "") -> bytes:
    """A4 pages out of SVG pages of :func:`engrave.sheets`. The same arguments give the same bytes."""
    buffer = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1, initialFontName=TIMES)
    canvas.setTitle(title)
    canvas.setSubject(subject)
    canvas.setAuthor("AIGC Studio")
    canvas.setCreator("AIGC Studio")
    for page in pages:
        _foot(canvas)
        _Page(canvas, ET.fromstring(page)).draw()  # noqa: S314 - our own drawing, cleaned by engrave
        canvas.showPage()
    canvas.save()
    return _DATE.sub(lambda found: b" " * len(found[0]), buffer.getvalue())


@dataclass(frozen=True)
class _Style:
    """What elements inherit: whether letters lean, where a text is held, how large it is."""

    italic: bool = False
    anchor: str = "start"
    size: float = 0.0

    def of(self, element: ET.Element) -> _Style:
        size = element.get("font-size", "").removesuffix("px")
        return replace(
            self,
            italic=self.italic or element.get("font-style") == "italic",
            anchor=element.get("text-anchor", self.anchor),
            size=float(size) if size else self.size,
        )


def _foot(canvas: Canvas) -> None:
    """Below the music, in both languages: who holds the paper shall know."""
    canvas.saveState()
    canvas.setFillGray(0.35)
    canvas.setFont(TIMES, 8)
    canvas.drawRightString(A4[0] - 36, 18, "AI-generated")
    canvas.setFont(SONG, 8)
    canvas.drawRightString(A4[0] - 42 - canvas.stringWidth("AI-generated", TIMES, 8), 18, "AI 生成")
    canvas.restoreState()


class _Page:
    """One page: y grows downwards here, as in SVG, until a letter is drawn."""

    def __init__(self, canvas: Canvas, root: ET.Element) -> None:
        self._canvas, self._root = canvas, root
        self._named = {element.get("id"): element for element in root.iter() if element.get("id")}

    def draw(self) -> None:
        _, _, width, height = _numbers(self._root.get("viewBox", "0 0 840 1188"))
        self._canvas.transform(A4[0] / width, 0, 0, -A4[1] / height, 0, A4[1])
        self._inside(self._root, _Style(), (width, height))

    def _inside(self, parent: ET.Element, style: _Style, room: tuple[float, float]) -> None:
        for element in parent:
            self._element(element, style.of(element), room)

    def _element(self, element: ET.Element, style: _Style, room: tuple[float, float]) -> None:
        kind = element.tag.rpartition("}")[2]
        if kind in ("defs", "title", "desc", "symbol"):
            return
        self._canvas.saveState()
        self._move(element)
        if kind == "svg":
            _, _, width, height = _numbers(element.get("viewBox", "0 0 1 1"))
            self._canvas.scale(room[0] / width, room[1] / height)
            self._inside(element, style, (width, height))
        elif kind == "use":
            self._sign(element)
        elif kind == "text":
            self._text(element, style)
        elif outline := _outline(kind, element):
            self._shape(outline, element)
        else:
            self._inside(element, style, room)
        self._canvas.restoreState()

    def _move(self, element: ET.Element) -> None:
        for name, values in _CALL.findall(element.get("transform", "")):
            across, *down = _numbers(values)
            if name == "translate":
                self._canvas.translate(across, down[0] if down else 0)
            else:
                self._canvas.scale(across, down[0] if down else across)

    def _shape(self, outline: str, element: ET.Element) -> None:
        width = float(element.get("stroke-width", 1))
        self._canvas.setLineWidth(width)
        rounded = 1 if element.get("stroke-linecap") == "round" else 0
        self._canvas.setLineCap(rounded)
        self._canvas.setLineJoin(rounded)
        path = self._canvas.beginPath()
        _trace(path, outline)
        stroked = element.get("stroke", "none") != "none" and width > 0
        self._canvas.drawPath(path, stroke=int(stroked), fill=1, fillMode=FILL_NON_ZERO)

    def _sign(self, element: ET.Element) -> None:
        """A sign that stands in ``defs``: drawn once in the file, shown wherever it is used."""
        sign = self._named.get(element.get("href", "")[1:])
        if sign is None:
            return
        digest = hashlib.sha256(b"".join(_bare(part) for part in sign.iter())).hexdigest()[:12]
        if not self._canvas.hasForm(digest):
            self._canvas.beginForm(digest, -_FAR, -_FAR, _FAR, _FAR)
            self._inside(sign, _Style(), (1, 1))
            self._canvas.endForm()
        self._canvas.doForm(digest)

    def _text(self, element: ET.Element, style: _Style) -> None:
        runs = [run for text, size, italic in _words(element, style) for run in _runs(text, size, italic)]
        at = float(element.get("x", 0))
        length = sum(run.width for run in runs)
        at -= {"middle": length / 2, "end": length}.get(style.anchor, 0)
        for run in runs:
            self._canvas.saveState()
            self._canvas.translate(at, float(element.get("y", 0)))
            self._canvas.scale(1, -1)
            self._write(run)
            self._canvas.restoreState()
            at += run.width

    def _write(self, run: _Run) -> None:
        if run.font:
            self._canvas.setFont(run.font, run.size)
            self._canvas.drawString(0, 0, run.text)
            return
        self._canvas.scale(run.size / 1000, run.size / 1000)
        path = self._canvas.beginPath()
        _trace(path, _SIGNS[run.text][1])
        self._canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_NON_ZERO)


# -- words ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """Letters of one font and size; without a font it is a sign that is drawn."""

    text: str
    font: str
    size: float

    @property
    def width(self) -> float:
        if not self.font:
            return _SIGNS[self.text][0] * self.size / 1000
        return float(pdfmetrics.stringWidth(self.text, self.font, self.size))


def _words(element: ET.Element, style: _Style) -> Iterator[tuple[str, float, bool]]:
    """The words of a text in order, with their sizes; what lies between elements is layout only."""
    if text := (element.text or "").strip(" \t\r\n"):
        yield text, style.size, style.italic
    for child in element:
        yield from _words(child, style.of(child))


def _runs(text: str, size: float, italic: bool) -> Iterator[_Run]:
    """A text cut where its font changes."""
    letters, font = "", ""
    for char in text:
        wanted = "" if char in _SIGNS else _font(char, italic)
        if letters and (wanted != font or not wanted):
            yield _Run(letters, font, size)
            letters = ""
        letters, font = letters + (char if ord(char) < 0x10000 else "□"), wanted
    if letters:
        yield _Run(letters, font, size)


def _font(char: str, italic: bool) -> str:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return SONG
    return ITALIC if italic else TIMES


# -- outlines -------------------------------------------------------------------------------------


def _outline(kind: str, element: ET.Element) -> str:
    """A shape as SVG path data; empty for what is no shape."""
    value = {
        name: float(element.get(name, 0)) for name in ("x", "y", "width", "height", "cx", "cy", "rx", "ry")
    }
    if kind == "path":
        return element.get("d", "")
    if kind in ("polygon", "polyline"):
        points = " ".join(element.get("points", "").replace(",", " ").split())
        return f"M{points}" + ("z" if kind == "polygon" else "") if points else ""
    if kind == "rect":
        return "M{x} {y}h{width}v{height}h-{width}z".format(**value)
    if kind in ("ellipse", "circle"):
        across = value["rx"] or float(element.get("r", 0))
        return _ellipse(value["cx"], value["cy"], across, value["ry"] or across)
    return ""


def _ellipse(x: float, y: float, rx: float, ry: float) -> str:
    """An ellipse of four cubic curves."""
    bend = 0.5522847498  # 4/3 (sqrt 2 - 1): a quarter of a circle within 0.03 per cent
    dx, dy = rx * bend, ry * bend
    return (
        f"M{x - rx} {y}C{x - rx} {y - dy} {x - dx} {y - ry} {x} {y - ry}"
        f"C{x + dx} {y - ry} {x + rx} {y - dy} {x + rx} {y}"
        f"C{x + rx} {y + dy} {x + dx} {y + ry} {x} {y + ry}"
        f"C{x - dx} {y + ry} {x - rx} {y + dy} {x - rx} {y}z"
    )


_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "Z": 0}


def _trace(path: Any, data: str) -> None:
    """SVG path data onto a path of reportlab.

    Raises ValueError for a command that the engraver never uses (arcs among them).
    """
    x = y = start_x = start_y = 0.0
    bend = (0.0, 0.0)  # the last control point, which S mirrors
    for letter, values in _commands(data):
        kind, moved = letter.upper(), letter.islower()
        if kind == "H":
            points = [(values[0] + (x if moved else 0), y)]
        elif kind == "V":
            points = [(x, values[0] + (y if moved else 0))]
        else:
            pairs = zip(values[::2], values[1::2], strict=True)
            points = [(a + (x if moved else 0), b + (y if moved else 0)) for a, b in pairs]
        if kind == "Z":
            path.close()
            x, y = start_x, start_y
            bend = (x, y)
            continue
        if kind == "S":
            points.insert(0, (2 * x - bend[0], 2 * y - bend[1]))
        elif kind == "Q":
            (a, b), end = points
            points = [((x + 2 * a) / 3, (y + 2 * b) / 3), ((end[0] + 2 * a) / 3, (end[1] + 2 * b) / 3), end]
        if len(points) == 3:
            path.curveTo(*points[0], *points[1], *points[2])
        elif kind == "M":
            path.moveTo(*points[0])
            start_x, start_y = points[0]
        else:
            path.lineTo(*points[0])
        x, y = points[-1]
        bend = points[1] if len(points) == 3 and kind in "CS" else (x, y)


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; further pairs behind a move are lines, as SVG has it."""
    words = _STEP.findall(data)
    at, letter = 0, ""
    while at < len(words):
        if words[at].isalpha():
            letter, at = words[at], at + 1
        count = _TAKES.get(letter.upper())
        if count is None or len(words) < at + count:
            raise ValueError(f"unknown or short path command {letter!r}")
        yield letter, [float(word) for word in words[at : at + count]]
        at += count
        letter = {"M": "L", "m": "l", "Z": "", "z": ""}.get(letter, letter)


def _numbers(text: str) -> list[float]:
    return [float(word) for word in text.replace(",", " ").split()]


def _bare(element: ET.Element) -> bytes:
    """What of an element decides its drawing."""
    known = {name: value for name, value in element.attrib.items() if name not in ("id", "class")}
    return repr((element.tag, sorted(known.items()))).encode()
