"""Labels in a JPEG file: one XMP segment before the picture, which is not encoded again.

Knows JPEG's markers. A record that is too long for a segment (64 kB) is left out; the mark never is.
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import MOST_PIECES, Labels

MAGIC = b"\xff\xd8\xff"
_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1, _APP11, _SCAN = 0xE0, 0xE1, 0xEB, 0xDA
_MANIFEST = b"JP"
"""What the boxes of a signed manifest begin with in their segments (ISO/IEC 19566-5)."""
_MOST = 65_533


def embed(data: bytes, labels: Labels) -> bytes:
    """The same picture with these labels in place of any it had. ValueError if it is no JPEG."""
    packet = _HEADER + xmp.write(labels)
    if len(packet) > _MOST:
        packet = _HEADER + xmp.write(labels.without_record())
    ours = bytes([0xFF, _APP1]) + (len(packet) + 2).to_bytes(2) + packet
    whole = memoryview(data)
    head, others, ends = [whole[:2]], [], 2
    for marker, begins, ends in _segments(data):
        if marker == _APP0:
            head.append(whole[begins - 4 : ends])
        elif marker == _APP11 and data.startswith(_MANIFEST, begins, ends):
            continue  # it would not hold any more
        elif not (marker == _APP1 and data.startswith(_HEADER, begins, ends)):
            others.append(whole[begins - 4 : ends])
    return b"".join([*head, ours, *others, whole[ends:]])


def extract(data: bytes) -> Labels | None:
    """The labels of a JPEG, None if it has none."""
    for marker, begins, ends in _segments(data):
        if marker == _APP1 and data.startswith(_HEADER, begins, ends):
            return xmp.read(data[begins:ends])
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker of each segment before the picture, and where its body begins and ends."""
    if not data.startswith(MAGIC):
        raise ValueError("not a JPEG file")
    at = 2
    for _ in range(MOST_PIECES):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == _SCAN:
            return
        ends = at + 2 + size
        if size < 2 or ends > len(data):
            break
        yield marker, at + 4, ends
        at = ends
    raise ValueError("the JPEG file is cut short")
