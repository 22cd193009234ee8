#!/bin/sh
# One would guess: after seek(n), info["duration"] tells how long frame n of an animation is shown, in any format that
# Pillow reads.
# True in Pillow 12.3.0: so it is for GIF and animated PNG. For WebP and AVIF it is told by load(), not by seek(): after
# seek(n) it is the last frame's that was loaded, so that a loop over ImageSequence which reads the duration before the
# pixels gets them all shifted by one, and none for the first. No error, and where all are equal nothing shows.
# Source: Pillow issues 7311 and 9790, pull request 9791 (clears the old value).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pillow==12.3.0
"$work/venv/bin/python" - <<'PY'
import io

import PIL
from PIL import Image, ImageSequence

GIVEN = [100, 200, 300]
frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
found = {}
for name in ("GIF", "PNG", "WEBP", "AVIF"):
    file = io.BytesIO()
    frames[0].save(file, name, save_all=True, append_images=frames[1:], duration=GIVEN)
    told = []
    for frame in ImageSequence.Iterator(Image.open(file)):
        before = frame.info.get("duration")
        frame.load()
        told.append((before, frame.info["duration"]))
    found[name] = tuple(list(column) for column in zip(*told, strict=True))
print("Pillow", PIL.__version__, f"- frames saved with durations {GIVEN}, read back:")
for name, (before, after) in found.items():
    print(f"  {name}: {before} after seek, {after} after load")
assert all(after == GIVEN for _, after in found.values()), "this has changed"
assert found["GIF"][0] == found["PNG"][0] == GIVEN, "this has changed"
assert found["WEBP"][0] == found["AVIF"][0] == [None, 100, 200], "this has changed"
print("As described: two formats tell the duration of the frame before.")
PY
