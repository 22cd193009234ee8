"""Image: enlarging, and EmojiFlow where its weights are, in seconds that a visitor waits.

Ratios are against the same model called plainly: many steps, float32, no distillation. Seconds hold for an
idle machine with two cores.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import torch
from PIL import Image

from aigc_demo import bench
from aigc_demo.engine import memory
from aigc_demo.pictures.enlarging import Enlarger
from aigc_demo.settings import ASSETS, ROOT, Settings
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.types import LoadContext, Partial, Placement

SIDE, ROUNDS = 256, 5
WISHES = ("a red apple", "a green frog", "一只蓝色的猫", "a slice of pizza", "火箭")
UPSCALER, EMOJIFLOW = ASSETS / "models" / "upscale", ASSETS / "models" / "emojiflow"
PLAIN_STEPS = 25
_RESIDENT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from aigc_demo.bench.image import resident; "
    "print(resident())"
)


def main() -> None:
    """Measure and tell."""
    bench.tell(figures())


def figures() -> list[bench.Figure]:
    """All figures of the image task; EmojiFlow's only where its weights are in the repository."""
    return [_enlarging(), *(_painting() if (EMOJIFLOW / "manifest.json").exists() else [])]


def _enlarging() -> bench.Figure:
    enlarger, picture = Enlarger(UPSCALER), photo()
    best = min(_timed(lambda: enlarger(picture, 4)) for _ in range(ROUNDS))
    note = f"{SIDE} px to {4 * SIDE} px, {torch.get_num_threads()} threads, the network loaded"
    return _seconds("image.upscale.seconds", best, 1.0, note)


def _painting() -> list[bench.Figure]:
    model, plain_model = emojiflow(), EmojiFlowPipeline.from_pretrained(EMOJIFLOW)
    shown: list[float] = []

    def on_event(event: object) -> None:
        if isinstance(event, Partial):
            shown.append(time.perf_counter() - began)

    model(_request("a blue cat"), lambda _: None)
    first, whole, plain = [], [], []
    for prompt in WISHES:  # new words each time: words read before are kept
        shown.clear()
        began = time.perf_counter()
        model(_request(prompt), on_event)
        whole.append(time.perf_counter() - began)
        first.append(shown[0])
        plain.append(_timed(lambda prompt=prompt: _plainly(plain_model, prompt)))
    note = f"four steps and the enlarging to 256 px, {torch.get_num_threads()} threads, warm"
    ratio = min(plain) / min(whole)
    return [
        _seconds("image.emojiflow.first", min(first), 0.5, "until the first preview"),
        _seconds("image.emojiflow.seconds", min(whole), 1.0, note),
        bench.at_least(
            "image.emojiflow",
            ratio,
            4.0,
            f"{PLAIN_STEPS} guided steps of the plain pipeline over ours, {note}",
        ),
        _resident(),
    ]


def _request(prompt: str) -> ImageParams:
    return ImageParams(prompt=prompt, width=256, height=256, num_inference_steps=4, seed=3)


def _plainly(pipe: EmojiFlowPipeline, prompt: str) -> Image.Image:
    """The same picture as the plain pipeline gives it when called as its docstring says, enlarged alike."""
    small = pipe(prompt, num_inference_steps=PLAIN_STEPS, guidance_scale=3.0).images[0]
    return Enlarger(UPSCALER)(small, 4)


def emojiflow() -> Any:
    """The model as the worker loads it."""
    from aigc_demo.tasks.image import emoji
    from aigc_demo.tasks.image.models import EMOJIFLOW as SPEC

    return emoji.load(
        LoadContext(SPEC, EMOJIFLOW, EMOJIFLOW, Placement(), lambda *_: None, settings=Settings())
    )


def _resident() -> bench.Figure:
    command = [sys.executable, "-c", _RESIDENT, str(ROOT)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    note = "megabytes of a process with EmojiFlow, its text encoder and the upscaler after a picture"
    figure = bench.at_most("image.emojiflow.memory", float(done.stdout.split()[-1]), 700.0, note)
    return replace(figure, unit="MB, at most")


def resident() -> int:
    """Megabytes that this process holds after one picture, loaded as the pool of models does it."""
    model = emojiflow()
    memory.give_back()
    model(_request("a blue cat"), lambda _: None)
    return memory.rss() >> 20


def photo() -> Image.Image:
    """The example photo as a square of ``SIDE`` pixels."""
    image = Image.open(ASSETS / "examples" / "style" / "cat.webp").convert("RGB")
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _seconds(name: str, value: float, limit: float, note: str) -> bench.Figure:
    """A time that shall not be longer than its limit."""
    return replace(bench.at_most(name, value, limit, note), unit="seconds, at most")
