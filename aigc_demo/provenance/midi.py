"""Labels in a MIDI file: text events at the very start of its first track, before any note.

Knows the headers of tracks and text events; the music itself is not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from aigc_demo.provenance.labels import LONGEST_RECORD, MOST_PIECES, Labels

MAGIC = b"MThd"
_MARK, _RECORD = b"AIGC:", b"aigc-studio:"
_TEXT_AT_ONCE = b"\x00\xff\x01"


def embed(data: bytes, labels: Labels) -> bytes:
    """The same music with these labels in place of any it had. ValueError if it is no MIDI file."""
    start, size = _first_track(data)
    end = start + size
    texts = list(_leading_texts(data, start, end))
    music_at = texts[-1][1] if texts else start
    kept = [data[at:to] for at, to in texts if not data.startswith((_MARK, _RECORD), at, to)]
    ours = [_MARK + labels.wrapped_mark.encode()]
    if labels.record is not None:
        ours.append(_RECORD + labels.record.encode("utf-8", "replace"))
    events = b"".join(_TEXT_AT_ONCE + _length(len(text)) + text for text in [*ours, *kept])
    length = len(events) + end - music_at
    return b"".join([data[: start - 4], length.to_bytes(4), events, data[music_at:end], data[end:]])


def extract(data: bytes) -> Labels | None:
    """The labels of a MIDI file, None if it has none."""
    start, size = _first_track(data)
    found = {
        name: data[at + len(name) : min(end, at + LONGEST_RECORD)].decode("utf-8", "replace")
        for at, end in _leading_texts(data, start, start + size)
        for name in (_MARK, _RECORD)
        if data.startswith(name, at, end)
    }
    return Labels.found(found[_MARK], found.get(_RECORD)) if _MARK in found else None


def _first_track(data: bytes) -> tuple[int, int]:
    """Where the first track's events begin and how many bytes they take."""
    if data[:4] != MAGIC or len(data) < 14:
        raise ValueError("not a MIDI file")
    at = 8 + int.from_bytes(data[4:8])
    if data[at : at + 4] != b"MTrk":
        raise ValueError("the MIDI file has no track")
    size = int.from_bytes(data[at + 4 : at + 8])
    if at + 8 + size > len(data):
        raise ValueError("the MIDI file is cut short")
    return at + 8, size


def _leading_texts(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each text of the events that open the track begins and ends."""
    for _ in range(MOST_PIECES):
        if data[at : at + 3] != _TEXT_AT_ONCE:
            return
        size, text_at = _read_length(data, at + 3)
        at = text_at + size
        if at > end:
            return
        yield text_at, at


def _length(value: int) -> bytes:
    """MIDI's variable length: seven bits a byte, highest first, a set top bit means more follow."""
    encoded = [value & 0x7F]
    while value := value >> 7:
        encoded.append(value & 0x7F | 0x80)
    return bytes(reversed(encoded))


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(at, min(at + 4, len(data))):
        value = value << 7 | data[index] & 0x7F
        if data[index] < 0x80:
            return value, index + 1
    return len(data), at  # longer than any event may be
