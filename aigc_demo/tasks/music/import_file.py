"""What a visitor gives to begin with: a score in a MIDI, ABC or MusicXML file.

Knows which reader a file needs, told from its bytes and never from its name, and how large it may be. All of
it is read by our own bounded readers before any library is given it; whatever is wrong is one clear sentence.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from aigc_demo.tasks.music import abc_reader, limits, midi_reader, musicxml_reader
from aigc_demo.tasks.music import score as scores
from aigc_demo.tasks.music.assembly import Opened
from aigc_demo.tasks.music.limits import refused
from aigc_demo.tasks.music.score import Score
from aigc_demo.types import UserError, media

_TIME = re.compile(r"\d{1,9}(?:/\d{1,9})?", re.ASCII)
_PART_FIELDS = {"name": str, "program": int, "percussion": bool, "notes": list}


def read_score(path: Path, field: str = "start") -> Score:
    """The score in a MIDI, ABC or MusicXML file, or in one of our own ``score.json``.

    Raises UserError with a sentence that says what to do, whatever the bytes are.
    """
    return open_score(path, field).score


def open_score(path: Path, field: str = "start") -> Opened:
    """The same, with what of the file is not in it."""
    if path.stat().st_size > limits.MAX_BYTES:
        raise refused("file_too_large", status=413, field=field, limit_kb=limits.MAX_BYTES // 1000)
    try:
        return opened(path.read_bytes())
    except UserError as error:
        raise UserError(
            error.problem.code, error.problem.key, status=error.status, field=field, **error.problem.values
        ) from error


def read_bytes(data: bytes) -> Score:
    """The score in these bytes, at most as many as :data:`limits.MAX_BYTES`."""
    return opened(data).score


def opened(data: bytes) -> Opened:
    """The score in these bytes, and what of them is not in it."""
    found = _read(data)
    limits.check_length(found.score.seconds)  # at its first tempo, the one that a score keeps
    return found


def _read(data: bytes) -> Opened:
    kind = kind_of(data)
    if kind == "midi":
        return midi_reader.read(data)
    if kind == "musicxml":
        return musicxml_reader.read(data)
    if kind == "abc":
        return abc_reader.read(data)
    if kind == "json":
        return Opened(_own(data))
    raise refused("file_unknown", status=415)


def kind_of(data: bytes) -> str:
    """``midi``, ``musicxml``, ``abc``, ``json``, or nothing known."""
    found = media.sniffed(data)
    if found is not None and found.carrier in ("midi", "abc"):
        return str(found.carrier)
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[:4] == b"PK\x03\x04" or data[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:1] == b"<":
        return "musicxml"  # its reader says what is wrong with it
    return "json" if head[:1] == b"{" else ""


def _own(data: bytes) -> Score:
    """What :func:`score.to_json` wrote, checked as if a stranger had written it."""
    try:
        value = json.loads(data)
        _check(value)
        score = _rounded(scores.from_json(value))
    except (ValueError, TypeError, KeyError, RecursionError, ArithmeticError) as error:
        raise refused("file_damaged") from error
    if not any(part.notes for part in score.parts):
        raise refused("file_no_notes")
    return score


def _rounded(score: Score) -> Score:
    """With times that have something in common; those that we wrote are as they were."""
    exact = limits.Exact()
    parts = tuple(
        replace(
            part,
            notes=tuple(
                replace(note, start=exact(note.start), length=exact(note.length)) for note in part.notes
            ),
        )
        for part in score.parts
    )
    chords = tuple((exact(at), symbol) for at, symbol in score.chords)
    return replace(score, parts=parts, pickup=exact(score.pickup), chords=chords)


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
        good = good and -60 <= part.get("transposition", 0) <= 60
        for start, length, pitch, *sung in part["notes"]:
            times += [start, length]
            good = good and type(pitch) is int and 0 <= pitch <= 127 and len(sung) <= limits.MAX_VERSES
            good = good and all(isinstance(word, str) and len(word) <= 4 * limits.MAX_LYRIC for word in sung)
    repeats = value.get("repeats", ())
    good = good and all(0 <= a <= b <= 2_000 and 2 <= n <= 4 for a, b, n in repeats)
    good = good and all(one[1] < after[0] for one, after in pairwise(repeats))
    good = good and all(len(symbol) <= 12 for _, symbol in value.get("chords", ()))
    if not good or not all(isinstance(time, str) and _TIME.fullmatch(time) for time in times):
        raise ValueError("not a score")
