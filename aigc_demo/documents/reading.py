"""Documents as sections of text, each with the place where it stands: TXT, Markdown, DOCX, PDF.

Knows headings and pages. Page numbers and headings are the places that a citation names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from aigc_demo.documents.errors import refused
from aigc_demo.documents.packed import opened, xml
from aigc_demo.documents.plain import decoded

MOST_CHARACTERS = 500_000
"""Of one document: a thick book."""
MOST_PAGES = 1_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Section:
    """Text that stands together, under a heading or on a page (from 1 on; 0 where there are none)."""

    text: str
    heading: str = ""
    page: int = 0


def read(path: Path) -> list[Section]:
    """The sections of a document, in order, each with something in it.

    Raises:
        UserError: ``document_damaged``, ``document_locked``, ``document_empty`` (a scan, perhaps),
            ``document_too_large``.
    """
    reader = _READERS.get(path.suffix.lower(), _plain)
    found, characters = [], 0
    for section in reader(path):
        characters += len(section.text)
        if characters > MOST_CHARACTERS:
            raise refused("too_large")
        if section.text.strip():
            found.append(section)
    if not found:
        raise refused("empty")
    return found


def _plain(path: Path) -> Iterator[Section]:
    """Text; lines that begin with "#" are headings, as in Markdown."""
    heading, lines = "", list[str]()
    for line in decoded(path.read_bytes()).split("\n"):
        if line.startswith("#"):
            yield Section("\n".join(lines), heading)
            heading, lines = line.lstrip("#").strip(), []
        else:
            lines.append(line)
    yield Section("\n".join(lines), heading)


def _docx(path: Path) -> Iterator[Section]:
    """Every run of every paragraph, in tables and boxes too; readings over characters are left out."""
    with opened(path) as archive:
        root = xml(archive, "word/document.xml")
    heading, lines = "", list[str]()
    for paragraph in root.iter(f"{_W}p"):
        text = "".join(_runs(paragraph)).strip()
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and style.get(f"{_W}val", "").lower().startswith(("heading", "title")):
            yield Section("\n".join(lines), heading)
            heading, lines = text, []
        elif text:
            lines.append(text)
    yield Section("\n".join(lines), heading)


def _runs(paragraph: ET.Element) -> Iterator[str]:
    """The words of a paragraph, not those of paragraphs within it."""
    for child in paragraph:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in (f"{_W}tab", f"{_W}br"):
            yield " "
        elif child.tag not in (f"{_W}rt", f"{_W}p", f"{_W}del"):
            yield from _runs(child)


def _pdf(path: Path) -> Iterator[Section]:
    """A section a page, by pdfium: it alone reads Chinese that browsers have printed."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as document:
            for number in range(min(len(document), MOST_PAGES)):
                page = document[number]
                words = page.get_textpage()
                yield Section(_joined(words.get_text_bounded()), page=number + 1)
                words.close()
                page.close()
    except pypdfium2.PdfiumError as error:
        raise refused("locked" if "password" in str(error).lower() else "damaged") from error


def _joined(text: str) -> str:
    """Lines of a page as running text: a line that goes on is joined, with a space between Latin words."""
    joined = ""
    for line in map(str.strip, text.replace("\0", "").splitlines()):
        space = " " if joined[-1:].isascii() and line[:1].isascii() else ""
        joined += ("\n" if not line else "" if not joined or joined.endswith("\n") else space) + line
    return joined


_READERS: dict[str, Callable[[Path], Iterator[Section]]] = {".docx": _docx, ".pdf": _pdf}
