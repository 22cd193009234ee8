"""Paragraphs as DOCX, for who wants to go on with a text elsewhere.

Knows the least that word processors open: A4, a font for Chinese, headings. Control characters are left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

_NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_FONT = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="SimSun"/>'
_PAGE = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440"/></w:sectPr>'
)
_NEVER = {*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF}
"""Characters that XML cannot hold."""


def docx(parts: Sequence[tuple[str, Iterable[str]]]) -> bytes:
    """Parts of a heading and paragraphs each, every part but the first on a page of its own."""
    body = "".join(
        _paragraph(heading, bold=True, new_page=number > 0) + "".join(map(_paragraph, paragraphs))
        for number, (heading, paragraphs) in enumerate(parts)
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {_NS}><w:body>{body}{_PAGE}</w:body></w:document>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
            archive.writestr(
                zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text
            )  # the same text, the same bytes
    return packed.getvalue()


def _paragraph(text: str, *, bold: bool = False, new_page: bool = False) -> str:
    told = "<w:pPr><w:pageBreakBefore/></w:pPr>" if new_page else ""
    look = f'<w:rPr>{_FONT}{"<w:b/>" if bold else ""}<w:sz w:val="{32 if bold else 24}"/></w:rPr>'
    lines = [plain(line) for line in text.split("\n")]
    words = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
    return f"<w:p>{told}<w:r>{look}{words}</w:r></w:p>"


def plain(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return "".join(char for char in text if ord(char) not in _NEVER)
