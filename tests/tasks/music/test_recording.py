"""Sounds to follow: heard alike in every format, and refused in words where nothing can be heard."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from aigc_demo import i18n
from aigc_demo.tasks.music.recording import read_sound
from aigc_demo.types import UserError


def wav(seconds: float = 0.5, rate: int = 8_000, channels: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\x00\x40" * int(seconds * rate) * channels)
    return buffer.getvalue()


def patched(at: int, value: int, size: int) -> bytes:
    data = bytearray(wav())
    data[at : at + size] = value.to_bytes(size, "little")
    return bytes(data)


def encoded(container: str, codec: str, seconds: float = 0.5, rate: int = 44_100) -> bytes:
    """A tone of 440 Hz on two channels, as a real encoder writes it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]).astype(np.float32), "fltp", "stereo")
        frame.sample_rate = rate
        context = stream.codec_context
        fitting = av.AudioResampler(context.format.name, "stereo", rate, context.frame_size or None)
        for part in fitting.resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("mp3", "libmp3lame", 44_100),
        ("ogg", "libopus", 48_000),
        ("flac", "flac", 44_100),
        ("wav", "pcm_s16le", 44_100),
    ],
)
def test_a_sound_is_heard_the_same_in_whatever_it_is_kept(
    tmp_path: Path, container: str, codec: str, rate: int
) -> None:
    path = tmp_path / "melody.bin"
    path.write_bytes(encoded(container, codec, rate=rate))
    tone = read_sound(path)
    assert tone.rate == rate
    assert tone.seconds == pytest.approx(0.5, abs=0.06)
    spectrum = np.abs(np.fft.rfft(tone.samples))
    assert np.argmax(spectrum) * tone.rate / len(tone.samples) == pytest.approx(440, abs=3)
    assert np.abs(tone.samples).max() == pytest.approx(0.5, abs=0.1)


BAD_SOUND: dict[str, tuple[bytes, str]] = {
    "a playlist": (b"#EXTM3U\nfile:///etc/passwd\n", "sound_unknown"),
    "no sound": (wav()[:44], "file_damaged"),
    "no rate": (patched(24, 0, 4), "sound_format"),
    "a rate of four billion": (patched(24, 0xFFFFFFFF, 4), "sound_format"),
    "no channel": (patched(22, 0, 2), "file_damaged"),
    "65535 channels": (patched(22, 65_535, 2), "file_damaged"),
    "no bits": (patched(34, 0, 2), "sound_format"),
    "a code that nobody knows": (patched(20, 0x4321, 2), "sound_format"),
    "a minute": (wav(60.0, channels=1), "sound_too_long"),
    "a minute of MP3": (encoded("mp3", "libmp3lame", 60.0), "sound_too_long"),
    "a minute of FLAC": (encoded("flac", "flac", 60.0), "sound_too_long"),
    "FLAC without a sound": (b"fLaC" + bytes(2000), "file_damaged"),
    "Ogg without a sound": (b"OggS" + bytes(24) + b"OpusHead" + bytes(2000), "file_damaged"),
    "half a page of Ogg": (encoded("ogg", "libopus", rate=48_000)[:60], "file_damaged"),
    "a tune": (b"X:1\nK:C\nCDEF|", "sound_unknown"),
    "eleven megabytes": (wav() + bytes(11_000_000), "sound_too_large"),
}


@pytest.mark.parametrize("name", BAD_SOUND)
def test_a_bad_sound_is_one_clear_sentence(name: str, tmp_path: Path) -> None:
    data, key = BAD_SOUND[name]
    path = tmp_path / "melody.wav"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        read_sound(path)
    assert caught.value.problem.key == f"music.error.{key}"
    assert i18n.t(caught.value.problem.key, "zh", **caught.value.problem.values)


def test_a_sound_that_claims_more_than_it_has_is_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "melody.wav"
    path.write_bytes(patched(40, 0xFFFFFFF0, 4))
    tone = read_sound(path)
    assert (tone.rate, tone.seconds) == (8_000, 0.5)
    assert abs(float(tone.samples.mean()) - 0.5) < 1e-3
