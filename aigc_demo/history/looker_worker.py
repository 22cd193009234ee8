"""A process of its own in which pictures are looked at: a script, run by its path.

Knows how Yahoo's open_nsfw wants a picture: 256 points a side, once through JPEG, the middle 224, blue first,
less the mean of what it was trained on. Its memory is bounded. Source: Mahadeokar and Pesavento, "Open
sourcing a deep learning solution for detecting NSFW images", 2016.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path
from typing import Any

SIDE, MIDDLE = 256, 224
MEAN = (104.0, 117.0, 123.0)
"""Blue, green, red."""


def main() -> None:
    """Answer until stdin ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from aigc_demo.provenance import c2pa_worker

    c2pa_worker.bound()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while (asked := c2pa_worker.receive(source)) is not None:
        request, (data,) = asked
        try:
            c2pa_worker.send(target, {"likeness": likeness(data, request["model"])})
        except Exception as error:  # whatever a decoder raises is the answer
            c2pa_worker.send(target, {"error": type(error).__name__, "message": str(error)[:300]})


def likeness(data: bytes, model: str) -> float:
    """How likely a picture shows sexual content, in 0..1, by the model in this file."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
        small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    edge = (SIDE - MIDDLE) // 2
    middle = io.BytesIO()
    small.crop((edge, edge, edge + MIDDLE, edge + MIDDLE)).save(middle, "JPEG")
    pixels = np.asarray(Image.open(middle), np.float32)[:, :, ::-1] - np.array(MEAN, np.float32)
    session = _session(model)
    name = session.get_inputs()[0].name
    safe_and_not = session.run(None, {name: np.ascontiguousarray(pixels)[None]})[0]
    return float(safe_and_not[0][1])


@cache
def _session(model: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
