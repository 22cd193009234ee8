"""A score as a MIDI file: what is downloaded, and what the orchestra plays from.

Knows General MIDI and the events of a standard MIDI file. Repeats are written out, as they are heard. Reading
foreign files is :mod:`midi_reader`'s business.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import mido

from aigc_demo.tasks.music.score import Note, Part, Score

PPQ = 480
"""Ticks in a quarter note: 32nds, triplets of 16ths and their like are whole ticks."""

DRUM_CHANNEL = 9
CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
KEY_TEXT = "key: "
"""Opens the text event that names tonic and mode, since MIDI's own key signature knows two modes."""

_FIFTHS = range(-7, 8)
_MAJOR = dict(zip(_FIFTHS, "Cb Gb Db Ab Eb Bb F C G D A E B F# C#".split(), strict=True))  # noqa: SIM905
_MINOR = dict(zip(_FIFTHS, "Abm Ebm Bbm Fm Cm Gm Dm Am Em Bm F#m C#m G#m D#m A#m".split(), strict=True))  # noqa: SIM905
_MINOR_LIKE = frozenset({"minor", "dorian", "yu"})


@dataclass(frozen=True)
class Playing:
    """How a file for the orchestra differs from one for download.

    ``volume`` is General MIDI's channel volume 0..127, ``tail`` quarter notes of silence at the end in which
    what was struck dies away, ``gap`` the share of a note that separates it from the next.
    """

    volume: int = 100
    tail: Fraction = Fraction(0)
    gap: Fraction = Fraction(0)


def write(score: Score, playing: Playing | None = None) -> bytes:
    """The bytes of a format 1 file: one track of tempo, metre and key, then one for each part."""
    playing = playing or Playing()
    heard = score.unfolded()
    song = mido.MidiFile(type=1, ticks_per_beat=PPQ, charset="utf-8")
    song.tracks.append(_conductor(heard, playing))
    for index, part in enumerate(heard.parts):
        channel = DRUM_CHANNEL if part.percussion else CHANNELS[index % len(CHANNELS)]
        song.tracks.append(_track(part, channel, index, heard, playing))
    buffer = io.BytesIO()
    song.save(file=buffer)
    return buffer.getvalue()


def ticks(time: Fraction) -> int:
    """Quarter notes in ticks."""
    return round(time * PPQ)


def _conductor(score: Score, playing: Playing) -> mido.MidiTrack:
    tempo = min(0xFFFFFF, max(1, round(60_000_000 / score.tempo)))
    names = _MINOR if score.mode in _MINOR_LIKE else _MAJOR
    fifths = max(-7, min(7, score.fifths))
    timed: list[tuple[int, mido.MetaMessage]] = [
        (0, mido.MetaMessage("track_name", name=score.title)),
        (0, mido.MetaMessage("text", text=f"{KEY_TEXT}{score.tonic} {score.mode}")),
        (0, mido.MetaMessage("set_tempo", tempo=tempo)),
        (0, mido.MetaMessage("key_signature", key=names[fifths])),
    ]
    pickup = _as_metre(score.pickup)
    if pickup is not None:
        timed.append((0, _metre(pickup)))
    timed.append((ticks(score.pickup) if pickup else 0, _metre(score.metre)))
    timed += [(ticks(at), mido.MetaMessage("marker", text=symbol)) for at, symbol in score.chords]
    return _as_track(timed, ticks(score.end + playing.tail))


def _as_metre(pickup: Fraction) -> tuple[int, int] | None:
    """A pickup as a first bar of its own length, where a metre can say it."""
    whole = pickup / 4
    lower = max(4, whole.denominator)
    if pickup <= 0 or lower > 64 or lower & (lower - 1):
        return None
    return int(whole * lower), lower


def _metre(metre: tuple[int, int]) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1])


def _track(part: Part, channel: int, index: int, score: Score, playing: Playing) -> mido.MidiTrack:
    timed: list[tuple[int, mido.Message | mido.MetaMessage]] = [
        (0, mido.MetaMessage("track_name", name=part.name)),
        (0, mido.Message("control_change", channel=channel, control=7, value=playing.volume)),
        (0, mido.Message("control_change", channel=channel, control=10, value=_pan(index, len(score.parts)))),
    ]
    if not part.percussion:
        timed.insert(1, (0, mido.Message("program_change", channel=channel, program=part.program)))
    timed += _played(part, channel, score, playing)
    return _as_track(timed, ticks(score.end + playing.tail))


def _played(
    part: Part, channel: int, score: Score, playing: Playing
) -> Iterator[tuple[int, mido.Message | mido.MetaMessage]]:
    for note in part.notes:
        begin, end = ticks(note.start), ticks(note.end - note.length * playing.gap)
        if note.lyric:
            yield begin, mido.MetaMessage("lyrics", text=note.lyric)
        velocity = loudness(note, part, score)
        yield begin, mido.Message("note_on", channel=channel, note=note.pitch, velocity=velocity)
        yield max(begin + 1, end), mido.Message("note_off", channel=channel, note=note.pitch, velocity=64)


def loudness(note: Note, part: Part, score: Score) -> int:
    """A velocity 1..127: the first of a bar is stressed, then the beats; who accompanies is softer."""
    inside = (note.start - score.pickup) % score.bar
    beat = Fraction(3, 2) if score.metre[1] == 8 and score.metre[0] % 3 == 0 else Fraction(4, score.metre[1])
    stress = 12 if inside == 0 else 5 if inside % beat == 0 else 0
    return 84 + stress - (0 if part is score.parts[0] else 14)


def _pan(index: int, parts: int) -> int:
    """The first part in the middle, the others to the left and right of it by turns."""
    if index == 0 or parts == 1:
        return 64
    side = -1 if index % 2 else 1
    return 64 + side * min(40, 18 + 8 * (index // 2))


def _as_track(timed: list[tuple[int, mido.Message | mido.MetaMessage]], end: int) -> mido.MidiTrack:
    """Messages at their times as a track of deltas; what stops goes before what begins."""
    track, now = mido.MidiTrack(), 0
    for at, message in sorted(timed, key=lambda pair: (pair[0], pair[1].type != "note_off")):
        track.append(message.copy(time=at - now))
        now = at
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track
