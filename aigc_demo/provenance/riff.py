"""Labels in the RIFF family: WAV sound (INFO list, XMP for the mark) and WebP pictures (XMP chunk).

Knows RIFF's chunks and the extended header a WebP file needs before it may carry metadata. Sound and
picture data stay as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_WAV_XMP = b"_PMX"
_MANIFEST = b"C2PA"
"""A signed manifest, which does not hold any more where labels change."""
_MARK, _RECORD, _SOFTWARE = b"AIGC", b"ICMT", b"ISFT"


def form_of(data: bytes) -> bytes:
    """``b"WAVE"``, ``b"WEBP"`` or whatever kind of RIFF file this is; empty if none."""
    return data[8:12] if data[:4] == b"RIFF" else b""


def embed_wav(data: bytes, labels: Labels) -> bytes:
    """The same sound with an INFO list: the mark under AIGC, the record as comment (ICMT)."""
    chunks = _chunks(data, b"WAVE")
    if not {b"fmt ", b"data"} <= {kind for kind, _ in chunks}:
        raise ValueError("the WAV file is cut short")
    info: list[tuple[bytes, Body]] = [
        (_SOFTWARE, b"AIGC Studio\0"),
        (_MARK, labels.wrapped_mark.encode() + b"\0"),
    ]
    if labels.record is not None:
        info.append((_RECORD, labels.record.encode("utf-8", "replace") + b"\0"))
    kept = [
        (kind, body)
        for kind, body in chunks
        if kind not in (_WAV_XMP, _MANIFEST) and not (kind == b"LIST" and body[:4] == b"INFO")
    ]
    packet = xmp.write(labels.without_record())
    return _file(b"WAVE", [*kept, (b"LIST", b"".join([b"INFO", *_packed(info)])), (_WAV_XMP, packet)])


def extract_wav(data: bytes) -> Labels | None:
    """The labels of a WAV file, None if it has none."""
    _check_form(data, b"WAVE")
    texts: dict[bytes, str] = {}
    for kind, begins, ends in _walk(data, 12, len(data)):
        if kind == b"LIST" and data.startswith(b"INFO", begins, ends):
            for name, at, end in _walk(data, begins + 4, ends):
                if name in (_MARK, _RECORD):
                    texts[name] = _text(data[at : min(end, at + LONGEST_RECORD)])
            break
    return Labels.found(texts[_MARK], texts.get(_RECORD)) if _MARK in texts else None


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace").rstrip("\0")


def embed_webp(data: bytes, labels: Labels) -> bytes:
    """The same picture with an XMP chunk, behind the extended header that announces it."""
    chunks = [(kind, body) for kind, body in _chunks(data, b"WEBP") if kind not in (b"XMP ", _MANIFEST)]
    if not chunks:
        raise ValueError("the WebP file is empty")
    first, body = chunks[0]
    if first == b"VP8X" and len(body) >= 10:
        chunks[0] = (b"VP8X", bytes([body[0] | _XMP_FLAG, *body[1:10]]))
    else:
        chunks.insert(0, (b"VP8X", _extended_header(first, bytes(body[:10]))))
    return _file(b"WEBP", [*chunks, (b"XMP ", xmp.write(labels))])


def extract_webp(data: bytes) -> Labels | None:
    """The labels of a WebP file, None if it has none."""
    _check_form(data, b"WEBP")
    places = (begins for kind, begins, _ in _walk(data, 12, len(data)) if kind == b"XMP ")
    at = next(places, None)
    return None if at is None else xmp.read(data, at)


def _extended_header(kind: bytes, body: bytes) -> bytes:
    """VP8X for a simple file: flags, three reserved bytes, width - 1 and height - 1 in 24 bits each."""
    flags, width, height = _XMP_FLAG, 0, 0
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (value & 0x3FFF for value in struct.unpack_from("<HH", body, 6))
    elif kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags |= _ALPHA_FLAG if bits >> 28 & 1 else 0
    else:
        raise ValueError("not a WebP picture")
    return bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


# -- RIFF -----------------------------------------------------------------------------------------


Body = bytes | memoryview


def _check_form(data: bytes, form: bytes) -> None:
    if form_of(data) != form:
        raise ValueError(f"not a {form.decode()} file")


def _chunks(data: bytes, form: bytes) -> list[tuple[bytes, Body]]:
    """Type and body of each chunk."""
    _check_form(data, form)
    whole = memoryview(data)
    return [(kind, whole[begins:ends]) for kind, begins, ends in _walk(data, 12, len(data))]


def _walk(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type of each chunk up to ``end``, and where its body begins and ends; sizes that lie stop there."""
    for _ in range(MOST_PIECES):
        if at + 8 > end:
            return
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield kind, at + 8, min(at + 8 + size, end)
        at += 8 + size + (size & 1)
    raise ValueError("a RIFF file of too many pieces")


def _packed(chunks: Sequence[tuple[bytes, Body]]) -> list[Body]:
    """The bytes of the chunks, piece by piece."""
    return [
        piece
        for kind, body in chunks
        for piece in (kind, len(body).to_bytes(4, "little"), body, b"\0" * (len(body) & 1))
    ]


def _file(form: bytes, chunks: Sequence[tuple[bytes, Body]]) -> bytes:
    pieces = [form, *_packed(chunks)]
    return b"".join([b"RIFF", sum(map(len, pieces)).to_bytes(4, "little"), *pieces])
