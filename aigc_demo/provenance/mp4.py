"""Labels in a clip of the ISO container (MP4, MOV): an XMP packet in a box of its own behind the others.

Knows the boxes of the top level. The box stands last, or before the index of fragments, which is looked for
at the end; no offset within the file changes. Source: ISO/IEC 14496-12; Adobe, XMP Specification Part 3,
"MPEG-4".
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance import xmp
from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

_MANIFEST = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
_XMP = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


def recognises(data: bytes) -> bool:
    """Whether it is a file of such boxes."""
    return data[4:8] == b"ftyp"


def embed(data: bytes, labels: Labels) -> bytes:
    """The same clip with these labels in place of any it had. ValueError if it is none, or cut short."""
    kept: list[bytes] = []
    index: list[bytes] = []
    for kind, begins, at, ends in _boxes(data):
        if kind == b"uuid" and data.startswith(_XMP, at):
            continue
        if kind == b"uuid" and data.startswith(_MANIFEST, at):  # it would not hold any more; its room stays
            kept.append(data[begins : begins + 4] + b"free" + data[begins + 8 : at] + bytes(ends - at))
            continue
        (index if kind == b"mfra" else kept).append(data[begins:ends])
    packet = _XMP + xmp.write(labels)
    return b"".join([*kept, (8 + len(packet)).to_bytes(4), b"uuid", packet, *index])


def extract(data: bytes) -> Labels | None:
    """The labels of a clip, None if it has none."""
    for kind, _, at, ends in _boxes(data):
        if kind == b"uuid" and data.startswith(_XMP, at):
            return xmp.read(data[at : min(ends, at + 2 * LONGEST_RECORD)])
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Type of each box, where it begins, where its body begins and where it ends."""
    if not recognises(data):
        raise ValueError("not an MP4 file")
    at = 0
    for _ in range(MOST_PIECES):
        if at == len(data):
            return
        size, head = int.from_bytes(data[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        elif size == 0:
            size = len(data) - at
        if size < head or at + size > len(data):
            break
        yield data[at + 4 : at + 8], at, at + head, at + size
        at += size
    raise ValueError("the MP4 file is cut short")
