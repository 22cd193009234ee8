"""Films as files: MP4 with H.264 where this machine has it, WebM with VP9, animated WebP or GIF.

Knows frames, samples and words as they come, and formats. Knows nothing of what they show.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

from aigc_demo.tasks.film.frames import RATE
from aigc_demo.tasks.film.sound import RATE as SOUND_RATE
from aigc_demo.tasks.film.sound import Sound
from aigc_demo.tasks.film.subtitles import Cue, SubtitleTrack

_GIF_SIDE, _STILLS = 480, 12

Written = tuple[bytes, str, str]
"""The file, its media type, and what it is called among codecs."""


@dataclass(frozen=True)
class Beside:
    """What stands beside the frames where a form has room for it: a sound, and words as a track."""

    sound: Sound | None = None
    said: Sequence[Cue] = ()
    rate: Fraction | int = RATE


_NOTHING = Beside()


def written(form: str, shown: Iterator[Image.Image], beside: Beside = _NOTHING) -> Written:
    """The frames as a file of this form; only MP4 and WebM have room for sound and words."""
    return _WRITERS[form](shown, beside)


def _mp4(shown: Iterator[Image.Image], beside: Beside) -> Written:
    if "libx264" not in av.codecs_available:
        return _webm(shown, beside)
    options = {"crf": "20", "preset": "veryfast", "threads": "1"}
    return _video(shown, beside, "mp4", ("libx264", "aac"), options), "video/mp4", "H.264"


def _webm(shown: Iterator[Image.Image], beside: Beside) -> Written:
    options = {"crf": "32", "b:v": "0", "deadline": "realtime", "cpu-used": "7", "threads": "1"}
    return _video(shown, beside, "webm", ("libvpx-vp9", "libopus"), options), "video/webm", "VP9"


def _video(
    shown: Iterator[Image.Image],
    beside: Beside,
    form: str,
    codecs: tuple[str, str],
    options: dict[str, str],
) -> bytes:
    """The frames encoded in colours that every browser shows, each moment's sound and words beside them."""
    buffer = io.BytesIO()
    flags = {"movflags": "frag_keyframe+empty_moov"} if form == "mp4" else {}
    with av.open(buffer, "w", format=form, options={**flags, "fflags": "+bitexact"}) as out:
        stream: Any = None
        tracks: list[_Track | SubtitleTrack] = []
        for number, image in enumerate(shown, 1):
            if stream is None:
                stream = out.add_stream(codecs[0], rate=beside.rate, options=options)
                stream.width, stream.height = image.size
                stream.pix_fmt = "yuv420p"
                if beside.sound is not None:
                    tracks.append(_Track(out, codecs[1], beside.sound))
                if beside.said:
                    tracks.append(SubtitleTrack(out, form, beside.said))
            out.mux(stream.encode(av.VideoFrame.from_image(image)))
            for track in tracks:
                track.until(float(number / beside.rate))
        if stream is not None:
            out.mux(stream.encode(None))
        for track in tracks:
            track.end()
    return buffer.getvalue()


class _Track:
    """A sound beside the frames of a file, written as far as these have come."""

    def __init__(self, out: Any, codec: str, sound: Sound) -> None:
        self._out, self._sound, self._at = out, sound, 0
        self._stream = out.add_stream(codec, rate=SOUND_RATE)
        self._stream.layout = "stereo"

    def until(self, seconds: float) -> None:
        """Write what is heard up to there."""
        end = min(self._sound.shape[1], round(seconds * SOUND_RATE))
        if end <= self._at:
            return
        part = np.ascontiguousarray(self._sound[:, self._at : end])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SOUND_RATE, self._at
        frame.time_base = Fraction(1, SOUND_RATE)
        self._at = end
        self._out.mux(self._stream.encode(frame))

    def end(self) -> None:
        """Write the rest."""
        self.until(self._sound.shape[1] / SOUND_RATE)
        self._out.mux(self._stream.encode(None))


def _webp(shown: Iterator[Image.Image], beside: Beside) -> Written:
    every = _every(beside.rate)
    first, *rest = itertools.islice(shown, 0, None, every)
    buffer = io.BytesIO()
    first.save(
        buffer, "WEBP", save_all=True, append_images=rest, duration=int(1000 * every / beside.rate), loop=0,
        quality=80, method=2,
    )  # fmt: skip
    return buffer.getvalue(), "image/webp", "WebP"


def _gif(shown: Iterator[Image.Image], beside: Beside) -> Written:
    """No wider than 480 pixels, one palette for all; GIF counts hundredths of a second."""
    every = _every(beside.rate)
    small = []
    for frame in itertools.islice(shown, 0, None, every):
        scale = min(1.0, _GIF_SIDE / max(frame.size))
        size = round(frame.width * scale), round(frame.height * scale)
        small.append(frame.resize(size, Image.Resampling.BOX))
    palette = small[len(small) // 2].quantize(256, Image.Quantize.MEDIANCUT)
    first, *rest = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in small]
    buffer = io.BytesIO()
    ends = [round(100 * at * every / beside.rate) for at in range(len(small) + 1)]
    durations = [10 * (end - start) for start, end in itertools.pairwise(ends)]
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return buffer.getvalue(), "image/gif", "GIF"


def _every(rate: Fraction | int) -> int:
    """Which frames a form without motion between them keeps: every so manieth, about twelve a second."""
    return max(1, round(rate / _STILLS))


_WRITERS: dict[str, Callable[[Iterator[Image.Image], Beside], Written]] = {
    "mp4": _mp4, "webm": _webm, "webp": _webp, "gif": _gif,
}  # fmt: skip
