"""Labels in a PDF file: an update appended to it, so that what was there stays to the byte.

Knows files with a classic table of their objects, as the writer of our scores makes them. The mark stands in
the document's information under "AIGC", mark and record in an XMP packet.
"""

from __future__ import annotations

import re

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import Labels

MAGIC = b"%PDF-"
_OURS = b"\n%AIGC Studio labels\n"
_RECORDS = re.compile(rb"(<studio:record>)([^<]*+)(</studio:record>)")
"""What another program that wrote the document anew has left of ours: blanked, so that no place changes."""
_START = re.compile(rb"startxref\s++(\d{1,10})\s++%%EOF\s*+\Z")
_SECTION = re.compile(rb"(?<!\d)(\d{1,10}) \d{1,10}\s++((?:\d{10} \d{5} [fn]\s*+)++)")
_NAME = re.compile(rb"/ID\s*+\[[^\]]{0,200}\]")
_SIZE, _ROOT, _INFO = (
    re.compile(pattern)
    for pattern in (rb"/Size (\d{1,10})", rb"/Root (\d{1,10}) 0 R", rb"/Info (\d{1,10}) 0 R")
)


def embed(data: bytes, labels: Labels) -> bytes:
    """The same document with these labels in place of any it had. ValueError if it cannot be extended."""
    bare = _RECORDS.sub(lambda found: found[1] + b" " * len(found[2]) + found[3], data.partition(_OURS)[0])
    places, trailer, table = _table(bare)
    size, root, info = (_number(pattern, trailer) for pattern in (_SIZE, _ROOT, _INFO))
    packet = xmp.write(labels)
    head = b"<< /Type /Metadata /Subtype /XML /Length %d >>" % len(packet)
    objects = {
        root: _extended(bare, places, root, b"/Metadata %d 0 R" % size),
        info: _extended(bare, places, info, b"/AIGC <%s>" % _hex(labels.mark)),
        size: head + b"\nstream\n" + packet + b"\nendstream",
    }
    result, found = bare + _OURS, {}
    for number, body in objects.items():
        found[number] = len(result)
        result += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % (number, found[number]) for number in sorted(found))
    ending = b"<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %d " % (size + 1, root, info, table)
    name = _NAME.search(trailer)
    ending += (name[0] if name else b"") + b" >>"
    return result + b"xref\n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (rows, ending, len(result))


def extract(data: bytes) -> Labels | None:
    """The labels of a document, None if it has none that stand in it uncompressed."""
    if not data.startswith(MAGIC):
        raise ValueError("not a PDF file")
    return xmp.read(data, max(0, data.find(_OURS)))


def _table(data: bytes) -> tuple[dict[int, int], bytes, int]:
    """Where each object begins, the trailer, and where the table stands."""
    start = _START.search(data[-1_024:])
    if not data.startswith(MAGIC) or start is None:
        raise ValueError("not a PDF file, or it is cut short")
    at = int(start[1])
    if data[at : at + 4] != b"xref":
        raise ValueError("a PDF file without a table of objects")
    rows, _, trailer = data[at:].partition(b"trailer")
    places = {}
    for section in _SECTION.finditer(rows):
        entries = section[2].split()
        for offset, (where, state) in enumerate(zip(entries[::3], entries[2::3], strict=True)):
            if state == b"n":
                places[int(section[1]) + offset] = int(where)
    return places, trailer, at


def _number(pattern: re.Pattern[bytes], text: bytes) -> int:
    found = pattern.search(text)
    if found is None:
        raise ValueError("a PDF file with an incomplete trailer")
    return int(found[1])


def _extended(data: bytes, places: dict[int, int], number: int, entry: bytes) -> bytes:
    """The dictionary of an object with one entry more."""
    if number not in places:
        raise ValueError("a PDF file with an incomplete table")
    begins = places[number]
    ends = min((place for place in places.values() if place > begins), default=len(data))
    body = data[begins:ends]
    opens, closes = body.find(b"<<"), body[: body.rfind(b"endobj")].rfind(b">>")
    if opens < 0 or closes < opens:
        raise ValueError("a PDF file with a damaged object")
    return body[opens:closes] + entry + b" >>"


def _hex(text: str) -> bytes:
    """Text as the digits of a string in UTF-16, which needs no escaping."""
    return text.encode("utf-16-be", "replace").hex().upper().join(("FEFF", "")).encode()
