"""The label that people see or hear, in files that are taken away: on pixels, at a sound's end, as a line.

Knows what each kind of file bears: a picture a mark in its corner whose letters are a twentieth of the short
side, a clip the same for its first two seconds, a sound a rhythm at its end (short, long, short, short), a
score or a text a line. Changes content, so labels and signature come after it. Source: GB 45438-2025,
section 5.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont, ImageSequence

from aigc_demo.pictures.card import font
from aigc_demo.provenance import watermark
from aigc_demo.types import media

SHARE = 0.05
"""Height of the letters, of the short side of a picture."""
LEAST = 11
"""Pixels; smaller letters nobody reads."""
SECONDS = 2.0
"""Of a clip that shows the mark."""
RHYTHM = (0.12, 0.36, 0.12, 0.12)
"""Seconds of each tone: short, long, short, short."""
_GAP, _LEAD, _HERTZ, _LOUD = 0.08, 0.3, 880.0, 0.12
SHORT = "AI"
"""What stands on a picture that is too narrow for the whole mark."""
_MOST_PIXELS = 16_000_000
_KEY = re.compile(rb"(?m)^K:")
_VIEW_BOX = re.compile(rb'viewBox="\s*([-\d.]+)[\s,]+([-\d.]+)[\s,]+([-\d.]+)[\s,]+([-\d.]+)')


def kinds() -> frozenset[str]:
    """Media types that bear a label that people see or hear."""
    return frozenset({*_KINDS, *_STILL})


def labelled(data: bytes, media_type: str, mark: str, line: str, key: bytes | None = None) -> bytes:
    """The same content with ``mark`` on it, or with ``line`` where it is read as text; else as it was.

    A picture that does not move gets the invisible mark of ``key`` as well, where there is one.

    Raises:
        ValueError, OSError: it cannot be read.
    """
    name = media.of_type(media_type).name
    if name in _STILL:
        return _STILL[name](data, mark, key)
    kind = _KINDS.get(name)
    return data if kind is None else kind(data, mark, line)


def likeness(data: bytes, key: bytes) -> float:
    """How sure it is that a picture bears the key's invisible mark: see :mod:`watermark`. Raises as above."""
    with _opened(data) as image:
        return watermark.likeness(image, key) if watermark.bears(image.size) else 0.0


# -- pixels -----------------------------------------------------------------------------------------


def place_of(
    size: tuple[int, int], mark: str
) -> tuple[ImageFont.FreeTypeFont, str, tuple[int, int, int, int]]:
    """The letters, what they say and the box around them: in the lower right corner, wholly inside."""
    width, height = size
    for text in (mark, SHORT):
        letters = font(max(LEAST, _size_for(round(SHARE * min(size) + 0.499), text)))
        left, top, right, bottom = letters.getbbox(text)
        pad = max(2, round((bottom - top) * 0.35))
        box = (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad)
        if box[0] <= width or text == SHORT:
            break
    edge = max(0, min(pad, width - box[0], height - box[1]))
    return letters, text, (width - box[0] - edge, height - box[1] - edge, width - edge, height - edge)


def _size_for(height: int, text: str) -> int:
    """The font's size whose letters are at least so high: capitals are lower than the size says."""
    size = height
    while font(size).getbbox(text)[3] - font(size).getbbox(text)[1] < height:
        size += 1
    return size


def drawn(image: Image.Image, mark: str) -> Image.Image:
    """The picture with its mark: white letters on a dark ground that lets little through, on any picture."""
    letters, text, box = place_of(image.size, mark)
    sheet = image.convert("RGBA")
    plate = Image.new("RGBA", (box[2] - box[0], box[3] - box[1]), (0, 0, 0, 0))
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle(
        (0, 0, plate.width - 1, plate.height - 1), max(2, plate.height // 4), (16, 16, 16, 235)
    )
    pen.text((plate.width / 2, plate.height / 2), text, "white", letters, anchor="mm")
    corner = (max(0, box[0]), max(0, box[1]))
    plate = plate.crop((corner[0] - box[0], corner[1] - box[1], plate.width, plate.height))
    sheet.alpha_composite(plate.crop((0, 0, sheet.width - corner[0], sheet.height - corner[1])), corner)
    return sheet if "A" in image.getbands() or "transparency" in image.info else sheet.convert("RGB")


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    if image.width * image.height > _MOST_PIXELS:
        raise ValueError("too many pixels")
    return image


def _png(data: bytes, mark: str, key: bytes | None) -> bytes:
    with _opened(data) as image:
        picture = drawn(_watermarked(image, key), mark)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return _with_private_chunks(buffer.getvalue(), data)


def _watermarked(image: Image.Image, key: bytes | None) -> Image.Image:
    if key is None or not watermark.bears(image.size):
        return image
    clear = "A" in image.getbands() or "transparency" in image.info
    return watermark.marked(image.convert("RGBA" if clear else "RGB"), key)


def _with_private_chunks(picture: bytes, source: bytes) -> bytes:
    """What a program of ours put beside the pixels goes along, such as the layers of a scene."""
    kept = [
        chunk
        for kind, chunk in _chunks(source)
        if kind[:1].islower() and kind[1:2].islower() and kind != b"caBX"  # ancillary and private
    ]
    end = len(picture) - 12
    return b"".join([picture[:end], *kept, picture[end:]])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        chunk = data[at : at + 12 + size]
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            return
        yield chunk[4:8], chunk
        at += 12 + size


def _jpeg(data: bytes, mark: str, key: bytes | None) -> bytes:
    buffer = io.BytesIO()
    with _opened(data) as image:
        drawn(_watermarked(image, key), mark).convert("RGB").save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


def _webp(data: bytes, mark: str, key: bytes | None) -> bytes:
    buffer = io.BytesIO()
    with _opened(data) as image:
        if getattr(image, "n_frames", 1) == 1:
            drawn(_watermarked(image, key), mark).save(buffer, "WEBP", quality=95, method=2)
        else:
            frames, times = _frames(image, mark)
            frames[0].save(
                buffer, "WEBP", save_all=True, append_images=frames[1:], duration=times, quality=85, method=2,
                loop=image.info.get("loop", 0),
            )  # fmt: skip
    return buffer.getvalue()


def _gif(data: bytes, mark: str, _: str) -> bytes:
    buffer = io.BytesIO()
    with _opened(data) as image:
        frames, times = _frames(image, mark)
        first, *rest = [frame.convert("RGB").quantize(256, dither=Image.Dither.NONE) for frame in frames]
        first.save(
            buffer, "GIF", save_all=True, append_images=rest, duration=times, loop=image.info.get("loop", 0),
            disposal=1,
        )  # fmt: skip
    return buffer.getvalue()


def _frames(image: Image.Image, mark: str) -> tuple[list[Image.Image], list[int]]:
    """Every frame, marked as long as the first two seconds last, and the milliseconds of each."""
    frames, times, shown = [], [], 0
    for frame in ImageSequence.Iterator(image):
        frame.load()  # only now does a WebP say how long it is shown
        times.append(int(frame.info.get("duration", 0)))
        frames.append(drawn(frame.copy(), mark) if shown < 1000 * SECONDS else frame.convert("RGBA"))
        shown += times[-1]
    return frames, times


def _clip(form: str, codecs: tuple[str, ...], options: dict[str, str]) -> Callable[[bytes, str, str], bytes]:
    def marked(data: bytes, mark: str, _: str) -> bytes:
        import av

        codec = next(name for name in codecs if name in av.codecs_available)
        buffer = io.BytesIO()
        flags = {"movflags": "frag_keyframe+empty_moov"} if form == "mp4" else {}
        with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format=form, options=flags) as target:
            given = source.streams.video[0]
            rate = given.average_rate or given.guessed_rate or Fraction(24)
            stream = target.add_stream(codec, rate=rate, options=options)
            stream.width, stream.height, stream.pix_fmt = given.width, given.height, "yuv420p"
            sound = source.streams.audio[0] if source.streams.audio else None
            copied = None if sound is None else target.add_stream_from_template(sound)
            for packet in source.demux(*([given] if sound is None else [given, sound])):
                if packet.stream is sound:
                    if packet.dts is not None:
                        packet.stream = copied
                        target.mux(packet)
                    continue
                for frame in packet.decode():
                    if (frame.time or 0.0) < SECONDS:
                        shown = av.VideoFrame.from_image(drawn(frame.to_image(), mark))
                        shown.pts, shown.time_base = frame.pts, frame.time_base
                        target.mux(stream.encode(shown))
                    else:
                        target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
        return buffer.getvalue()

    return marked


# -- sound ------------------------------------------------------------------------------------------


def rhythm(rate: int) -> Any:
    """The cue as numbers between -1 and 1: a moment of silence, four tones, each swelling and fading."""
    import numpy as np

    parts = [np.zeros(round(_LEAD * rate))]
    for seconds in RHYTHM:
        times = np.arange(round(seconds * rate)) / rate
        swell = np.clip(np.minimum(times, seconds - times) / 0.01, 0, 1)
        parts += [_LOUD * swell * np.sin(2 * np.pi * _HERTZ * times), np.zeros(round(_GAP * rate))]
    return np.concatenate(parts)


def _wav(data: bytes, _: str, __: str) -> bytes:
    import wave

    import numpy as np

    buffer = io.BytesIO()
    with wave.open(io.BytesIO(data)) as source:
        shape, frames = source.getparams(), source.readframes(source.getnframes())
    cue = np.repeat(rhythm(shape.framerate), shape.nchannels)
    if shape.sampwidth == 1:
        sound = (cue * 127 + 128).astype(np.uint8).tobytes()
    elif shape.sampwidth in (2, 4):
        sound = (cue * (2 ** (8 * shape.sampwidth - 1) - 1)).astype(f"<i{shape.sampwidth}").tobytes()
    else:
        raise ValueError("samples of a size that nobody hears")
    with wave.open(buffer, "wb") as target:
        target.setparams(shape)
        target.writeframes(frames + sound)
    return buffer.getvalue()


def _encoded(form: str, codec: str) -> Callable[[bytes, str, str], bytes]:
    def cued(data: bytes, _: str, __: str) -> bytes:
        import av
        import numpy as np

        buffer = io.BytesIO()
        with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format=form) as target:
            given = source.streams.audio[0]
            stream = target.add_stream(codec, rate=48_000, layout=given.layout.name)
            stream.bit_rate = 128_000
            even = av.AudioResampler("flt", given.layout.name, 48_000)
            for frame in source.decode(given):
                for part in even.resample(frame):
                    part.pts = None
                    target.mux(stream.encode(part))
            channels = len(given.layout.channels)
            cue = np.repeat(rhythm(48_000).astype(np.float32), channels)[None]
            last = av.AudioFrame.from_ndarray(cue, "flt", given.layout.name)
            last.sample_rate = 48_000
            target.mux(stream.encode(last))
            target.mux(stream.encode(None))
        return buffer.getvalue()

    return cued


# -- lines ------------------------------------------------------------------------------------------


def _text(data: bytes, _: str, line: str) -> bytes:
    return data.rstrip() + f"\n\n{line}\n".encode()


def _abc(data: bytes, _: str, line: str) -> bytes:
    """A note (N:) before the key, which players show and none plays."""
    return _KEY.sub(lambda _: f"N:{line}\nK:".encode(), data, count=1)


def _musicxml(data: bytes, _: str, line: str) -> bytes:
    """The rights, which programs print at the foot of the first page."""
    return data.replace(b"<identification>", f"<identification><rights>{escape(line)}</rights>".encode(), 1)


def _midi(data: bytes, _: str, line: str) -> bytes:
    """A copyright notice, the one event of text that every program shows, at the start of the first track."""
    at = 8 + int.from_bytes(data[4:8])
    size = int.from_bytes(data[at + 4 : at + 8])
    event = b"\x00\xff\x02" + bytes([len(text := line.encode()[:127])]) + text
    return b"".join([data[: at + 4], struct.pack(">I", size + len(event)), event, data[at + 8 :]])


def _svg(data: bytes, _: str, line: str) -> bytes:
    """The line in the lower right corner of the drawing, as high as a mark on pixels."""
    found = _VIEW_BOX.search(data[:5_000])
    end = data.rfind(b"</svg>")
    if found is None or end < 0:
        raise ValueError("a drawing without a size")
    x, y, width, height = (float(value) for value in found.groups())
    size = max(SHARE * min(width, height) / 2, min(width, height) / 60)
    text = (
        f'<text x="{x + width - size / 2:.2f}" y="{y + height - size / 2:.2f}" font-size="{size:.2f}" '
        f'font-family="sans-serif" text-anchor="end" fill="#444" stroke="none">{escape(line)}</text>'
    )
    return data[:end] + text.encode() + data[end:]


_STILL: dict[str, Callable[[bytes, str, bytes | None], bytes]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
}
_KINDS: dict[str, Callable[[bytes, str, str], bytes]] = {
    "image/gif": _gif,
    "image/svg+xml": _svg,
    "video/mp4": _clip("mp4", ("libx264", "mpeg4"), {"crf": "20", "preset": "veryfast", "threads": "1"}),
    "video/webm": _clip(
        "webm",
        ("libvpx-vp9",),
        {"crf": "30", "b:v": "0", "deadline": "realtime", "cpu-used": "7", "threads": "1"},
    ),
    "audio/wav": _wav,
    "audio/ogg": _encoded("ogg", "libopus"),
    "audio/mpeg": _encoded("mp3", "libmp3lame"),
    "audio/midi": _midi,
    "text/vnd.abc": _abc,
    "application/vnd.recordare.musicxml+xml": _musicxml,
    "text/plain": _text,
    "text/markdown": _text,
}
