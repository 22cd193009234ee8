"""Training the classifier that judges drawn digits: half a minute on one core.

    python -m aigc_demo.training.digits_judge

It learns from the digits that generators learn from too, with shifts and noise, and is measured on those held
back. Writes ``assets/models/digits-judge``.
"""

from __future__ import annotations

import argparse
import hashlib
import json

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from aigc_demo.learning.pictures.data import digits
from aigc_demo.learning.pictures.judge import classifier
from aigc_demo.settings import ASSETS

TARGET = ASSETS / "models" / "digits-judge"

CARD = """# Digits judge

A classifier of 8 x 8 digits (64-128-64-10, 17 thousand weights) that says what a drawn digit looks like. Its
last but one layer gives the features that the Fréchet distance of drawn and real digits is measured in.
Trained by `python -m aigc_demo.training.digits_judge` on four fifths of the UCI digits (CC BY 4.0) with
noise; right on {accuracy:.1%} of the fifth that was held back, and never shown a drawn digit. It knows
nothing but digits: a scribble is some digit to it. Weights: MIT.
"""


def main(arguments: list[str] | None = None) -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=120)
    epochs = parser.parse_args(arguments).epochs
    torch.set_num_threads(1)
    torch.manual_seed(0)
    known, net = digits(), classifier()
    pictures, labels = known.pictures.flatten(1), known.labels.argmax(1)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.05, fused=True)
    steps = epochs * -(-len(labels) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(64):
            noisy = pictures[batch] + 0.3 * torch.randn(len(batch), 64)
            loss = F.cross_entropy(net(noisy), labels[batch], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    accuracy = _accuracy(net.eval()(known.held_pictures.flatten(1)), known.held_labels)
    print(f"held back: {accuracy:.4f}")
    TARGET.mkdir(parents=True, exist_ok=True)
    save_file(net.state_dict(), TARGET / "model.safetensors")
    (TARGET / "card.md").write_text(CARD.format(accuracy=accuracy), "utf-8")
    data = (TARGET / "model.safetensors").read_bytes()
    files = {"model.safetensors": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}
    (TARGET / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n", "utf-8")


def _accuracy(scores: Tensor, labels: Tensor) -> float:
    return float((scores.argmax(1) == labels.argmax(1)).float().mean())


if __name__ == "__main__":
    main()
