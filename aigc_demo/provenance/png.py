"""Labels in a PNG file: text chunks put before the picture, whose own bytes stay as they are.

Knows PNG's chunks. The mark stands under "AIGC" and in an XMP packet, the record under "aigc-studio",
and under "parameters" as other programs read it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import Labels

MAGIC = b"\x89PNG\r\n\x1a\n"
_XMP, _MARK, _RECORD, _COMMON = b"XML:com.adobe.xmp", b"AIGC", b"aigc-studio", b"parameters"
_OURS = frozenset({_XMP, _MARK, _RECORD, _COMMON})


def embed(data: bytes, labels: Labels) -> bytes:
    """The same picture with these labels in place of any it had. ValueError if it is no PNG."""
    ours = [_text(_MARK, labels.wrapped_mark), _international(_XMP, xmp.write(labels.without_record()))]
    if labels.record is not None:
        ours += [_text(_COMMON, labels.common_line or ""), _text(_RECORD, labels.record)]
    parts = [MAGIC]
    for kind, body, raw in _chunks(data):
        if kind in (b"tEXt", b"iTXt", b"zTXt") and body.split(b"\0", 1)[0] in _OURS:
            continue
        parts.append(raw)
        if kind == b"IHDR":
            parts += ours
    return b"".join(parts)


def extract(data: bytes) -> Labels | None:
    """The labels of a PNG, None if it has none. Compressed text is not opened."""
    found: dict[bytes, str] = {}
    for kind, body, _raw in _chunks(data):
        if kind == b"IDAT":
            break
        if kind in (b"tEXt", b"iTXt"):
            name, _, rest = body.partition(b"\0")
            if name in _OURS:
                found[name] = _decoded(kind, rest)
    if _MARK in found:
        return Labels.found(found[_MARK], found.get(_RECORD))
    labels = xmp.read(found[_XMP].encode()) if _XMP in found else None
    return None if labels is None else Labels(labels.mark, found.get(_RECORD, labels.record))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Type, body and all bytes of each chunk up to the end of the picture."""
    if not data.startswith(MAGIC):
        raise ValueError("not a PNG file")
    at = len(MAGIC)
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        kind, end = data[at + 4 : at + 8], at + 12 + size
        if end > len(data):
            break
        yield kind, data[at + 8 : end - 4], data[at:end]
        if kind == b"IEND":
            return
        at = end
    raise ValueError("the PNG file is cut short")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _text(name: bytes, text: str) -> bytes:
    """A tEXt chunk where Latin-1 holds it, which every program reads; iTXt (UTF-8) otherwise."""
    try:
        return _chunk(b"tEXt", name + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return _international(name, text.encode("utf-8", "replace"))


def _international(name: bytes, text: bytes) -> bytes:
    # compression flag and method, language and translated keyword: none of them used
    return _chunk(b"iTXt", name + b"\0\0\0\0\0" + text)


def _decoded(kind: bytes, rest: bytes) -> str:
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if rest[:1] != b"\0":  # compressed
        return ""
    text = rest[2:].split(b"\0", 2)[-1]
    return text.decode("utf-8", "replace")
