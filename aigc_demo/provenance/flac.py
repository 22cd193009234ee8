"""Labels in a FLAC file: comments in their block before the sound, which stays as it is.

Knows FLAC's blocks; the comments are Vorbis', as in Ogg. Source: RFC 9639, sections 8.1 and 8.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance import ogg
from aigc_demo.provenance.labels import MOST_PIECES, Labels

MAGIC = b"fLaC"
_COMMENTS, _PADDING = 4, 1
_LAST = 0x80
_MOST = (1 << 24) - 1


def embed(data: bytes, labels: Labels) -> bytes:
    """The same sound with these labels in place of any it had. ValueError if it is no FLAC file."""
    kept: list[tuple[int, bytes]] = []
    comments: list[bytes] = []
    vendor, at = b"AIGC Studio", len(MAGIC)
    for kind, begins, at in _blocks(data):
        if kind == _COMMENTS:
            vendor, comments = ogg.read_comments(data[begins:at])
        elif kind != _PADDING:
            kept.append((kind, data[begins:at]))
    packet = ogg.write_comments(vendor, ogg.labelled(comments, labels))
    if not kept or len(packet) > _MOST:
        raise ValueError("the comments do not fit, or there is no sound")
    blocks = [kept[0], (_COMMENTS, packet), *kept[1:]]
    head = [
        bytes([kind | (_LAST if place == len(blocks) - 1 else 0)]) + len(body).to_bytes(3) + body
        for place, (kind, body) in enumerate(blocks)
    ]
    return b"".join([MAGIC, *head, data[at:]])


def extract(data: bytes) -> Labels | None:
    """The labels of a FLAC file, None if it has none."""
    for kind, begins, ends in _blocks(data):
        if kind == _COMMENTS:
            return ogg.labels_in(ogg.read_comments(data[begins:ends])[1])
    return None


def _blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Type of each block before the sound, and where its body begins and ends."""
    if not data.startswith(MAGIC):
        raise ValueError("not a FLAC file")
    at = len(MAGIC)
    for _ in range(MOST_PIECES):
        if at + 4 > len(data):
            break
        ends = at + 4 + int.from_bytes(data[at + 1 : at + 4])
        if ends > len(data):
            break
        yield data[at] & ~_LAST, at + 4, ends
        if data[at] & _LAST:
            return
        at = ends
    raise ValueError("the FLAC file is cut short")
