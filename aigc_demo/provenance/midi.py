"""Labels in a MIDI file: text events at the very start of its first track, before any note.

Knows the headers of tracks and text events; the music itself is not read.
"""

from __future__ import annotations

from aigc_demo.provenance.labels import Labels

MAGIC = b"MThd"
_MARK, _RECORD = b"AIGC:", b"aigc-studio:"
_TEXT_AT_ONCE = b"\x00\xff\x01"


def embed(data: bytes, labels: Labels) -> bytes:
    """The same music with these labels in place of any it had. ValueError if it is no MIDI file."""
    start, size = _first_track(data)
    texts, music_at = _leading_texts(data, start, start + size)
    kept = [text for text in texts if not text.startswith((_MARK, _RECORD))]
    ours = [_MARK + labels.wrapped_mark.encode()]
    if labels.record is not None:
        ours.append(_RECORD + labels.record.encode("utf-8", "replace"))
    events = b"".join(_TEXT_AT_ONCE + _length(len(text)) + text for text in [*ours, *kept])
    body = events + data[music_at : start + size]
    return data[: start - 4] + len(body).to_bytes(4) + body + data[start + size :]


def extract(data: bytes) -> Labels | None:
    """The labels of a MIDI file, None if it has none."""
    start, size = _first_track(data)
    texts, _ = _leading_texts(data, start, start + size)
    found = {
        name: text[len(name) :].decode("utf-8", "replace")
        for text in texts
        for name in (_MARK, _RECORD)
        if text.startswith(name)
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


def _leading_texts(data: bytes, at: int, end: int) -> tuple[list[bytes], int]:
    """The text events that open the track, and where what follows them begins."""
    texts = []
    while data[at : at + 3] == _TEXT_AT_ONCE:
        size, text_at = _read_length(data, at + 3)
        if text_at + size > end:
            break
        texts.append(data[text_at : text_at + size])
        at = text_at + size
    return texts, at


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
