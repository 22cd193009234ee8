"""Foreign MIDI files as scores: one part for each channel of each track that has notes.

Knows what events mean. Times are checked before anything is made of them: a file of 37 bytes may claim to
last three hours. How a file is cut into events is :mod:`midi_file`'s business.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from aigc_demo.tasks.music import limits, midi_file
from aigc_demo.tasks.music.assembly import Opened
from aigc_demo.tasks.music.encodings import decoded
from aigc_demo.tasks.music.harmony import estimated_key
from aigc_demo.tasks.music.left_out import Notes
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.midi import DRUM_CHANNEL, KEY_TEXT
from aigc_demo.tasks.music.midi_file import Event
from aigc_demo.tasks.music.quantise import straightened
from aigc_demo.tasks.music.score import MODES, TONICS, Mode, Note, Part, Score, signature, simplest_tonic

_TEXT, _NAME, _LYRIC, _MARKER, _TEMPO, _METRE, _KEY = 0x01, 0x03, 0x05, 0x06, 0x51, 0x58, 0x59
Played = tuple[int, int, int, str]
"""Begin and end in ticks, pitch, syllable."""


@dataclass
class _Player:
    """What one channel of one track plays."""

    program: int | None = None
    notes: list[Played] = field(default_factory=list)
    sounding: dict[int, deque[tuple[int, str]]] = field(default_factory=dict)


@dataclass
class _Played:
    """One part before its times are fractions. ``begins`` are the first ticks of its notes, in order."""

    track: int
    channel: int
    name: str
    player: _Player


def read(data: bytes) -> Opened:
    """The score of a MIDI file. Raises UserError with a sentence of its own."""
    file = midi_file.opened(data)
    left = Notes()
    tracks = file.tracks
    if file.format == 2 and len(tracks) > 1:
        tracks = (next((t for t in tracks if any(e.status >> 4 == 9 for e in t)), tracks[0]),)
        left.add("patterns", count=len(file.tracks))
    conductor = [event for track in tracks for event in track if event.status == 0xFF]
    conductor.sort(key=lambda event: event.tick)
    tempo = _tempo(conductor, left)
    _check_length(tracks, conductor, file.division)
    metre, pickup = _metre(conductor, file.division, left)
    score = Score(
        _title(tracks), "C", "major", metre, tempo, _parts(tracks, file.division), pickup, (),
        _chords(conductor, file.division),
    )  # fmt: skip
    tonic, mode = _key(conductor, score.parts)
    return Opened(straightened(replace(score, tonic=tonic, mode=mode), file.division), left.terms())


def _title(tracks: Sequence[Sequence[Event]]) -> str:
    return next((_words(event) for event in tracks[0] if event.kind == _NAME), "")


def _chords(conductor: Sequence[Event], division: int) -> tuple[tuple[Fraction, str], ...]:
    markers = [event for event in conductor if event.kind == _MARKER and event.data]
    return tuple((Fraction(e.tick, division), _words(e)) for e in markers[: limits.MAX_EVENTS])


# -- what holds for the whole ---------------------------------------------------------------------


def _tempo(conductor: Sequence[Event], left: Notes) -> float:
    """Quarter notes a minute at the beginning, which must be playable; later ones are told."""
    tempo = 0.0
    for event in conductor:
        if event.kind != _TEMPO or len(event.data) != 3:
            continue
        said = round(60_000_000 / max(1, int.from_bytes(event.data)), 2)
        if not tempo and event.tick == 0:
            tempo = limits.checked_tempo(said)
        elif said != (tempo or 120.0):
            left.add("tempo_later", tempo=f"{said:g}")
    return tempo or 120.0


def _check_length(tracks: Sequence[Sequence[Event]], conductor: Sequence[Event], division: int) -> None:
    """Add up the seconds at the first tempo, the one that is kept."""
    last = max((track[-1].tick for track in tracks if track), default=0)
    first = next((e for e in conductor if e.kind == _TEMPO and len(e.data) == 3 and e.tick == 0), None)
    micros = int.from_bytes(first.data) if first else 500_000
    limits.check_length(last / division * micros / 1e6)


def _metre(conductor: Sequence[Event], division: int, left: Notes) -> tuple[tuple[int, int], Fraction]:
    """The metre and, where the first one lasts a single bar and is shorter than the next, the pickup."""
    found = [
        (event.tick, (event.data[0], 2 ** event.data[1]))
        for event in conductor
        if event.kind == _METRE and len(event.data) >= 2 and 1 <= event.data[0] <= 32 and event.data[1] <= 5
    ]
    at_once = [metre for tick, metre in found if tick == 0]
    later = [(tick, metre) for tick, metre in found if tick]
    metre = at_once[-1] if at_once else (4, 4)
    pickup = Fraction(0)
    if later:
        tick, second = later[0]
        first = Fraction(4 * metre[0], metre[1])
        if Fraction(tick, division) == first < Fraction(4 * second[0], second[1]):
            metre, pickup = second, first
        elif not at_once and Fraction(tick, division) < first:
            metre, pickup = second, Fraction(tick, division)
    for _, other in later:
        if other != metre:
            left.add("metre_later", metre=f"{other[0]}/{other[1]}")
    return metre, pickup


def _key(conductor: Sequence[Event], parts: tuple[Part, ...]) -> tuple[str, Mode]:
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


# -- parts ----------------------------------------------------------------------------------------


def _parts(tracks: Sequence[Sequence[Event]], division: int) -> tuple[Part, ...]:
    found: list[_Played] = []
    words: list[tuple[int, str]] = []
    programs: dict[int, int] = {}
    for number, track in enumerate(tracks):
        found += _players(number, track, programs, words)
    if not found:
        raise refused("file_no_notes")
    if len(found) > limits.MAX_TRACKS:
        raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
    _sing(found, sorted(words, key=lambda word: word[0]))
    return _named(tuple(_part(played, programs, division) for played in found))


def _part(played: _Played, programs: dict[int, int], division: int) -> Part:
    notes = tuple(
        Note(Fraction(begin, division), Fraction(end - begin, division), pitch, word)
        for begin, end, pitch, word in sorted(played.player.notes)
    )
    program = played.player.program
    if program is None:
        program = programs.get(played.channel, 0)
    return Part(played.name, program, notes, played.channel == DRUM_CHANNEL)


def _players(
    number: int, track: Sequence[Event], programs: dict[int, int], words: list[tuple[int, str]]
) -> Iterator[_Played]:
    """The channels of a track that have notes; a note that nobody ends lasts as long as its track.

    Syllables go to the note that begins after them at the same time; all others are added to ``words``.
    """
    players: dict[int, _Player] = {}
    sung = dict(_syllables(track))
    alone = len({e.status for e in track if e.status >> 4 == 0x9 and e.status & 0x0F != DRUM_CHANNEL}) == 1
    name, waiting = "", -1
    for index, event in enumerate(track):
        if event.status == 0xFF:
            name = name or (_words(event) if event.kind == _NAME else "")
            waiting = index if index in sung else waiting
            continue
        kind, channel = event.status >> 4, event.status & 0x0F
        player = players.setdefault(channel, _Player())
        if kind == 0xC and not player.notes and not player.sounding:
            player.program = event.data[0]
            programs.setdefault(channel, event.data[0])
        elif kind == 0x9 and event.data[1]:
            now = alone and channel != DRUM_CHANNEL and waiting >= 0 and track[waiting].tick == event.tick
            word = sung.pop(waiting, "") if now else ""
            player.sounding.setdefault(event.data[0], deque()).append((event.tick, word))
        elif kind in (0x8, 0x9) and player.sounding.get(event.data[0]):
            begin, word = player.sounding[event.data[0]].popleft()
            player.notes.append((begin, max(event.tick, begin + 1), event.data[0], word))
    end = track[-1].tick if track else 0
    words += [(track[index].tick, word) for index, word in sung.items()]
    for channel, player in sorted(players.items()):
        for pitch, hanging in player.sounding.items():
            player.notes += [(begin, max(end, begin + 1), pitch, word) for begin, word in hanging]
        if player.notes:
            yield _Played(number, channel, name, player)


def _syllables(track: Sequence[Event]) -> Iterator[tuple[int, str]]:
    """The words of a track by their places in it: lyrics, else a karaoke file's texts.

    There ``/`` and a backslash begin lines, and what begins with ``@`` is about the file.
    """
    lyrics = [index for index, event in enumerate(track) if event.kind == _LYRIC]
    texts = [index for index, event in enumerate(track) if event.kind == _TEXT]
    karaoke = sum(track[index].tick > 0 for index in texts) > 1
    for index in lyrics or (texts if karaoke else []):
        text = track[index].data[: 4 * limits.MAX_LYRIC]
        if text[:1] != b"@" and not text.startswith(KEY_TEXT.encode()):
            word = limits.plain(decoded(text).lstrip("\\/"), limits.MAX_LYRIC)
            if word:
                yield index, word


def _sing(parts: Sequence[_Played], words: Sequence[tuple[int, str]]) -> None:
    """Words onto the part that begins a note with most of them; each goes to the nearest note's beginning."""
    singers = [part for part in parts if part.channel != DRUM_CHANNEL]
    if not words or not singers:
        return
    begins = {id(part): {note[0] for note in part.player.notes} for part in singers}
    singer = max(singers, key=lambda part: sum(tick in begins[id(part)] for tick, _ in words))
    ticks = sorted(begins[id(singer)])
    said: dict[int, str] = {}
    for tick, word in words:
        near = bisect_left(ticks, tick)
        close = [t for t in ticks[max(0, near - 1) : near + 1] if t not in said]
        if close:
            said[min(close, key=lambda t: abs(t - tick))] = word
    notes = sorted(singer.player.notes, key=lambda note: (note[0], -note[2]))
    singer.player.notes = [
        (begin, end, pitch, word or said.pop(begin, "")) for begin, end, pitch, word in notes
    ]


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
    return limits.plain(decoded(event.data[: 4 * most]), most)
