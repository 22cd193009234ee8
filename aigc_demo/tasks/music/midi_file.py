"""A MIDI file as events, read by ourselves within fixed limits before any library sees it.

Knows the chunks and events of standard MIDI files, bare or in a RIFF. Every count and length is checked
before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.limits import refused

_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}


@dataclass(frozen=True, slots=True)
class Event:
    """At ``tick``: ``status`` is a channel message's first byte, or 0xFF with ``kind`` for a meta event."""

    tick: int
    status: int
    data: bytes
    kind: int = -1


@dataclass(frozen=True)
class MidiFile:
    """``division`` ticks make a quarter note. In format 2 each track is a piece of its own."""

    format: int
    division: int
    tracks: tuple[tuple[Event, ...], ...]


def opened(data: bytes) -> MidiFile:
    """The events of every track. Raises UserError."""
    data = _out_of_riff(data)
    if data[:4] != b"MThd" or len(data) < 14 or int.from_bytes(data[4:8]) < 6:
        raise refused("file_damaged")
    kind, division = int.from_bytes(data[8:10]), int.from_bytes(data[12:14])
    if division & 0x8000:
        raise refused("file_smpte")
    if division == 0 or kind > 2:
        raise refused("file_damaged")
    tracks: list[tuple[Event, ...]] = []
    total, at = 0, 8 + int.from_bytes(data[4:8])
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8])
        if name != b"MTrk" and (tracks or at + 8 + size > len(data)):
            if tracks:
                break  # what follows the last track is no music
            raise refused("file_damaged")
        if at + 8 + size > len(data):
            raise refused("file_damaged")
        if name == b"MTrk":
            if len(tracks) >= limits.MAX_CHUNKS:
                raise refused("file_too_many_tracks", limit=limits.MAX_CHUNKS)
            events = []
            for event in _events(data, at + 8, at + 8 + size):
                total += 1
                limits.check_notes(total)
                events.append(event)
            tracks.append(tuple(events))
        at += 8 + size
    if not tracks:
        raise refused("file_damaged")
    return MidiFile(kind, division, tuple(tracks))


def _out_of_riff(data: bytes) -> bytes:
    """The MIDI file within a RIFF, which Windows once wrapped it in; other data as they are."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise refused("file_damaged")


def _events(data: bytes, at: int, end: int) -> Iterator[Event]:
    tick, running = 0, 0
    while at < end:
        delta, at = _number(data, at, end)
        tick += delta
        if at >= end:
            raise refused("file_damaged")
        status = data[at]
        if status in (0xFF, 0xF0, 0xF7):
            meta = status == 0xFF
            kind = data[at + 1] if meta and at + 1 < end else -1
            size, begin = _number(data, at + 1 + meta, end)
            if begin + size > end:
                raise refused("file_damaged")
            if meta:
                yield Event(tick, 0xFF, data[begin : begin + size], kind)
            at = begin + size
            if kind == 0x2F:
                return
            continue
        if status & 0x80:
            running, at = status, at + 1
        length = _DATA_BYTES.get(running >> 4)
        if length is None or at + length > end or any(byte & 0x80 for byte in data[at : at + length]):
            raise refused("file_damaged")
        yield Event(tick, running, data[at : at + length])
        at += length


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of variable length and where what follows it begins."""
    value = 0
    for index in range(at, min(at + 4, end)):
        value = value << 7 | data[index] & 0x7F
        if data[index] < 0x80:
            return value, index + 1
    raise refused("file_damaged")
