"""What is heard with a film: a tune cut to its length, under a voice where there is one.

Knows samples and the files that sounds come in: WAV, MP3, Ogg, FLAC, M4A, given to PyAV (FFmpeg in a wheel)
as bytes, decoded no further than is heard. Knows no pictures.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from aigc_demo.types import UserError, media

Sound = NDArray[np.float32]
"""Samples (2, n) in -1..1 at ``RATE`` a second."""
RATE = 48_000
_CONTAINERS = {
    "audio/wav": "wav", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/flac": "flac", "audio/mp4": "mp4",
}  # fmt: skip
_CLIPS = {"video/mp4": "mp4", "video/webm": "matroska"}
_UNREADABLE = (av.FFmpegError, OSError, ValueError, IndexError, EOFError)
_BENEATH = 0.3
"""How loud a tune is under a voice."""
_ENDING, _TURN = 1.5, 0.4
"""Seconds in which a tune dies away at the end, and gives way to a voice."""


def heard(path: Path, field: str, seconds: float) -> Sound:
    """The first ``seconds`` of a sound file in two channels. Raises :class:`UserError` where it is none."""
    try:
        found = _decoded(path, _CONTAINERS, seconds)
    except _UNREADABLE as error:
        raise UserError("bad_sound", "film.error.sound", status=422, field=field) from error
    if found is None:
        raise UserError("bad_sound", "film.error.sound", status=422, field=field)
    return found


def sound_of(path: Path, seconds: float) -> Sound | None:
    """What is heard in the first ``seconds`` of a clip; None where nothing is, or nothing readable."""
    try:
        return _decoded(path, _CLIPS, seconds)
    except _UNREADABLE:
        return None


def _decoded(path: Path, containers: Mapping[str, str], seconds: float) -> Sound | None:
    data = path.read_bytes()
    found = media.sniffed(data)
    if found is None or found.name not in containers:
        return None
    parts: list[Sound] = []
    left = round(seconds * RATE)
    with av.open(io.BytesIO(data), format=containers[found.name]) as file:
        stream = file.streams.audio[0]
        turned = av.AudioResampler("fltp", "stereo", RATE)
        for frame in file.decode(stream):
            parts += [part.to_ndarray() for part in turned.resample(frame)]
            left -= round(frame.samples * RATE / frame.sample_rate)
            if left < 0:
                break
        parts += [part.to_ndarray() for part in turned.resample(None)]
    if not parts:
        return None
    whole: Sound = np.nan_to_num(np.concatenate(parts, axis=1)[:, : round(seconds * RATE)]).clip(-1, 1)
    return whole


def mixed(seconds: float, tune: Sound | None, voice: Sound | None) -> Sound | None:
    """What is heard in a film so long; None where nothing is. A tune that is too short begins again."""
    if tune is None and voice is None:
        return None
    count = round(seconds * RATE)
    total = np.zeros((2, count), np.float32)
    if tune is not None:
        over = np.tile(tune, -(-count // tune.shape[1]))[:, :count]
        total += over * _loudness(count, 0 if voice is None else voice.shape[1])
    if voice is not None:
        said = voice[:, :count]
        total[:, : said.shape[1]] += said
    peak = float(np.abs(total).max(initial=0.0))
    return total / peak if peak > 1 else total


def _loudness(count: int, spoken: int) -> NDArray[np.float32]:
    """How loud a tune is at each sample: low while a voice speaks, dying away at the end."""
    times = np.array([0, spoken, spoken + _TURN * RATE], np.float64)
    levels = [_BENEATH, _BENEATH, 1.0] if spoken else [1.0, 1.0, 1.0]
    at = np.arange(count)
    ending = ((count - at) / min(_ENDING * RATE, count)).clip(0, 1)
    return (np.interp(at, times, levels) * ending).astype(np.float32)
