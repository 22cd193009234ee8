"""Labels in a WebM clip: tags at the end of its one segment, where no place within it changes.

Readers of the whole file find them; FFmpeg and exiftool read no tags behind the pictures.

Knows EBML's elements, as far as the segment's children. Clips whose segment does not say how long it is end
with the file. Source: RFC 8794 (EBML), RFC 9559 (Matroska), section 5.1.8.
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

MAGIC = b"\x1a\x45\xdf\xa3"
_SEGMENT, _TAGS, _TAG, _TARGETS, _SIMPLE, _NAME, _STRING = (
    bytes.fromhex(one) for one in ("18538067", "1254C367", "7373", "63C0", "67C8", "45A3", "4487")
)
_MARK, _RECORD = b"AIGC", b"AIGC-STUDIO"
_UNKNOWN = (1 << 56) - 1


def embed(data: bytes, labels: Labels) -> bytes:
    """The same clip with these labels in place of any it had. ValueError if it is none, or cut short."""
    size_at, at, ends, known = _segment(data)
    kept = [
        data[begins:to]
        for kind, begins, body, to in _elements(data, at, ends)
        if not (kind == _TAGS and _ours(data, body, to))
    ]
    texts = [(_MARK, labels.wrapped_mark)]
    if labels.record is not None:
        texts.append((_RECORD, labels.record))
    simple = b"".join(
        _element(_SIMPLE, _element(_NAME, name) + _element(_STRING, text.encode("utf-8", "replace")))
        for name, text in texts
    )
    body = b"".join([*kept, _element(_TAGS, _element(_TAG, _element(_TARGETS, b"") + simple))])
    size = _size(len(body)) if known else data[size_at:at]
    return b"".join([data[:size_at], size, body, data[ends:]])


def extract(data: bytes) -> Labels | None:
    """The labels of a clip, None if it has none."""
    _, at, ends, _ = _segment(data)
    found: dict[bytes, str] = {}
    for kind, _, body, to in _elements(data, at, ends):
        if kind == _TAGS:
            found = dict(_texts(data, body, to)) | found
    return Labels.found(found[_MARK], found.get(_RECORD)) if _MARK in found else None


def _ours(data: bytes, at: int, ends: int) -> bool:
    names = {name for name, _ in _texts(data, at, ends)}
    return _MARK in names


def _texts(data: bytes, at: int, ends: int) -> Iterator[tuple[bytes, str]]:
    """Names and texts of our tags among these."""
    for kind, _, tag, tag_ends in _elements(data, at, ends):
        for inner, _, simple, simple_ends in _elements(data, tag, tag_ends) if kind == _TAG else ():
            if inner == _SIMPLE:
                parts = {
                    name: data[begins : min(to, begins + LONGEST_RECORD)]
                    for name, _, begins, to in _elements(data, simple, simple_ends)
                }
                if (name := parts.get(_NAME, b"")) in (_MARK, _RECORD):
                    yield name, parts.get(_STRING, b"").decode("utf-8", "replace")


def _segment(data: bytes) -> tuple[int, int, int, bool]:
    """Where the segment's size stands, its body begins and ends, and whether the size is known."""
    if not data.startswith(MAGIC):
        raise ValueError("not a WebM file")
    _, size, at = _head(data, 0)
    at += size
    kind, size, body = _head(data, at)
    if kind != _SEGMENT:
        raise ValueError("a WebM file without a segment")
    known = size < len(data)
    if known and body + size > len(data):
        raise ValueError("the WebM file is cut short")
    return at + len(_SEGMENT), body, body + size if known else len(data), known


def _elements(data: bytes, at: int, ends: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Id of each element, where it begins, its body begins and it ends."""
    for _ in range(MOST_PIECES):
        if at >= ends:
            return
        kind, size, body = _head(data, at)
        to = body + size
        if to > ends:
            if size < len(data):
                raise ValueError("the WebM file is cut short")
            to = ends  # a cluster that does not say how long it is
        yield kind, at, body, to
        at = to
    raise ValueError("a WebM file of too many pieces")


def _head(data: bytes, at: int) -> tuple[bytes, int, int]:
    """Id, size of the body, and where that begins; an unknown size is larger than any file."""
    id_length = _length_of(data, at)
    size_at = at + id_length
    size_length = _length_of(data, size_at)
    size = int.from_bytes(data[size_at : size_at + size_length]) & (1 << 7 * size_length) - 1
    if size == (1 << 7 * size_length) - 1:
        size = _UNKNOWN
    return data[at:size_at], size, size_at + size_length


def _length_of(data: bytes, at: int) -> int:
    if at >= len(data) or data[at] == 0:
        raise ValueError("the WebM file is cut short")
    return 9 - data[at].bit_length()


def _size(value: int) -> bytes:
    return (1 << 56 | value).to_bytes(8)


def _element(kind: bytes, body: bytes) -> bytes:
    return kind + _size(len(body)) + body
