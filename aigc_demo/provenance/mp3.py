"""Labels in an MP3 file: user-defined texts (TXXX) of an ID3v2.4 tag before the sound.

Knows the headers of tags and frames. Other frames stay; a tag in a form from before 2000, or compressed as a
whole, is not opened. Source: id3.org, ID3v2.3 and ID3v2.4, "Main structure" and "Native frames".
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

_MAGIC = b"ID3"
_HEAD, _FRAME_HEAD = 10, 10
_UTF8 = b"\x03"
_MARK, _RECORD = _UTF8 + b"AIGC\0", _UTF8 + b"aigc-studio\0"


def recognises(data: bytes) -> bool:
    """Whether it begins with a tag, or with a frame of sound of layer III."""
    return data.startswith(_MAGIC) or (len(data) > 3 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2)


def embed(data: bytes, labels: Labels) -> bytes:
    """The same sound with these labels in place of any it had. ValueError if it is no MP3 file."""
    if not recognises(data):
        raise ValueError("not an MP3 file")
    ends, version = _tag(data)
    if len(data) <= ends + 4:
        raise ValueError("the MP3 file is cut short")
    kept = [
        _frame(kind, data[at:to])
        for kind, at, to in _frames(data, ends, version)
        if not (kind == b"TXXX" and data.startswith((_MARK, _RECORD), at))
        and not (kind == b"GEOB" and b"c2pa" in data[at : min(to, at + 100)])  # it would not hold any more
    ]
    ours = [_frame(b"TXXX", _MARK + labels.wrapped_mark.encode())]
    if labels.record is not None:
        ours.append(_frame(b"TXXX", _RECORD + labels.record.encode("utf-8", "replace")))
    body = b"".join([*ours, *kept])
    return b"".join([_MAGIC, b"\x04\x00\x00", _safe(len(body)), body, data[ends:]])


def extract(data: bytes) -> Labels | None:
    """The labels of an MP3 file, None if it has none."""
    ends, version = _tag(data)
    found = {
        name: data[at + len(name) : min(to, at + LONGEST_RECORD)].decode("utf-8", "replace").rstrip("\0")
        for kind, at, to in _frames(data, ends, version)
        for name in (_MARK, _RECORD)
        if kind == b"TXXX" and data.startswith(name, at, to)
    }
    return Labels.found(found[_MARK], found.get(_RECORD)) if _MARK in found else None


def _tag(data: bytes) -> tuple[int, int]:
    """Where the sound begins, and the tag's version; 0 where there is no tag."""
    if not recognises(data):
        raise ValueError("not an MP3 file")
    if not data.startswith(_MAGIC):
        return 0, 0
    if len(data) < _HEAD or data[3] not in (3, 4) or data[5] & 0xF0:
        raise ValueError("an ID3 tag of a kind that is not opened")
    ends = _HEAD + _unsafe(data[6:10])
    if ends > len(data):
        raise ValueError("the MP3 file is cut short")
    return ends, data[3]


def _frames(data: bytes, ends: int, version: int) -> Iterator[tuple[bytes, int, int]]:
    """Id of each frame, and where its body begins and ends."""
    at = _HEAD
    for _ in range(MOST_PIECES):
        if at + _FRAME_HEAD > ends or data[at] == 0:
            return
        size = _unsafe(data[at + 4 : at + 8]) if version == 4 else int.from_bytes(data[at + 4 : at + 8])
        body = at + _FRAME_HEAD
        if body + size > ends:
            return
        if data[at + 9] == 0:  # neither compressed nor encrypted
            yield data[at : at + 4], body, body + size
        at = body + size


def _frame(kind: bytes, body: bytes) -> bytes:
    return kind + _safe(len(body)) + b"\0\0" + body


def _safe(value: int) -> bytes:
    """Four bytes of seven bits, in which no sound's beginning is found."""
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))


def _unsafe(four: bytes) -> int:
    value = 0
    for byte in four:
        value = value << 7 | byte & 0x7F
    return value
