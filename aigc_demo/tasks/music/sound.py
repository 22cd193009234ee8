"""A score as sound: 44.1 kHz, stereo, its loudest sample at -1 dBFS, silence cut off at the end.

Knows the orchestra, the renderer and audio formats. Knows nothing of who composed. The renderer (RustySynth,
in the wheel ``midirenderer``) reads only .sf2 and writes 48 kHz, so what a piece needs of the orchestra is
unpacked first and the result is resampled; both cost a tenth of what the renderer itself takes.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import wave
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import midirenderer
import numpy as np
import numpy.typing as npt

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music import midi
from aigc_demo.tasks.music.score import Score
from aigc_demo.tasks.music.soundfont import DRUMS, Preset, SoundFont

FOLDER = ASSETS / "models" / "soundfont"
RATE = 44_100
PEAK = 10 ** (-1 / 20)
"""-1 dBFS."""

TAIL_SECONDS = 4.0
"""So long what was struck may die away; what is silent of it is cut off."""
SILENCE = 10 ** (-60 / 20)
"""Below this, relative to the loudest sample, nothing is heard."""
KEPT_SECONDS, FADE_SECONDS = 0.25, 0.05
GAP = Fraction(1, 24)
"""The share of a note that separates it from the next."""

VOLUMES = (127, 80, 40, 16)
"""Channel volumes, tried until the renderer does not clip: it is quiet, so the first does almost always."""


@dataclass(frozen=True)
class Sound:
    """``samples`` (n, 2) in 16 bits at :data:`RATE`."""

    samples: npt.NDArray[np.int16]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE

    def wav(self) -> bytes:
        """A WAV file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(self.samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self.samples.astype("<i2").tobytes())
        return buffer.getvalue()

    def ogg(self, kbits: int = 96) -> bytes:
        """An Ogg Opus file without labels, the same bytes for the same sound."""
        import av

        buffer = io.BytesIO()
        # a serial number of its own, where the container would draw one by chance
        options = {"fflags": "+bitexact", "serial_offset": "1"}
        with av.open(buffer, "w", format="ogg", options=options) as out:
            stream = out.add_stream(
                "libopus", rate=48_000, layout="stereo", options={"compression_level": "4"}
            )
            stream.bit_rate = kbits * 1000
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
            frame = _frame(self.samples, RATE)
            for packet in (*stream.encode(frame), *stream.encode(None)):
                out.mux(packet)
        return buffer.getvalue()

    def peaks(self, count: int = 400) -> list[int]:
        """The loudest sample of each of ``count`` equal stretches, 0..100, for drawing a waveform."""
        loud = np.abs(self.samples.astype(np.int32)).max(axis=1)
        if len(loud) < count:
            loud = np.pad(loud, (0, count - len(loud)))
        edges = np.linspace(0, len(loud), count + 1).astype(int)[:-1]
        return [round(value / 327.67) for value in np.maximum.reduceat(loud, edges).tolist()]


def recorded(samples: npt.NDArray[np.float32], rate: int) -> Sound:
    """A sound that a model made: ``samples`` (n, 1 or 2) in -1..1 at any rate, brought to ours."""
    both = np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples[:, :2]
    peak = float(np.abs(both).max(initial=0.0)) or 1.0
    raw = np.rint(both * (32_767.0 / max(1.0, peak))).astype(np.int16)
    return Sound(_finished(_resampled(raw, rate)))


class Orchestra:
    """Plays scores. Loads its samples at the first; several threads may use it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        font = folder / "studio.sf3"
        known = json.loads((folder / "manifest.json").read_text())["files"]["studio.sf3"]["sha256"]
        with font.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != known:
                raise ValueError("studio.sf3 is not the file in its manifest: fetch it again.")
        self._font = SoundFont.read(font)
        self._lock = threading.Lock()

    def play(self, score: Score) -> Sound:
        """The sound of the whole piece, repeats included. Every call gives the same samples."""
        heard = self._seated(score.unfolded())
        tail = Fraction(TAIL_SECONDS * score.tempo / 60).limit_denominator(8)
        with self._lock:
            font = self._font.unpacked(_played(heard))
        for volume in VOLUMES:
            raw = _rendered(font, midi.write(heard, midi.Playing(volume, tail, GAP)))
            if np.abs(raw.astype(np.int32)).max(initial=0) < 32_767:
                break
        return Sound(_finished(_resampled(raw, 48_000)))

    def _seated(self, score: Score) -> Score:
        """The score with every program that is missing played by its nearest relative."""
        return score.with_programs({part.name: self.nearest(part.program) for part in score.parts})

    def nearest(self, program: int) -> int:
        """The program of the same family, eight programs wide, that is there; the piano if none is."""
        family = [p for bank, p in self._font.presets if bank == 0 and p // 8 == program // 8]
        return min(family, key=lambda p: (abs(p - program), p), default=0)


@cache
def orchestra() -> Orchestra:
    """The one that this process shares: its samples are unpacked once."""
    return Orchestra()


def _played(score: Score) -> dict[Preset, frozenset[int]]:
    """The keys that each preset must sound."""
    keys: dict[Preset, set[int]] = {}
    for part in score.parts:
        preset = (DRUMS, 0) if part.percussion else (0, part.program)
        keys.setdefault(preset, set()).update(note.pitch for note in part.notes)
    return {preset: frozenset(pitches) for preset, pitches in keys.items()} or {(0, 0): frozenset({60})}


def _rendered(font: bytes, song: bytes) -> npt.NDArray[np.int16]:
    """What the renderer makes of it: (n, 2) at its own 48 kHz."""
    with wave.open(io.BytesIO(midirenderer.render_wave_from(font, song))) as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (2, 2, 48_000):
            raise RuntimeError("The renderer writes another kind of sound than it used to.")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def _resampled(raw: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.float32]:
    """From its rate to 44.1 kHz, in floating point (n, 2)."""
    import av

    resampler = av.AudioResampler(format="flt", layout="stereo", rate=RATE)
    frame = _frame(raw, rate)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([f.to_ndarray().reshape(-1, 2) for f in frames])


def _frame(samples: npt.NDArray[np.int16], rate: int) -> Any:
    """Samples as PyAV takes them."""
    import av

    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples.reshape(1, -1)), format="s16", layout="stereo"
    )
    frame.sample_rate = rate
    return frame


def _finished(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Cut at the end, faded out and brought to the peak."""
    loud = np.abs(sound).max(axis=1)
    peak = float(loud.max(initial=0.0))
    if peak == 0.0:
        return np.zeros((RATE // 2, 2), np.int16)
    last = int(np.flatnonzero(loud > peak * SILENCE)[-1])
    sound = sound[: last + int(KEPT_SECONDS * RATE)] * np.float32(PEAK / peak)
    fade = min(len(sound), int(FADE_SECONDS * RATE))
    sound[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
    return np.rint(sound * 32_767.0).astype(np.int16)
