#!/bin/sh
# One would guess: two channels of sound are "stereo" in PyAV, whichever file they come from, and what a decoded frame
# says of itself will do to encode it again.
# True in PyAV 18.1.0: plain WAV, AIFF and AU have no word for the layout, so a frame from them is "2 channels", with
# channels of no name ("NONE"), where the same sound from FLAC or MP4 is "stereo". Comparing with "stereo" fails, and
# AAC refuses the layout that the frame gave ("Invalid argument"). A resampler to "stereo" takes it.
# Source: FFmpeg's AV_CHANNEL_ORDER_UNSPEC, which programs on its library replace by av_channel_layout_default; the
# same met in another binding, humble-video issue 57.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import io

import av
import numpy as np


def encoded(frame, kind, codec, layout):
    """A file of this kind with the frame in it."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as out:
        stream = out.add_stream(codec, rate=44100, layout=layout)
        for part in av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=44100).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    file.seek(0)
    return file


def first(file):
    with av.open(file) as source:
        return next(source.decode(audio=0))


def silence():
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.int16), format="s16", layout="stereo")
    frame.sample_rate = 44100
    return frame


kinds = {"wav": "pcm_s16le", "aiff": "pcm_s16be", "au": "pcm_s16be", "flac": "flac", "mp4": "aac"}
found = {kind: first(encoded(silence(), kind, codec, "stereo")).layout for kind, codec in kinds.items()}
print("PyAV", av.__version__, "- one stereo sound, read back:")
for kind, layout in found.items():
    print(f"  {kind}: {layout.name}, channels {[channel.name for channel in layout.channels]}")
again = {}
for kind in ("wav", "flac"):
    frame = first(encoded(silence(), kind, kinds[kind], "stereo"))
    try:
        encoded(frame, "mp4", "aac", frame.layout.name)
        again[kind] = "encoded"
    except av.error.ArgumentError:
        again[kind] = "Invalid argument"
    print(f"  the {kind} frame to AAC with its own layout: {again[kind]}")
names = [layout.name for layout in found.values()]
assert names == ["2 channels"] * 3 + ["stereo"] * 2, "this has changed"
assert again == {"wav": "Invalid argument", "flac": "encoded"}, "this has changed"
print("As described: the layout is the file's, not the sound's.")
PY
