"""Voices whose notes are known: recordings as people make them, put together from numbers."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Line = Sequence[tuple[int, float]]
"""Pitches in MIDI and lengths in quarter notes, one after another."""

RATE = 16_000
TUNE: Line = (
    (62, 1), (64, 0.5), (66, 0.5), (67, 1), (69, 1), (69, 0.5), (69, 0.5), (67, 0.5), (66, 0.5), (64, 1),
    (62, 2),
)  # fmt: skip


def sung(
    line: Line,
    *,
    tempo: float = 100,
    vibrato: float = 0.3,
    slide: float = 0.0,
    detuned: float = 0.0,
    uneven: float = 0.0,
    partials: Sequence[float] = (1, 0.5, 0.3, 0.2, 0.1),
    noise: float = 0.0,
    rate: int = RATE,
) -> Array:
    """A voice on these notes: vibrato, slides from below and detuning in semitones, ``noise`` in -1..1."""
    rng = np.random.default_rng(0)
    parts = [np.zeros(rate // 4)]
    for pitch, length in line:
        seconds = length * 60 / tempo * (1 + uneven * rng.standard_normal())
        at = np.arange(int(seconds * rate)) / rate
        swing = vibrato * np.sin(2 * np.pi * 5.5 * at) * np.minimum(at / 0.2, 1)
        bent = pitch + detuned + swing - slide * np.exp(-at / 0.05)
        phase = 2 * np.pi * np.cumsum(440 * 2 ** ((bent - 69) / 12)) / rate
        tone = sum(share * np.sin((k + 1) * phase) for k, share in enumerate(partials))
        parts.append(0.2 * tone * np.clip(np.minimum(at / 0.03, (seconds - 0.06 - at) / 0.04), 0, 1))
    whole = np.concatenate([*parts, np.zeros(rate // 4)])
    return whole + noise * rng.standard_normal(len(whole))


def plucked(line: Line, tempo: float = 100) -> Array:
    """The same on a string."""
    parts = []
    for pitch, length in line:
        at = np.arange(int(length * 60 / tempo * RATE)) / RATE
        phase = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * at
        tone = sum(np.sin(k * phase) / k for k in range(1, 8))
        parts.append(0.3 * tone * np.exp(-3 * at) * np.minimum(at / 0.004, 1))
    return np.concatenate(parts)


def chord(*pitches: int, seconds: float = 3.0) -> Array:
    """Notes that sound at once."""
    at = np.arange(int(seconds * RATE)) / RATE
    every = [2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * at for pitch in pitches]
    return np.asarray(0.1 * sum(np.sin((k + 1) * phase) / (k + 1) for phase in every for k in range(4)))


def wav(samples: Array, rate: int = RATE) -> bytes:
    """Samples in -1..1 as a WAV file of 16 bits."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()
