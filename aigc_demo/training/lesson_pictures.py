"""Small picture models for the lessons on diffusion, the VAE and comparing, by the app's own learners.

``python -m aigc_demo.training.lesson_pictures [--only flow vae]`` trains on the digits that ship and
writes numbers that a browser can compute with below ``assets/ui/learn/data``: weights as 16-bit integers with
a scale each, digits that were held back, and a few results by PyTorch for a test to compare. Knows the
learners; knows no page.
"""

from __future__ import annotations

import argparse
import base64
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load as load_tensors
from torch import Tensor

from aigc_demo.learning import sheet
from aigc_demo.learning.pictures import data, judge, model
from aigc_demo.learning.pictures.model import PictureConfig
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.train_pictures.flow import FlowLearner
from aigc_demo.tasks.train_pictures.learner import PictureLearner, Recipe
from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.tasks.train_pictures.pipeline import learner_for
from aigc_demo.tasks.train_pictures.vae import VaeLearner

FOLDER = ASSETS / "ui" / "learn" / "data"
SEED = 4
FLOW_STEPS, FLOW_WIDTH = 6000, 96
VAE_STEPS, VAE_WIDTH = 4000, 64
BETAS = (0.1, 1.0, 10.0)
COMPARED = ("gan", "vae", "flow")
COMPARED_SECONDS = 30.0
SHOWN = 60
"""Digits held back that go along."""


class WeighedVae(VaeLearner):
    """A VAE whose latent counts ``beta`` times (Higgins and others 2017); at 1 it is the plain one."""

    def __init__(self, known: data.PictureSet, config: PictureConfig, recipe: Recipe, beta: float) -> None:
        self.beta = beta
        super().__init__(known, config, recipe)

    def _losses(self, pictures: Tensor, labels: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        error, told = super()._losses(pictures, labels, noise)
        return error, self.beta * told


# -- flow -----------------------------------------------------------------------------------------------


def flow() -> dict[str, Any]:
    """A small flow, and what PyTorch draws with it from one noise."""
    known = data.digits()
    config = _config("flow", 64, FLOW_WIDTH)
    learner = FlowLearner(known, config, Recipe(128, SEED))
    measures = _train(learner, FLOW_STEPS)
    net = _drawing(learner)
    noise = torch.randn(1, 64, generator=torch.Generator().manual_seed(SEED))
    label = torch.eye(10)[[3]]
    drawn = model.draw(net, config, noise, label, steps=10, guidance=2.0)
    return {
        "width": FLOW_WIDTH,
        "steps": FLOW_STEPS,
        "measures": measures,
        "tensors": _packed(net.state_dict()),
        "digits": _digits(known, 30),
        "check": {"noise": _rounded(noise), "label": 3, "steps": 10, "guidance": 2, "drawn": _rounded(drawn)},
    }


# -- VAE ------------------------------------------------------------------------------------------------


def vae() -> dict[str, Any]:
    """Three VAEs over two numbers, that know no labels; they differ by how much the latent counts."""
    known = _unlabelled(data.digits())
    config = _config("vae", 2, VAE_WIDTH)
    nets = []
    for beta in BETAS:
        learner = WeighedVae(known, config, Recipe(64, SEED), beta)
        _train(learner, VAE_STEPS)
        net = _drawing(learner)
        held, none = known.held_pictures, known.held_labels
        with torch.no_grad():
            mean, log_variance = learner.encoder(held, none)
            error = (net(mean, none) - held).square().mean().sqrt() / 2
            told = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
            redrawn = net(mean[:1], none[:1])
        nets.append(
            {
                "beta": beta,
                "error": round(float(error), 4),
                "nats": round(float(told), 3),
                "decoder": _packed(net.state_dict()),
                "encoder": _packed(learner.encoder.state_dict()),
                "check": {"mean": _rounded(mean[:1]), "redrawn": _rounded(redrawn)},
            }
        )
    return {"width": VAE_WIDTH, "steps": VAE_STEPS, "nets": nets, "digits": _digits(data.digits(), SHOWN * 4)}


def _unlabelled(known: data.PictureSet) -> data.PictureSet:
    from dataclasses import replace

    return replace(
        known,
        labels=torch.zeros_like(known.labels),
        held_labels=torch.zeros_like(known.held_labels),
    )


# -- compared -------------------------------------------------------------------------------------------


def compare() -> dict[str, Any]:
    """The three on the same digits and for the same seconds of one core, each as the app's form begins."""
    known = data.digits()
    real = judge.variety("digits", known.held_pictures, known.held_labels)
    rows = []
    for method in COMPARED:
        learner = learner_for(TrainPicturesParams.model_validate({"method": method, "seed": SEED}))
        began, steps = time.process_time(), 0
        while time.process_time() - began < COMPARED_SECONDS:
            steps += 1
            learner.step(steps)
        net, config = _drawing(learner), learner.config
        labels = torch.eye(10)[torch.arange(500) % 10]
        noise = torch.randn(500, model.noise_size(config), generator=torch.Generator().manual_seed(SEED))
        began = time.process_time()
        drawn = model.draw(net, config, noise, labels)
        speed = 500 / (time.process_time() - began)
        sheet.grid(data.to_bytes(drawn[:64]), scale=4).save(FOLDER / f"compare-{method}.webp", lossless=True)
        rows.append(
            {
                "method": method,
                "steps": steps,
                "parameters": sum(part.numel() for part in net.parameters()),
                "recognised": round(judge.recognised(drawn, labels), 4),
                "frechet": round(
                    judge.frechet(
                        judge.features("digits", drawn), judge.features("digits", known.held_pictures)
                    ),
                    2,
                ),
                "variety": round(judge.variety("digits", drawn, labels) / real, 3),
                "pictures_per_second": round(speed),
            }
        )
    return {
        "seconds": COMPARED_SECONDS,
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "rows": rows,
    }


# -- EmojiFlow's way ------------------------------------------------------------------------------------

PROMPT = {"en": "a blue cat", "zh": "蓝色的猫"}
GUIDANCES = (1.0, 3.0, 8.0)
PAINTED_STEPS = 20
FRAMES = (1, 3, 5, 8, 11, 14, 17, 20)


def emojiflow() -> dict[str, Any]:
    """The shipped painter's own steps, one row of pictures for each strength of guidance."""
    from PIL import Image

    from aigc_demo.tasks.image.flow import EmojiFlowPipeline
    from aigc_demo.tasks.image.quantize import quantize_all_

    pipeline = quantize_all_(EmojiFlowPipeline.from_pretrained(ASSETS / "models" / "emojiflow"))
    for guidance in GUIDANCES:
        found: dict[int, Tensor] = {}

        def keep(
            _pipeline: Any, step: int, _time: Tensor, tensors: dict[str, Tensor], found: Any = found
        ) -> None:
            if step + 1 in FRAMES:
                found[step + 1] = pipeline.decode(tensors["latents"].clone())[0]

        pipeline(
            PROMPT["en"],
            num_inference_steps=PAINTED_STEPS,
            guidance_scale=guidance,
            generator=torch.Generator().manual_seed(0),
            callback_on_step_end=keep,
            callback_on_step_end_tensor_inputs=["latents"],
        )
        row = Image.new("RGB", (64 * len(FRAMES), 64), "white")
        for place, step in enumerate(FRAMES):
            pixels = ((found[step].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
            row.paste(Image.fromarray(pixels), (64 * place, 0))
        row.save(FOLDER / f"emojiflow-{guidance:g}.webp", quality=90, method=6)
    return {"prompt": PROMPT, "steps": PAINTED_STEPS, "frames": FRAMES, "guidances": GUIDANCES, "seed": 0}


# -- what they share ------------------------------------------------------------------------------------


def _config(method: Any, noise: int, width: int) -> PictureConfig:
    known = data.digits()
    return PictureConfig(
        method=method,
        data=known.id,
        side=8,
        channels=1,
        names=known.names,
        exclusive=True,
        noise=noise,
        width=width,
    )


def _train(learner: PictureLearner, steps: int) -> dict[str, float]:
    """With a rate that falls to nothing over the last half."""
    rate = 2e-3
    for number in range(1, steps + 1):
        left = (steps - number) / steps
        learner.set_learning_rate(rate * min(1.0, 2 * left))
        learner.step(number)
    return {name: round(value, 4) for name, value in learner.validate().items()}


def _drawing(learner: PictureLearner) -> torch.nn.Module:
    """The averaged network, as a visitor's model file holds it."""
    files = learner.files({"steps": 0, "ended": "steps", "measures": {}})
    content = next(one.data for one in files if one.kind == "model")
    net = model.network(learner.config)
    net.load_state_dict(load_tensors(content or b""))
    return net.eval()


def _packed(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Tensors as 16-bit integers: shape, scale and base64 by name."""
    found = {}
    for name, tensor in weights.items():
        scale = float(tensor.abs().max()) / 32767 or 1.0
        whole = (tensor / scale).round().to(torch.int16).numpy().astype("<i2")
        found[name] = {
            "shape": list(tensor.shape),
            "scale": scale,
            "data": base64.b64encode(whole.tobytes()).decode(),
        }
    return found


def _digits(known: data.PictureSet, count: int) -> dict[str, Any]:
    """Digits that were held back, a hex figure pair for each grey from 0 to 16, and what they are."""
    grey = ((known.held_pictures[:count, 0] + 1) * 8).round().to(torch.uint8).numpy()
    rows = ["".join(f"{value:02x}" for value in one.flatten()) for one in grey]
    return {"pictures": rows, "labels": known.held_labels[:count].argmax(1).tolist()}


def _rounded(tensor: Tensor) -> list[float]:
    return [round(float(value), 4) for value in np.ravel(tensor.numpy())]


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "flow": flow,
    "vae": vae,
    "compare": compare,
    "emojiflow": emojiflow,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write what is named, else everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for name in options.only:
        path: Path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(PARTS[name](), separators=(",", ":")) + "\n", "utf-8")
        print(name, path.stat().st_size, "bytes", flush=True)


if __name__ == "__main__":
    main()
