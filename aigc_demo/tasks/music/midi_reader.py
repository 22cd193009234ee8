"""Foreign MIDI files as scores, read by ourselves within fixed limits before any library sees them.

Knows the chunks and events of standard MIDI files. Every count, length and time is checked before anything is
made of it: a file of 37 bytes may claim to last three hours.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.harmony import estimated_key
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.midi import DRUM_CHANNEL, KEY_TEXT
from aigc_demo.tasks.music.quantise import straightened
from aigc_demo.tasks.music.score import MODES, TONICS, Mode, Note, Part, Score, signature, simplest_tonic

_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_TEXT, _NAME, _LYRIC, _MARKER, _TEMPO, _METRE, _KEY = 0x01, 0x03, 0x05, 0x06, 0x51, 0x58, 0x59


@dataclass(frozen=True)
class Event:
    """At ``tick``: ``status`` is a channel message's first byte, or 0xFF with ``kind`` for a meta event."""

    tick: int
    status: int
    data: bytes
    kind: int = -1


@dataclass
class _Player:
    """What one channel of one track plays."""

    program: int = 0
    notes: list[tuple[int, int, int, str]] = field(default_factory=list)
    sounding: dict[int, deque[tuple[int, str]]] = field(default_factory=dict)


def read(data: bytes) -> Score:
    """The score of a MIDI file: one part for each channel of each track that has notes.

    Raises UserError with a sentence of its own for everything that is broken or too large.
    """
    ppq, tracks = events_of(data)
    conductor = [event for track in tracks for event in track if event.status == 0xFF]
    conductor.sort(key=lambda event: event.tick)
    tempo = _tempo(conductor)
    _check_length(tracks, conductor, ppq)
    metre, pickup = _metre(conductor, ppq)
    parts = tuple(part for track in tracks for part in _parts(track, ppq))
    if not any(part.notes for part in parts):
        raise refused("file_no_notes")
    tonic, mode = _key(conductor, parts)
    title = next((_words(event) for event in tracks[0] if event.kind == _NAME), "") if tracks else ""
    chords = tuple(
        (Fraction(event.tick, ppq), _words(event))
        for event in conductor
        if event.kind == _MARKER and event.data
    )
    score = Score(title, tonic, mode, metre, tempo, _named(parts), pickup, (), chords[: limits.MAX_EVENTS])
    return straightened(score)


def events_of(data: bytes) -> tuple[int, list[list[Event]]]:
    """Ticks in a quarter note and the events of every track. Raises UserError."""
    if data[:4] != b"MThd" or len(data) < 14 or int.from_bytes(data[4:8]) < 6:
        raise refused("file_damaged")
    kind, count = int.from_bytes(data[8:10]), int.from_bytes(data[10:12])
    ppq = int.from_bytes(data[12:14])
    if ppq & 0x8000:
        raise refused("file_smpte")
    if not limits.MIN_PPQ <= ppq <= limits.MAX_PPQ:
        raise refused("file_ppq", low=limits.MIN_PPQ, high=limits.MAX_PPQ)
    if count > limits.MAX_TRACKS:
        raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
    if kind > 1 or count == 0:
        raise refused("file_damaged")
    tracks: list[list[Event]] = []
    total, at = 0, 8 + int.from_bytes(data[4:8])
    while at + 8 <= len(data) and len(tracks) < count:
        size = int.from_bytes(data[at + 4 : at + 8])
        if at + 8 + size > len(data):
            raise refused("file_damaged")
        if data[at : at + 4] == b"MTrk":
            tracks.append([])
            for event in _events(data, at + 8, at + 8 + size):
                total += 1
                limits.check_notes(total)
                tracks[-1].append(event)
        at += 8 + size
    if not tracks:
        raise refused("file_damaged")
    return ppq, tracks


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


def _tempo(conductor: list[Event]) -> float:
    """Quarter notes a minute at the beginning; every later tempo must be playable too."""
    tempos = []
    for event in conductor:
        if event.kind == _TEMPO:
            micros = int.from_bytes(event.data)
            if len(event.data) != 3 or micros == 0:
                raise refused("file_tempo", low=int(limits.MIN_TEMPO), high=int(limits.MAX_TEMPO))
            tempos.append(limits.checked_tempo(round(60_000_000 / micros, 2)))
    return tempos[0] if tempos else 120.0


def _check_length(tracks: list[list[Event]], conductor: list[Event], ppq: int) -> None:
    """Add up the seconds at the tempo in force."""
    last = max((track[-1].tick for track in tracks if track), default=0)
    seconds, now, micros = 0.0, 0, 500_000
    for event in conductor:
        if event.kind == _TEMPO:
            seconds += (event.tick - now) / ppq * micros / 1e6
            now, micros = event.tick, int.from_bytes(event.data)
    limits.check_length(seconds + (last - now) / ppq * micros / 1e6)


def _metre(conductor: list[Event], ppq: int) -> tuple[tuple[int, int], Fraction]:
    """The metre and, where the first one lasts a single bar and is shorter than the next, the pickup."""
    found = [
        (event.tick, (event.data[0], 2 ** event.data[1]))
        for event in conductor
        if event.kind == _METRE and len(event.data) >= 2 and 1 <= event.data[0] <= 32 and event.data[1] <= 6
    ]
    if not found or found[0][0] != 0:
        return (found[0][1] if found else (4, 4)), Fraction(0)
    first = Fraction(4 * found[0][1][0], found[0][1][1])
    if len(found) > 1:
        tick, second = found[1]
        if Fraction(tick, ppq) == first < Fraction(4 * second[0], second[1]):
            return second, first
    return found[0][1], Fraction(0)


def _key(conductor: list[Event], parts: tuple[Part, ...]) -> tuple[str, Mode]:
    """What our own files say in words, else the signature, else the key whose notes are played most."""
    for event in conductor:
        words = _words(event).removeprefix(KEY_TEXT).split() if event.kind == _TEXT else []
        if len(words) == 2 and words[0] in TONICS and words[1] in MODES:
            return words[0], words[1]
    for event in conductor:
        if event.kind == _KEY and len(event.data) == 2:
            fifths, minor = int.from_bytes(event.data[:1], signed=True), event.data[1] == 1
            if -7 <= fifths <= 7:
                return _named_key(fifths, "minor" if minor else "major")
    return guessed_key(parts)


def _named_key(fifths: int, mode: Mode) -> tuple[str, Mode]:
    same = [tonic for tonic in TONICS if signature(tonic, mode) == fifths]
    near = [tonic for tonic in TONICS if (signature(tonic, mode) - fifths) % 12 == 0]
    return (same or near)[0], mode


def guessed_key(parts: tuple[Part, ...]) -> tuple[str, Mode]:
    """The likeliest key of all that is no drum."""
    notes = [note for part in parts if not part.percussion for note in part.notes]
    tonic, mode = estimated_key(notes)
    return simplest_tonic(tonic, mode), mode


def _parts(track: list[Event], ppq: int) -> Iterator[Part]:
    players: dict[int, _Player] = {}
    name, syllable = "", ""
    for event in track:
        if event.status == 0xFF:
            name = name or (_words(event) if event.kind == _NAME else "")
            syllable = _words(event, limits.MAX_LYRIC) if event.kind == _LYRIC else syllable
            continue
        player = players.setdefault(event.status & 0x0F, _Player())
        kind = event.status >> 4
        if kind == 0xC and not player.notes:
            player.program = event.data[0]
        elif kind == 0x9 and event.data[1]:
            player.sounding.setdefault(event.data[0], deque()).append((event.tick, syllable))
            syllable = ""
        elif kind in (0x8, 0x9) and player.sounding.get(event.data[0]):
            begin, word = player.sounding[event.data[0]].popleft()
            player.notes.append((begin, max(event.tick, begin + 1), event.data[0], word))
    for channel, player in sorted(players.items()):
        if not player.notes:
            continue
        notes = tuple(
            Note(Fraction(begin, ppq), Fraction(end - begin, ppq), pitch, word)
            for begin, end, pitch, word in sorted(player.notes)
        )
        yield Part(name, player.program, notes, channel == DRUM_CHANNEL)


def _named(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts with names, each its own."""
    seen: Counter[str] = Counter()
    named = []
    for number, part in enumerate(parts, 1):
        name = part.name or (f"Drums {number}" if part.percussion else f"Part {number}")
        seen[name] += 1
        named.append(replace(part, name=name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return tuple(named)


def _words(event: Event, most: int = limits.MAX_NAME) -> str:
    return limits.plain(event.data[: 4 * most].decode("utf-8", "replace"), most)
