"""Style: the painters against plain arithmetic, their memory, and the slow way's patience.

The peer is the same network in float32 and NCHW, run as written. Seconds stand beside the ratios, since
the tab's promise is one of seconds; they hold for an idle machine with two cores.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from aigc_demo import bench
from aigc_demo.engine import sources
from aigc_demo.pictures.picture import read_picture, to_tensor
from aigc_demo.settings import ROOT, Settings
from aigc_demo.tasks.style import gatys, pipeline, style_bank, vgg, weights
from aigc_demo.tasks.style.models import GATYS
from aigc_demo.tasks.style.params import StyleParams
from aigc_demo.tasks.style.renderer import StyleRenderer, fastest_dtype

SIDE, ROUNDS = 512, 7
_PEAK = (
    "import sys; sys.path.insert(0, sys.argv[1]); from aigc_demo.bench.style import peak; "
    "print(peak(int(sys.argv[2])))"
)


def main() -> None:
    """Measure and tell."""
    bench.tell(figures())


def figures() -> list[bench.Figure]:
    """All figures of the style task; the slow way only where its weights are here or can be fetched."""
    return [*_fast(), _any(), _memory(), *_slow()]


def _fast() -> list[bench.Figure]:
    path = style_bank.FAST / "model.safetensors"
    plain, codes = weights.load_table(path)
    painter = StyleRenderer(weights.load_table(path)[0])
    scene = photo(SIDE)

    def peer() -> None:
        with torch.inference_mode():
            plain(scene[None], codes[24])

    ours, theirs = alternated(lambda: painter(scene, codes[24]), peer)
    kind = str(painter.dtype).removeprefix("torch.")
    note = f"{SIDE} px, {torch.get_num_threads()} threads: {ours:.3f} s ({kind}) against {theirs:.3f} s"
    return [
        bench.at_least("style.fast", theirs / ours, 2.0, f"plain float32 NCHW over ours, {note}"),
        seconds("style.fast.seconds", ours, 0.25, note),
    ]


def _any() -> bench.Figure:
    bank = style_bank.StyleBank()
    scene = photo(SIDE)
    style = bank.picture("mosaic", "")

    def restyle() -> None:
        layer = style_bank.Layer(bank.any_renderer, bank.vector(style), 1.0)
        style_bank.stylize([layer], scene, 1.0)

    ours, _ = alternated(restyle, lambda: None)
    return seconds("style.any.seconds", ours, 0.4, f"{SIDE} px, the style picture read each time")


def _memory() -> bench.Figure:
    small, large = (_peak_of(side) for side in (512, 1024))
    note = f"peak RSS of a process that paints at 1024 px over one at 512 px: {large} over {small} MB"
    return bench.at_most("style.memory", large / small, 1.5, note)


def _peak_of(side: int) -> int:
    command = [sys.executable, "-c", _PEAK, str(ROOT), str(side)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.split()[-1])


def peak(side: int) -> int:
    """Megabytes this process has held at most after painting one square of this side."""
    import resource

    net, codes = weights.load_table(style_bank.FAST / "model.safetensors")
    StyleRenderer(net)(photo(side), codes[24])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _slow() -> list[bench.Figure]:
    settings = Settings()
    if settings.offline and not sources.installed(GATYS, settings):
        return []
    folder = sources.fetch(GATYS, settings, lambda *_: None)
    network = vgg.load_vgg(pipeline.weights_file(folder), sources.work(GATYS, settings), fastest_dtype("cpu"))
    scene, style = photo(256)[None], to_tensor(style_bank.StyleBank().picture("ink_wash", ""))[None]
    shown: list[float] = []

    def on_step(_: gatys.Step) -> None:
        shown.append(time.perf_counter() - began)

    style = gatys.resized(style, [256, 256])
    began = time.perf_counter()
    gatys.paint(network, scene, [(style, 1.0)], scene, gatys.Recipe(steps=150), on_step)
    note = "256 x 256 px, 150 iterations, the eyes loaded"
    return [
        seconds("style.gatys.seconds", shown[-1], 90.0, note),
        seconds("style.gatys.first", shown[0], 3.0, f"until the first preview; {note}"),
    ]


def photo(side: int) -> Tensor:
    """The example photo as a square (3, side, side) in 0..1."""
    image = read_picture(style_bank.photo(StyleParams().photo), "content").image
    return to_tensor(image.resize((side, side)))


def alternated(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Medians in seconds of the two, measured in turn after one warming round."""
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + 1):
        for work, kept in zip((ours, theirs), times, strict=True):
            began = time.perf_counter()
            work()
            if round_:
                kept.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def seconds(name: str, value: float, limit: float, note: str) -> bench.Figure:
    """A time that shall not be longer than its limit."""
    return replace(bench.at_most(name, value, limit, note), unit="seconds, at most")
