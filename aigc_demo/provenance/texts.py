"""Labels in files that are text: comments of ABC tunes, MusicXML's identification, SVG's metadata.

Knows where each of the three has a place for them and finds it by position in the text, never by parsing: a
hostile file has no entities to expand, and what is not ours stays as it is to the byte. No pattern here ever
looks at a byte twice, so that a hostile file takes no longer than a harmless one.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import LONGEST_RECORD, Labels

# -- ABC ------------------------------------------------------------------------------------------

_ABC_MARK, _ABC_RECORD = b"%%aigc ", b"%%aigc-studio "
_ABC_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:%[^\n]*+\n\s*+){0,1000}+X:")
_ABC_OURS = re.compile(rb"^%%aigc(?:-studio)? [^\n]*+\n?", re.MULTILINE)


def is_abc(data: bytes) -> bool:
    """Whether it is a tune in ABC: comments at most before the first ``X:``."""
    return _ABC_START.match(data) is not None


def embed_abc(data: bytes, labels: Labels) -> bytes:
    """The same tune with these labels as comments behind its first line. ValueError if it is no tune."""
    if not is_abc(data):
        raise ValueError("not an ABC file")
    bare = _ABC_OURS.sub(b"", data)
    ours = _ABC_MARK + labels.wrapped_mark.encode() + b"\n"
    if labels.record is not None:
        ours += _ABC_RECORD + labels.record.encode("utf-8", "replace") + b"\n"
    at = bare.index(b"\n") + 1 if bare.startswith(b"%abc") else 0
    return bare[:at] + ours + bare[at:]


def extract_abc(data: bytes) -> Labels | None:
    """The labels of a tune, None if it has none."""
    mark = _rest_of_line(data, _ABC_MARK)
    return None if mark is None else Labels.found(mark, _rest_of_line(data, _ABC_RECORD))


def _rest_of_line(data: bytes, name: bytes) -> str | None:
    """What follows ``name`` on the first line that begins with it, within reason."""
    at = 0 if data.startswith(name) else data.find(b"\n" + name) + 1
    if not data.startswith(name, at):
        return None
    at += len(name)
    most = at + LONGEST_RECORD
    end = data.find(b"\n", at, most)
    return data[at : most if end < 0 else end].decode("utf-8", "replace").strip()


# -- MusicXML -------------------------------------------------------------------------------------

_FIELD = b'<miscellaneous-field name="%s">'
_FIELD_END = b"</miscellaneous-field>"
_FIELDS = re.compile(_FIELD % b"(?:AIGC|aigc-studio)" + rb"[^<]*+" + _FIELD_END)
_EXTRA = re.compile(rb"<miscellaneous\s*+/?>")


def is_musicxml(data: bytes) -> bool:
    """Whether it is a score by its first words."""
    return _is_markup(data) and data.find(b"<score-partwise", 0, 5_000) >= 0


def embed_musicxml(data: bytes, labels: Labels) -> bytes:
    """The same score with these labels in its identification. ValueError if that has no place for them."""
    if not is_musicxml(data):
        raise ValueError("not a MusicXML file")
    bare = _FIELDS.sub(b"", data)
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
    mark = xmp.between(data, _FIELD % b"AIGC", _FIELD_END)
    return (
        None if mark is None else Labels.found(mark, xmp.between(data, _FIELD % b"aigc-studio", _FIELD_END))
    )


def _field(name: str, text: str) -> bytes:
    field = f'<miscellaneous-field name="{name}">{_escaped(text)}</miscellaneous-field>'
    return field.encode("utf-8", "replace")


# -- SVG ------------------------------------------------------------------------------------------

_METADATA, _METADATA_END = b'<metadata id="aigc-studio">', b"</metadata>"
_ROOT = re.compile(rb"<svg\b[^<>]*+(?<!/)>")
_INSTRUCTION = re.compile(rb"<\?xpacket[^>]*+>")


def is_svg(data: bytes) -> bool:
    """Whether it is a drawing by its first words."""
    return _is_markup(data) and _ROOT.search(data, 0, 5_000) is not None


def embed_svg(data: bytes, labels: Labels) -> bytes:
    """The same drawing with an XMP packet as the metadata of its root. ValueError if it is no SVG."""
    bare = _without(data, _METADATA, _METADATA_END)
    found = _ROOT.search(bare, 0, 5_000) if is_svg(data) else None
    if found is None:
        raise ValueError("not an SVG file")
    # The processing instructions around a packet are nothing that an SVG wants.
    packet = _METADATA + _INSTRUCTION.sub(b"", xmp.write(labels)) + _METADATA_END
    return bare[: found.end()] + packet + bare[found.end() :]


def extract_svg(data: bytes) -> Labels | None:
    """The labels of a drawing, None if it has none."""
    begins = data.find(_METADATA)
    return None if begins < 0 else xmp.read(data, begins)


def _without(data: bytes, opening: bytes, closing: bytes) -> bytes:
    """The bytes outside of every stretch from an opening to the next closing."""
    kept, at = [], 0
    while (begins := data.find(opening, at)) >= 0 and (ends := data.find(closing, begins)) >= 0:
        kept.append(data[at:begins])
        at = ends + len(closing)
    return b"".join([*kept, data[at:]])


def _is_markup(data: bytes) -> bool:
    return data[:5].lstrip(b"\xef\xbb\xbf")[:1] == b"<"


def _escaped(text: str) -> str:
    return escape("".join(char for char in text if char >= " "), {'"': "&quot;"})
