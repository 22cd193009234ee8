"""A score as sheet music: SVG pages that hold nothing but drawing.

Knows verovio (LGPL, used as it is through its wheel) and what an SVG may contain here. Whatever the engraver
puts out is parsed again and only drawing elements are kept: no script, no handler, no link to anywhere.
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music import musicxml
from aigc_demo.tasks.music.notation import beat_of
from aigc_demo.tasks.music.score import Score

WIDTH, HEIGHT, MARGIN, HEAD = 2100, 2970, 100, 320
SCALE, LETTERS = 40, 405
"""A page of A4 in tenths of a millimetre, how far down its first staves begin, and the size of its words."""

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_ELEMENTS = frozenset(
    "svg g defs symbol use path rect line polygon polyline ellipse circle text tspan title desc".split()  # noqa: SIM905
)
_STROKED = frozenset({"path", "polygon", "polyline", "rect", "ellipse"})
_ITALIC = frozenset({"mNum", "dir", "dynam"})
_CHORD_SIGNS = {"\uea64": "♭", "\uea65": "♮", "\uea66": "♯"}
"""Signs in chord names, which the engraver takes from a font that nobody has."""
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_LOCK = threading.Lock()
_OPTIONS = {
    "pageWidth": WIDTH, "pageHeight": HEIGHT, "scale": SCALE, "unit": 9,
    "pageMarginTop": HEAD, "pageMarginBottom": MARGIN, "pageMarginLeft": MARGIN, "pageMarginRight": MARGIN,
    "breaks": "auto", "header": "none", "footer": "none", "svgViewBox": True, "svgRemoveXlink": True,
    "xmlIdSeed": 1, "xmlIdChecksum": False, "adjustPageHeight": False, "justifyVertically": False,
    "lyricSize": 4.5, "lyricTopMinMargin": 3.5, "lyricWordSpace": 2.0,
    "spacingNonLinear": 0.55, "condense": "none",
}  # fmt: skip


class EngravingError(Exception):
    """The engraver did not take the music."""


@cache
def _engraver() -> Any:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    # 6.4.1 knows its fonts in the one thread that imported it; a toolkit made in another reads nothing.
    verovio.setDefaultResourcePath(str(files("verovio") / "data"))
    return verovio.toolkit()


@dataclass(frozen=True)
class Sheets:
    """SVG files: ``tall`` is one page of any height for the screen, ``pages`` are A4 for print."""

    tall: bytes
    pages: tuple[bytes, ...]


def sheets(score: Score) -> Sheets:
    """The score engraved: the same bytes for the same score.

    Raises EngravingError where the engraver fails.
    """
    music = musicxml.write(_spaced(score), metronome=False).decode()
    with _LOCK:
        engraver = _engraver()
        engraver.resetOptions()
        engraver.setOptions(_OPTIONS)
        engraver.resetXmlIdSeed(1)
        if not engraver.loadData(music):
            raise EngravingError("verovio could not read the score")
        pages = _drawn(engraver)
        engraver.setOptions({"adjustPageHeight": True, "pageHeight": 60_000})
        engraver.redoLayout()
        tall = _drawn(engraver)
    cleaned = [clean(page, score if number == 0 else None) for number, page in enumerate(pages)]
    return Sheets(clean(tall[0], score), tuple(cleaned))


def _drawn(engraver: Any) -> list[str]:
    return [engraver.renderToSVG(number + 1) for number in range(engraver.getPageCount())]


def _spaced(score: Score) -> Score:
    """The score with room around Chinese syllables, whose width the engraver does not know."""
    parts = tuple(
        replace(
            part, notes=tuple(replace(n, lyric=_WIDE.sub("\u00a0\\g<0>\u00a0", n.lyric)) for n in part.notes)
        )
        for part in score.parts
    )
    return replace(score, parts=parts)


def clean(svg: str, heading: Score | None = None) -> bytes:
    """The same drawing with what is not drawing left out, under a title and a tempo if there is a heading.

    Raises EngravingError if it is no SVG.
    """
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    try:
        root = ET.fromstring(svg)  # noqa: S314 - the engraver's own output declares no entities
    except ET.ParseError as error:
        raise EngravingError("verovio drew no SVG") from error
    _prune(root)
    _number(root)
    if heading is not None:
        _head(root, heading)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _head(root: ET.Element, score: Score) -> None:
    """Title and tempo as text of our own: the engraver would draw the tempo's note in a font of its own."""
    width, scale = WIDTH * SCALE / 100, SCALE / 100
    middle = {"x": f"{width / 2:g}", "y": f"{130 * scale:g}", "text-anchor": "middle"}
    left = {"x": f"{MARGIN * scale:g}", "y": f"{230 * scale:g}"}
    for text, size, place in ((score.title, 60, middle), (tempo_mark(score), 40, left)):
        if text:
            look = {"font-size": f"{size * scale:g}", "font-family": "Times, serif", "fill": "currentColor"}
            element = ET.SubElement(root, f"{{{_SVG}}}text", {**place, **look})
            element.text = text


def tempo_mark(score: Score) -> str:
    """Such as ``♩. = 120``, in the beat of the metre."""
    beat = beat_of(score.metre)
    sign = {Fraction(1, 2): "♪", Fraction(3, 2): "♩."}.get(beat, "♩")
    return f"{sign} = {round(score.tempo / float(beat if sign != '♩' else 1))}"


def _prune(element: ET.Element) -> None:
    """Leave out what is not drawing, and say in attributes what the style sheet said that goes with it."""
    for child in list(element):
        if _name(child) in _ELEMENTS and "placeholder" not in child.get("class", "").split():
            _prune(child)
        else:
            element.remove(child)
    for name, value in list(element.attrib.items()):
        local = name.rpartition("}")[2].lower()
        foreign = local == "href" and not value.startswith("#")
        if (
            local.startswith("on")
            or foreign
            or "url(" in value.replace("url(#", "")
            or "script:" in value.lower()
        ):
            del element.attrib[name]
    if _name(element) in _STROKED:
        element.set("stroke", "currentColor")
    if element.text in _CHORD_SIGNS:
        element.text = _CHORD_SIGNS[element.text]
        element.attrib.pop("font-family", None)
        element.set("font-size", f"{LETTERS}px")
    if not _ITALIC.isdisjoint(element.get("class", "").split()):
        element.set("font-style", "italic")


def _number(root: ET.Element) -> None:
    """Ids in order, and only those that something refers to: the engraver draws them by lot.

    They begin with a digest of the drawing, so that two drawings on one page do not take each other's signs.
    """
    pointing = {f"{{{_XLINK}}}href", "href"}
    used = {e.attrib[name][1:] for e in root.iter() for name in pointing & set(e.attrib)}
    fresh: dict[str, str] = {}
    for element in root.iter():
        if "class" in element.attrib:
            # the end of a system or a section names its beginning
            element.set("class", element.attrib["class"].partition("MilestoneEnd ")[0])
        if (old := element.attrib.pop("id", None)) in used:
            element.set("id", fresh.setdefault(str(old), str(len(fresh))))
    known = {f"#{old}": f"#{new}" for old, new in fresh.items()}
    links = [(e, name) for e in root.iter() for name in pointing & set(e.attrib) if e.attrib[name] in known]
    for element, name in links:
        element.set(name, known[element.attrib[name]])
    digest = hashlib.sha256(ET.tostring(root)).hexdigest()[:8]
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"g{digest}-{element.attrib['id']}")
    for element, name in links:
        element.set(name, f"#g{digest}-{element.attrib[name][1:]}")


def _name(element: ET.Element) -> str:
    """The local name of an SVG element; empty for all else."""
    space, _, name = str(element.tag).rpartition("}")
    return name if space == f"{{{_SVG}" else ""
