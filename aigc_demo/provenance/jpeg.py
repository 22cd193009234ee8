"""Labels in a JPEG file: one XMP segment before the picture, which is not encoded again.

Knows JPEG's markers. A record that is too long for a segment (64 kB) is left out; the mark never is.
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import Labels

MAGIC = b"\xff\xd8\xff"
_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1, _SCAN = 0xE0, 0xE1, 0xDA
_MOST = 65_533


def embed(data: bytes, labels: Labels) -> bytes:
    """The same picture with these labels in place of any it had. ValueError if it is no JPEG."""
    packet = _HEADER + xmp.write(labels)
    if len(packet) > _MOST:
        packet = _HEADER + xmp.write(labels.without_record())
    ours = bytes([0xFF, _APP1]) + (len(packet) + 2).to_bytes(2) + packet
    head, others, rest = [data[:2]], [], data
    for marker, body, raw, rest_at in _segments(data):
        rest = data[rest_at:]
        if marker == _APP0:
            head.append(raw)
        elif not (marker == _APP1 and body.startswith(_HEADER)):
            others.append(raw)
    return b"".join([*head, ours, *others, rest])


def extract(data: bytes) -> Labels | None:
    """The labels of a JPEG, None if it has none."""
    for marker, body, _raw, _rest in _segments(data):
        if marker == _APP1 and body.startswith(_HEADER):
            return xmp.read(body[len(_HEADER) :])
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes, int]]:
    """Marker, body and all bytes of each segment before the picture, and where the next begins."""
    if not data.startswith(MAGIC):
        raise ValueError("not a JPEG file")
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == _SCAN:
            return
        end = at + 2 + size
        if size < 2 or end > len(data):
            break
        yield marker, data[at + 4 : end], data[at:end], end
        at = end
    raise ValueError("the JPEG file is cut short")
