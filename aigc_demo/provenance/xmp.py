"""The XMP packet: labels as the XML that PNG, JPEG and WebP files carry alike.

Knows the names under which the AI mark (TC260:AIGC), the kind of source (IPTC) and our record stand.
Knows no image format.
"""

from __future__ import annotations

from html import unescape
from xml.sax.saxutils import escape

from aigc_demo.provenance.labels import LONGEST_RECORD, Labels

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:studio="urn:aigc-studio:1.0">\
<TC260:AIGC>{mark}</TC260:AIGC>\
<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\
</Iptc4xmpExt:DigitalSourceType>{record}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""

_MARK = b"<TC260:AIGC>", b"</TC260:AIGC>"
_RECORD = b"<studio:record>", b"</studio:record>"


def write(labels: Labels) -> bytes:
    """The packet, in UTF-8."""
    record = "" if labels.record is None else f"<studio:record>{_escaped(labels.record)}</studio:record>"
    return _PACKET.format(mark=_escaped(labels.mark), record=record).encode("utf-8", "replace")


def read(data: bytes, at: int = 0) -> Labels | None:
    """The labels in the packet at or behind ``at``, ours or of another who follows the same standard."""
    mark = between(data, *_MARK, at)
    return None if mark is None else Labels(mark, between(data, *_RECORD, at))


def between(data: bytes, opening: bytes, closing: bytes, at: int = 0) -> str | None:
    """The text of the first element that is opened and closed so; None if there is none, or it is too long.

    Looked for as bytes, never parsed as XML: a hostile packet has no entities to expand.
    """
    begins = data.find(opening, at)
    if begins < 0:
        return None
    begins += len(opening)
    ends = data.find(b"<", begins, begins + LONGEST_RECORD)
    return unescape(data[begins:ends].decode("utf-8", "replace")) if data.startswith(closing, ends) else None


def _escaped(text: str) -> str:
    """Escaped, and without the control characters that XML cannot hold (JSON escapes them anyway)."""
    return escape("".join(char for char in text if char >= " "), {'"': "&quot;"})
