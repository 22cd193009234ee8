"""A sound to follow: a recording that a visitor brings, as samples of one channel.

Knows WAV itself, and gives everything else to PyAV (FFmpeg in a wheel): bytes of one container, no address to
open, and no more of it decoded than is allowed. Whatever is wrong is one clear sentence.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.limits import refused
from aigc_demo.types import UserError, media, sniffing


@dataclass(frozen=True)
class Tone:
    """A sound to follow: ``samples`` in -1..1, one channel, at ``rate`` samples a second."""

    samples: npt.NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


_CONTAINERS = {
    "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/flac": "flac", "audio/wav": "wav",
    "audio/mp4": "mp4", "video/mp4": "mp4", "video/webm": "matroska",
}  # fmt: skip
_LOWEST_RATE, _HIGHEST_RATE = 8_000, 192_000
_WIDTHS = {8: "u1", 16: "<i2", 32: "<i4"}
_PCM, _EXTENSIBLE = 1, 0xFFFE


def read_sound(path: Path, field: str = "melody") -> Tone:
    """The sound in a WAV, MP3, Ogg, FLAC or M4A file or in a clip, its channels mixed into one.

    Raises UserError for everything else, for what is damaged, and for more than 30 seconds or 10 MB.
    """
    if path.stat().st_size > limits.MAX_SOUND_BYTES:
        limit_mb = limits.MAX_SOUND_BYTES // 1_000_000
        raise refused("sound_too_large", status=413, field=field, limit_mb=limit_mb)
    data = path.read_bytes()
    found = media.sniffed(data)
    if found is None or found.name not in _CONTAINERS:
        raise refused("sound_unknown", status=415, field=field)
    known = _wav(data, field) if found.name == "audio/wav" else None
    return known or _decoded(data, _CONTAINERS[found.name], field)


def is_sound(path: Path) -> bool:
    """Whether a file is one that :func:`read_sound` may read, by its beginning."""
    with path.open("rb") as file:
        found = media.sniffed(file.read(sniffing.HEAD))
    return found is not None and found.name in _CONTAINERS


def _decoded(data: bytes, container: str, field: str) -> Tone:
    import av

    parts: list[npt.NDArray[np.float32]] = []
    try:
        with av.open(io.BytesIO(data), format=container) as file:
            stream = file.streams.audio[0]
            rate = stream.rate if stream.codec_context is not None else 0
            if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
                raise refused("sound_format", field=field)
            left = int(limits.MAX_SOUND_SECONDS * rate)
            floats = av.AudioResampler("fltp", stream.layout, rate)
            for frame in file.decode(stream):
                for part in floats.resample(frame):
                    parts.append(part.to_ndarray().mean(axis=0, dtype=np.float32))
                    left -= part.samples
                if left < 0:
                    raise _too_long(field)
    except (av.FFmpegError, OSError, ValueError, IndexError, EOFError) as error:
        raise refused("file_damaged", field=field) from error
    if not parts:
        raise refused("file_damaged", field=field)
    return Tone(np.clip(np.concatenate(parts), -1.0, 1.0), rate)


def _wav(data: bytes, field: str) -> Tone | None:
    """The samples of a WAV file of whole numbers; None for one of another make."""
    chunks = dict(_riff(data))
    head, body = chunks.get(b"fmt "), chunks.get(b"data")
    if head is None or body is None or len(head) < 16:
        raise refused("file_damaged", field=field)
    kind, channels = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little")
    rate, bits = int.from_bytes(head[4:8], "little"), int.from_bytes(head[14:16], "little")
    if kind not in (_PCM, _EXTENSIBLE) or bits not in _WIDTHS or not 1 <= channels <= 8:
        return None
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        raise refused("sound_format", field=field)
    samples = np.frombuffer(
        body[: len(body) // (bits // 8 * channels) * (bits // 8 * channels)], _WIDTHS[bits]
    )
    if len(samples) == 0:
        raise refused("file_damaged", field=field)
    if len(samples) / channels / rate > limits.MAX_SOUND_SECONDS:
        raise _too_long(field)
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


def _too_long(field: str) -> UserError:
    return refused("sound_too_long", field=field, seconds=int(limits.MAX_SOUND_SECONDS))
