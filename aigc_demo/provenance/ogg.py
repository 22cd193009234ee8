"""Labels in an Ogg Opus file: comments in its second packet; the sound stays as it is.

Knows Ogg's pages and the comment header of Opus (RFC 7845, section 5.2). The comments must fit one page; a
record that does not is left out, the mark never is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from aigc_demo.provenance.labels import Labels

MAGIC = b"OggS"
_TAGS = b"OpusTags"
_MARK, _RECORD = b"AIGC=", b"AIGC-STUDIO="
_MOST = 255 * 255 - 1
"""Bytes of a packet that one page can hold and end."""


def recognises(data: bytes) -> bool:
    """Whether it is Ogg with Opus inside."""
    return data[:4] == MAGIC and b"OpusHead" in data[:100]


def embed(data: bytes, labels: Labels) -> bytes:
    """The same sound with these labels in place of any it had. ValueError if it is no Ogg Opus file."""
    start, body, end = _tags_page(data)
    vendor, comments = read_comments(body[len(_TAGS) :])
    packet = _TAGS + write_comments(vendor, labelled(comments, labels))
    if len(packet) > _MOST:
        packet = _TAGS + write_comments(vendor, labelled(comments, labels.without_record()))
    if len(packet) > _MOST:
        raise ValueError("the comments do not fit")
    return data[:start] + _page(data[start : start + 26], packet) + data[end:]


def extract(data: bytes) -> Labels | None:
    """The labels of an Ogg Opus file, None if it has none."""
    return labels_in(read_comments(_tags_page(data)[1][len(_TAGS) :])[1])


# -- Vorbis comments, as Opus and FLAC have them ----------------------------------------------------


def labelled(comments: Sequence[bytes], labels: Labels) -> list[bytes]:
    """The comments with these labels in place of any among them."""
    ours = [_MARK + labels.wrapped_mark.encode()]
    if labels.record is not None:
        ours.append(_RECORD + labels.record.encode("utf-8", "replace"))
    return [*ours, *(comment for comment in comments if not comment.startswith((_MARK, _RECORD)))]


def labels_in(comments: Sequence[bytes]) -> Labels | None:
    """The labels among comments, None if there are none."""
    found = {
        name: comment[len(name) :].decode("utf-8", "replace")
        for comment in comments
        for name in (_MARK, _RECORD)
        if comment.startswith(name)
    }
    return Labels.found(found[_MARK], found.get(_RECORD)) if _MARK in found else None


def read_comments(packet: bytes) -> tuple[bytes, list[bytes]]:
    """The vendor's name and the comments. ValueError if they are cut short."""
    size = int.from_bytes(packet[:4], "little")
    vendor, at = packet[4 : 4 + size], 4 + size
    count = int.from_bytes(packet[at : at + 4], "little")
    comments, at = [], at + 4
    for _ in range(min(count, 1_000)):
        size = int.from_bytes(packet[at : at + 4], "little")
        if at + 4 + size > len(packet):
            raise ValueError("the comments are cut short")
        comments.append(packet[at + 4 : at + 4 + size])
        at += 4 + size
    return vendor, comments


def write_comments(vendor: bytes, comments: Sequence[bytes]) -> bytes:
    """What :func:`read_comments` reads."""
    parts = [len(vendor).to_bytes(4, "little"), vendor, len(comments).to_bytes(4, "little")]
    for comment in comments:
        parts += [len(comment).to_bytes(4, "little"), comment]
    return b"".join(parts)


# -- pages ------------------------------------------------------------------------------------------


def _tags_page(data: bytes) -> tuple[int, bytes, int]:
    """Where the page of comments begins, its packet, and where it ends."""
    for number, (start, body_at, end) in enumerate(_pages(data)):
        if number == 1:
            lacing = data[start + 27 : body_at]
            body = data[body_at:end]
            if (
                not body.startswith(_TAGS)
                or not lacing
                or lacing[-1] == 255
                or any(n != 255 for n in lacing[:-1])
            ):
                break
            return start, body, end
    raise ValueError("not an Ogg Opus file with one page of comments")


def _pages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each page begins, its body begins and it ends."""
    at = 0
    while data[at : at + 4] == MAGIC and at + 27 <= len(data):
        body_at = at + 27 + data[at + 26]
        end = body_at + sum(data[at + 27 : body_at])
        if end > len(data):
            return
        yield at, body_at, end
        at = end


def _page(head: bytes, packet: bytes) -> bytes:
    """A page with the header of another one around a packet that it holds whole."""
    full, rest = divmod(len(packet), 255)
    lacing = b"\xff" * full + bytes([rest])
    blank = head[:22] + bytes(4) + bytes([len(lacing)]) + lacing + packet
    return blank[:22] + _checksum(blank).to_bytes(4, "little") + blank[26:]


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32: polynomial 0x04c11db7, highest bit first, starting from zero."""
    table, value = _table(), 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value


@cache
def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        rows.append(value)
    return tuple(rows)
