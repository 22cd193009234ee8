"""What labels cost: a file labelled and signed when it is stored, marked when it is taken away, checked.

Warm, the best of several, beside c2pa-python called by itself in the same run.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aigc_demo import bench, provenance
from aigc_demo.history.taking import PATIENCE
from aigc_demo.provenance import c2pa_worker, keys, visible_worker
from aigc_demo.provenance.checking import check
from aigc_demo.provenance.helper import Helper
from aigc_demo.provenance.signing import Signing, manifest
from aigc_demo.types import Output

TIMES = 15
_METADATA = provenance.Metadata("a" * 26, "image", "m", params={"prompt": "a cat" * 20, "seed": 1}, seed=1)


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as folder:
        signing, helper = Signing("own", Path(folder)), Helper(Path(visible_worker.__file__))
        try:
            bench.tell(_figures(signing, helper))
        finally:
            signing.close()
            helper.close()


def _figures(signing: Signing, helper: Helper) -> list[bench.Figure]:
    found = [
        *_of_one("picture", "a picture of 256 px", "image/png", _picture(), 0.1, signing, helper),
        *_of_one("sound", "30 s of sound", "audio/wav", _sound(), 0.3, signing, helper),
    ]
    large = signing.sign(_large(), "image/png", "a")
    seconds = _best(lambda: check(large, signing.manifests))
    note = f"a signed PNG of {len(large) / 1e6:.1f} MB checked, all layers but the invisible mark"
    return [*found, _within("files.verify", seconds, 1.0, note)]


def _of_one(
    name: str, what: str, kind: str, data: bytes, most: float, signing: Signing, helper: Helper
) -> list[bench.Figure]:
    """One file on its way into the store, and out of it."""

    def stored() -> bytes:
        output = Output("file", "a", kind, data=data)
        return signing.sign(provenance.stamp(output, _METADATA).data, kind, "a")

    whole, key = stored(), signing.watermark_key

    def taken() -> bytes:
        asked = {"media_type": kind, "mark": "AI-generated", "line": "", "key": key.hex() if key else None}
        _, (marked,) = helper.ask(PATIENCE, asked, whole)
        return signing.sign(provenance.with_labels_of(marked, whole, kind), kind, "a")

    seconds, alone = _best(stored), _best(_alone(data, kind))
    note = f"{what}, labelled and signed; c2pa-python alone {alone * 1000:.1f} ms"
    second = f"{what} taken away: with the marks that people do and do not see or hear, labelled and signed"
    return [
        _within(f"files.{name}", seconds, most, note),
        _within(f"files.{name}.taken", _best(taken), most, second),
    ]


def _within(name: str, seconds: float, most: float, note: str) -> bench.Figure:
    return bench.Figure(name, round(seconds, 4), most, "seconds, at most", seconds <= most, note)


def _alone(data: bytes, kind: str) -> Callable[[], Any]:
    """The library in this process, with nothing of ours around it."""
    import c2pa

    made = keys.make()
    info = c2pa.C2paSignerInfo(made.algorithm.encode(), made.chain.encode(), made.key.encode(), None)
    signer = c2pa.Signer.from_info(info)
    context = c2pa.Context(c2pa.Settings.from_dict(c2pa_worker.settings_of({})))
    told = json.dumps(manifest("a", ()))
    return lambda: c2pa.Builder(told, context).sign(signer, kind, io.BytesIO(data), io.BytesIO())


def _best(call: Callable[[], Any]) -> float:
    """Seconds of the quickest of several calls, after one that nobody counts."""
    call()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return min(took)


def _picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((256, 256), 60).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def _large() -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (1_826, 1_826, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def _sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as target:
        target.setparams((2, 2, 44_100, 0, "NONE", ""))
        target.writeframes(np.random.default_rng(1).integers(-9_000, 9_000, 30 * 88_200, np.int16).tobytes())
    return buffer.getvalue()
