"""Labels in files that are text: comments of ABC tunes, MusicXML's identification, SVG's metadata.

Knows where each of the three has a place for them and finds it by position in the text, never by parsing: a
hostile file has no entities to expand, and what is not ours stays as it is to the byte.
"""

from __future__ import annotations

import re
from html import unescape
from xml.sax.saxutils import escape

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import Labels

# -- ABC ------------------------------------------------------------------------------------------

_ABC_MARK, _ABC_RECORD = b"%%aigc ", b"%%aigc-studio "
_ABC_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:%[^\n]*\n|\s)*?(?=X:)")


def is_abc(data: bytes) -> bool:
    """Whether it is a tune in ABC: comments at most before the first ``X:``."""
    return _ABC_START.match(data[:5_000_000]) is not None


def embed_abc(data: bytes, labels: Labels) -> bytes:
    """The same tune with these labels as comments behind its first line. ValueError if it is no tune."""
    if not is_abc(data):
        raise ValueError("not an ABC file")
    lines = [line for line in data.split(b"\n") if not line.startswith((_ABC_MARK, _ABC_RECORD))]
    ours = [_ABC_MARK + labels.wrapped_mark.encode()]
    if labels.record is not None:
        ours.append(_ABC_RECORD + labels.record.encode("utf-8", "replace"))
    at = 1 if lines[0].startswith(b"%abc") else 0
    return b"\n".join([*lines[:at], *ours, *lines[at:]])


def extract_abc(data: bytes) -> Labels | None:
    """The labels of a tune, None if it has none."""
    found: dict[bytes, str] = {}
    for line in data.split(b"\n"):
        for name in (_ABC_MARK, _ABC_RECORD):
            if line.startswith(name) and name not in found:
                found[name] = line[len(name) :].decode("utf-8", "replace").strip()
    return Labels.found(found[_ABC_MARK], found.get(_ABC_RECORD)) if _ABC_MARK in found else None


# -- MusicXML -------------------------------------------------------------------------------------

_FIELD = re.compile(
    rb'\s*<miscellaneous-field name="(AIGC|aigc-studio)">([^<]{0,2000000})</miscellaneous-field>'
)
_EXTRA = re.compile(rb"<miscellaneous\s*>|<miscellaneous\s*/>")


def is_musicxml(data: bytes) -> bool:
    """Whether it is a score by its first words."""
    return data[:5].lstrip(b"\xef\xbb\xbf")[:1] == b"<" and b"<score-partwise" in data[:5_000]


def embed_musicxml(data: bytes, labels: Labels) -> bytes:
    """The same score with these labels in its identification. ValueError if that has no place for them."""
    if not is_musicxml(data):
        raise ValueError("not a MusicXML file")
    bare = _FIELD.sub(b"", data)
    found = _EXTRA.search(bare)
    if found is None:
        raise ValueError("the score has no <miscellaneous>")
    fields = _field("AIGC", labels.wrapped_mark)
    if labels.record is not None:
        fields += _field("aigc-studio", labels.record)
    closing = b"</miscellaneous>" if found.group().endswith(b"/>") else b""
    return bare[: found.start()] + b"<miscellaneous>" + fields + closing + bare[found.end() :]


def extract_musicxml(data: bytes) -> Labels | None:
    """The labels of a score, None if it has none."""
    found = {name: unescape(text.decode("utf-8", "replace")) for name, text in _FIELD.findall(data)}
    return Labels.found(found[b"AIGC"], found.get(b"aigc-studio")) if b"AIGC" in found else None


def _field(name: str, text: str) -> bytes:
    field = f'<miscellaneous-field name="{name}">{_escaped(text)}</miscellaneous-field>'
    return field.encode("utf-8", "replace")


# -- SVG ------------------------------------------------------------------------------------------

_METADATA = re.compile(rb'<metadata id="aigc-studio">.{0,2000000}?</metadata>', re.DOTALL)
_ROOT = re.compile(rb"<svg\b[^>]*[^/]>")


def is_svg(data: bytes) -> bool:
    """Whether it is a drawing by its first words."""
    return data[:5].lstrip(b"\xef\xbb\xbf")[:1] == b"<" and _ROOT.search(data[:5_000]) is not None


def embed_svg(data: bytes, labels: Labels) -> bytes:
    """The same drawing with an XMP packet as the metadata of its root. ValueError if it is no SVG."""
    bare = _METADATA.sub(b"", data)
    found = _ROOT.search(bare[:5_000]) if is_svg(data) else None
    if found is None:
        raise ValueError("not an SVG file")
    packet = b'<metadata id="aigc-studio">' + _inside(xmp.write(labels)) + b"</metadata>"
    return bare[: found.end()] + packet + bare[found.end() :]


def extract_svg(data: bytes) -> Labels | None:
    """The labels of a drawing, None if it has none."""
    found = _METADATA.search(data)
    return None if found is None else xmp.read(found.group())


def _inside(packet: bytes) -> bytes:
    """An XMP packet without the processing instructions around it, which an SVG does not want."""
    return re.sub(rb"<\?xpacket[^>]*\?>", b"", packet)


def _escaped(text: str) -> str:
    return escape("".join(char for char in text if char >= " "), {'"': "&quot;"})
