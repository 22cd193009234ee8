"""What a visitor gives to begin with: a score in a MIDI, ABC or MusicXML file, or a sound to follow.

Knows which reader a file needs, told from its bytes and never from its name, and how large it may be. All of
it is read by our own bounded readers before any library is given it; whatever is wrong is one clear sentence.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_demo.tasks.music import abc_reader, limits, midi_reader, musicxml_reader
from aigc_demo.tasks.music import score as scores
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.score import Score
from aigc_demo.types import UserError

_TIME = re.compile(r"\d{1,6}(?:/\d{1,4})?", re.ASCII)
_ABC = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:%abc|(?:%[^\n]*\n|\s)*X:\s*\d)")
_PART_FIELDS = {"name": str, "program": int, "percussion": bool, "notes": list}


def read_score(path: Path, field: str = "start") -> Score:
    """The score in a MIDI, ABC or MusicXML file, or in one of our own ``score.json``.

    Raises UserError with a sentence that says what to do, whatever the bytes are.
    """
    if path.stat().st_size > limits.MAX_BYTES:
        raise refused("file_too_large", status=413, field=field, limit_kb=limits.MAX_BYTES // 1000)
    try:
        return read_bytes(path.read_bytes())
    except UserError as error:
        raise UserError(
            error.problem.code, error.problem.key, status=error.status, field=field, **error.problem.values
        ) from error


def read_bytes(data: bytes) -> Score:
    """The score in these bytes, at most as many as :data:`limits.MAX_BYTES`."""
    score = _read(data)
    limits.check_length(score.seconds)  # at its first tempo, the one that a score keeps
    return score


def _read(data: bytes) -> Score:
    kind = kind_of(data)
    if kind == "midi":
        return midi_reader.read(data)
    if kind == "musicxml":
        return musicxml_reader.read(data)
    if kind == "abc":
        return abc_reader.read(data)
    if kind == "json":
        return _own(data)
    if kind == "wav":
        raise refused("file_is_sound")
    raise refused("file_unknown", status=415)


def kind_of(data: bytes) -> str:
    """``midi``, ``musicxml``, ``abc``, ``json``, ``wav``, or nothing known."""
    if data[:4] == b"MThd":
        return "midi"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[:4] == b"PK\x03\x04" or data[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:1] == b"<":
        return "musicxml"
    if _ABC.match(data[:2000]):
        return "abc"
    return "json" if head[:1] == b"{" else ""


def _own(data: bytes) -> Score:
    """What :func:`score.to_json` wrote, checked as if a stranger had written it."""
    try:
        value = json.loads(data)
        _check(value)
        score = scores.from_json(value)
    except (ValueError, TypeError, KeyError, RecursionError, ArithmeticError) as error:
        raise refused("file_damaged") from error
    if not any(part.notes for part in score.parts):
        raise refused("file_no_notes")
    return score


def _check(value: Any) -> None:
    """Raise ValueError or UserError unless every number in it is one that music has."""
    if len(value["parts"]) > limits.MAX_TRACKS:
        raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
    limits.check_notes(sum(len(part["notes"]) for part in value["parts"]))
    limits.checked_tempo(float(value["tempo"]))
    upper, lower = value["metre"]
    good = 1 <= upper <= 32 and lower in (1, 2, 4, 8, 16, 32) and value["tonic"] in scores.TONICS
    times = [value.get("pickup", "0"), *(at for at, _ in value.get("chords", ()))]
    for part in value["parts"]:
        good = good and all(isinstance(part[name], kind) for name, kind in _PART_FIELDS.items())
        good = good and 0 <= part["program"] <= 127
        for start, length, pitch, *_ in part["notes"]:
            times += [start, length]
            good = good and type(pitch) is int and 0 <= pitch <= 127
    repeats = value.get("repeats", ())
    good = good and all(0 <= a <= b <= 2_000 and 2 <= n <= 4 for a, b, n in repeats)
    good = good and all(one[1] < after[0] for one, after in pairwise(repeats))
    good = good and all(len(symbol) <= 12 for _, symbol in value.get("chords", ()))
    if not good or not all(isinstance(time, str) and _TIME.fullmatch(time) for time in times):
        raise ValueError("not a score")


# -- sound ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tone:
    """A sound to follow: ``samples`` in -1..1, one channel, at ``rate`` samples a second."""

    samples: npt.NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


_WIDTHS = {8: "u1", 16: "<i2", 32: "<i4"}
_PCM, _EXTENSIBLE = 1, 0xFFFE


def read_wav(path: Path, field: str = "melody") -> Tone:
    """The sound in a WAV file, its channels mixed into one. Raises UserError for everything else."""
    if path.stat().st_size > limits.MAX_WAV_BYTES:
        raise refused("wav_too_large", status=413, field=field, limit_mb=limits.MAX_WAV_BYTES // 1_000_000)
    data = path.read_bytes()
    if kind_of(data) != "wav":
        raise refused("wav_unknown", status=415, field=field)
    chunks = dict(_riff(data))
    head, body = chunks.get(b"fmt "), chunks.get(b"data")
    if head is None or body is None or len(head) < 16:
        raise refused("file_damaged", field=field)
    kind, channels = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little")
    rate, bits = int.from_bytes(head[4:8], "little"), int.from_bytes(head[14:16], "little")
    if kind not in (_PCM, _EXTENSIBLE) or bits not in _WIDTHS or not 1 <= channels <= 8:
        raise refused("wav_format", field=field)
    if not 8_000 <= rate <= 192_000:
        raise refused("wav_format", field=field)
    samples = np.frombuffer(
        body[: len(body) // (bits // 8 * channels) * (bits // 8 * channels)], _WIDTHS[bits]
    )
    if len(samples) == 0:
        raise refused("file_damaged", field=field)
    if len(samples) / channels / rate > limits.MAX_WAV_SECONDS:
        raise refused("wav_too_long", field=field, seconds=int(limits.MAX_WAV_SECONDS))
    mixed = samples.reshape(-1, channels).astype(np.float32).mean(axis=1)
    centred = (mixed - 128.0) / 128.0 if bits == 8 else mixed / float(2 ** (bits - 1))
    return Tone(centred.astype(np.float32), rate)


def _riff(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a WAV file; a size that lies ends at the end of the file."""
    found: list[tuple[bytes, bytes]] = []
    at = 12
    while at + 8 <= len(data) and len(found) < 1_000:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    return found[::-1]  # so that of two the first is kept
