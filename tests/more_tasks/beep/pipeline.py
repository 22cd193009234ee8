"""Letters into beeps: a tone a letter, all chosen voices at once, behind the recording brought in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np

from aigc_demo.types import Emit, LoadContext, Output, Progress

RATE = 44_100
HERTZ = {"low": 220.0, "middle": 440.0, "high": 880.0}


def load(_: LoadContext) -> Beeper:
    """There is nothing to load."""
    return Beeper()


class Beeper:
    """One eighth of a second a letter."""

    def __call__(self, params: Any, emit: Emit) -> tuple[Output, ...]:
        parts = list(_samples(params.intro)) if params.intro else []
        time = np.arange(RATE // 8) / RATE
        for place, letter in enumerate(params.text, 1):
            emit(Progress(place, len(params.text)))
            bend = 2 ** (ord(letter) % 12 / 12)
            tones = [np.sin(2 * np.pi * HERTZ[voice] * bend * time) for voice in params.voices]
            parts.append((np.sum(tones, axis=0) / max(1, len(tones))).astype(np.float32))
        return (Output("audio", "beep", "audio/mpeg", data=_mp3(np.concatenate(parts))),)


def _samples(path: str) -> Iterator[np.ndarray]:
    """A recording's samples, float32, one channel, at our rate."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(path) as recording:
        for frame in recording.decode(audio=0):
            yield from (part.to_ndarray()[0] for part in resampler.resample(frame))


def _mp3(samples: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], "flt", "mono")
        frame.sample_rate = RATE
        context = stream.codec_context
        for part in av.AudioResampler(context.format.name, "mono", RATE, context.frame_size).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()
