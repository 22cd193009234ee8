"""Labels in a PNG file: text chunks put before the picture, whose own bytes stay as they are.

Knows PNG's chunks. The mark stands under "AIGC" and in an XMP packet, the record under "aigc-studio",
and under "parameters" as other programs read it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

MAGIC = b"\x89PNG\r\n\x1a\n"
_XMP, _MARK, _RECORD, _COMMON = b"XML:com.adobe.xmp", b"AIGC", b"aigc-studio", b"parameters"
_MANIFEST = b"caBX"
_OURS = frozenset({_XMP, _MARK, _RECORD, _COMMON})
_LONGEST_NAME = max(map(len, _OURS))


def embed(data: bytes, labels: Labels) -> bytes:
    """The same picture with these labels in place of any it had. ValueError if it is no PNG."""
    ours = [_text(_MARK, labels.wrapped_mark), _international(_XMP, xmp.write(labels.without_record()))]
    if labels.record is not None:
        ours += [_text(_COMMON, labels.common_line or ""), _text(_RECORD, labels.record)]
    parts: list[bytes | memoryview] = [MAGIC]
    whole = memoryview(data)
    for kind, begins, ends in _chunks(data):
        if kind == _MANIFEST:  # it would not hold any more
            continue
        if kind in (b"tEXt", b"iTXt", b"zTXt") and _name(data, begins, ends) in _OURS:
            continue
        parts.append(whole[begins - 8 : ends + 4])
        if kind == b"IHDR":
            parts += ours
    return b"".join(parts)


def extract(data: bytes) -> Labels | None:
    """The labels of a PNG, None if it has none. Compressed text is not opened."""
    found: dict[bytes, tuple[bytes, int, int]] = {}
    for kind, begins, ends in _chunks(data):
        if kind == b"IDAT":
            break
        if kind in (b"tEXt", b"iTXt") and (name := _name(data, begins, ends)) in _OURS:
            found[name] = kind, begins + len(name) + 1, ends
    record = _decoded(data, *found[_RECORD]) if _RECORD in found else None
    if _MARK in found:
        return Labels.found(_decoded(data, *found[_MARK]), record)
    labels = xmp.read(data[slice(*found[_XMP][1:])]) if _XMP in found else None
    return None if labels is None else Labels(labels.mark, labels.record if record is None else record)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type of each chunk up to the end of the picture, and where its body begins and ends."""
    if not data.startswith(MAGIC):
        raise ValueError("not a PNG file")
    at = len(MAGIC)
    for _ in range(MOST_PIECES):
        size = int.from_bytes(data[at : at + 4])
        kind, ends = data[at + 4 : at + 8], at + 8 + size
        if ends + 4 > len(data):
            break
        yield kind, at + 8, ends
        if kind == b"IEND":
            return
        at = ends + 4
    raise ValueError("the PNG file is cut short")


def _name(data: bytes, begins: int, ends: int) -> bytes:
    """The keyword of a text chunk, or the beginning of one that is longer than any of ours."""
    return data[begins : min(ends, begins + _LONGEST_NAME + 1)].partition(b"\0")[0]


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


def _decoded(data: bytes, kind: bytes, begins: int, ends: int) -> str:
    """The text behind a chunk's keyword; nothing for one that is compressed or longer than any of ours."""
    if ends - begins > LONGEST_RECORD:
        return ""
    if kind == b"tEXt":
        return data[begins:ends].decode("latin-1")
    if data[begins : begins + 1] != b"\0":  # compressed
        return ""
    language_ends = data.find(b"\0", begins + 2, ends)
    text_at = data.find(b"\0", language_ends + 1, ends) + 1  # behind the translated keyword
    return data[text_at:ends].decode("utf-8", "replace") if 0 < language_ends < text_at else ""
