"""The XMP packet: labels as the XML that PNG, JPEG and WebP files carry alike.

Knows the names under which the AI mark (TC260:AIGC), the kind of source (IPTC) and our record stand.
Knows no image format.
"""

from __future__ import annotations

import re
from html import unescape
from xml.sax.saxutils import escape

from aigc_demo.provenance.labels import Labels

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:studio="urn:aigc-studio:1.0">\
<TC260:AIGC>{mark}</TC260:AIGC>\
<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\
</Iptc4xmpExt:DigitalSourceType>{record}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""

# Looked for as text, never parsed as XML: a hostile packet has no entities to expand.
_MARK = re.compile(r"<TC260:AIGC>([^<]{0,20000})</TC260:AIGC>")
_RECORD = re.compile(r"<studio:record>([^<]{0,2000000})</studio:record>")


def write(labels: Labels) -> bytes:
    """The packet, in UTF-8."""
    record = "" if labels.record is None else f"<studio:record>{_escaped(labels.record)}</studio:record>"
    return _PACKET.format(mark=_escaped(labels.mark), record=record).encode("utf-8", "replace")


def read(packet: bytes) -> Labels | None:
    """The labels in a packet of ours or of another who follows the same standard; else None."""
    text = packet.decode("utf-8", "replace")
    mark = _MARK.search(text)
    if mark is None:
        return None
    record = _RECORD.search(text)
    return Labels(unescape(mark.group(1)), None if record is None else unescape(record.group(1)))


def _escaped(text: str) -> str:
    """Escaped, and without the control characters that XML cannot hold (JSON escapes them anyway)."""
    return escape("".join(char for char in text if char >= " "), {'"': "&quot;"})
