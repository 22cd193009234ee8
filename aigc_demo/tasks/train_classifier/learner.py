"""A classifier that learns: batches of digits, the report on those held back, what it sees, files.

Knows what a step, a check and the files are; see :class:`aigc_demo.learning.run.Learner`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor

from aigc_demo.learning import sheet
from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.pictures.data import PictureSet, to_bytes
from aigc_demo.learning.tags.report import by_label
from aigc_demo.learning.weights import seeded
from aigc_demo.tasks.train_classifier.net import Classifier, saliency, worst_signs
from aigc_demo.types import Output

EPSILONS = tuple(round(0.02 * step, 2) for step in range(16))
"""How far a pixel may be moved, of two from black to white."""
SHOWN = 20
"""Digits held back that are looked into: two of each."""


class ClassifierLearner:
    """A fresh classifier.

    Args:
        data: pictures with one label each.
        width: filters of its first layer.
        batch_size: pictures in a step.
        seed: everything random follows from it and the number of a step.
    """

    def __init__(self, data: PictureSet, width: int, batch_size: int, seed: int) -> None:
        self.data, self.width, self.batch_size, self.seed = data, width, batch_size, seed
        self.net = Classifier(width)
        seeded(self.net, self._rng("weights"))
        self._adam = Adam([self.net], 1e-3)
        self._labels, self._held = data.labels.argmax(1), data.held_labels.argmax(1)
        self._looked_at = torch.cat([(self._held == digit).nonzero()[:2, 0] for digit in range(10)])[:SHOWN]

    @property
    def identity(self) -> dict[str, Any]:
        """What is trained, so that only the same is gone on with."""
        return {"kind": "classifier", "data": self.data.id, "width": self.width}

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Guess the digits of a batch, and go down the surprise."""
        picked = torch.randint(len(self._labels), (self.batch_size,), generator=self._rng(f"batch {number}"))
        loss = F.cross_entropy(self.net(self.data.pictures[picked]), self._labels[picked])
        self._adam.descend(loss)
        return {"loss": loss.detach()}

    @torch.no_grad()
    def validate(self) -> Mapping[str, float]:
        """The loss on digits held back, and how many of them are right."""
        scores = self.net(self.data.held_pictures)
        right = (scores.argmax(1) == self._held).float().mean()
        return {"validation": float(F.cross_entropy(scores, self._held)), "accuracy": float(right)}

    def samples(self) -> Output:
        """Its filters as they are now."""
        return self._filters("samples.png", 8)

    def set_learning_rate(self, rate: float) -> None:
        """From the next step on."""
        self._adam.rate = rate

    def state(self) -> dict[str, Tensor]:
        """Weights, and what the optimiser remembers."""
        weights = {f"net.{name}": tensor.detach() for name, tensor in self.net.state_dict().items()}
        return weights | self._adam.state("adam")

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take up a state of the same kind of run."""
        self.net.load_state_dict({name: state[f"net.{name}"] for name in self.net.state_dict()})
        self._adam.load("adam", state)

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """Its filters, the model, the report, and what it sees and is fooled by."""
        found = {name: round(value, 4) for name, value in measures["measures"].items()}
        told = {"steps": measures["steps"], "ended": measures["ended"], **found}
        weights = save(
            {name: tensor.detach().contiguous() for name, tensor in self.net.state_dict().items()},
            {"config": json.dumps(self.identity)},
        )
        config, report, seen = (
            json.dumps(one).encode() for one in (self.identity, self.report(), self.seen())
        )
        return (
            self._filters("filters.png", 32),
            Output("model", "model.safetensors", "application/vnd.safetensors", data=weights, meta=told),
            Output("file", "config.json", "application/json", data=config),
            Output("file", "report.json", "application/json", data=report),
            Output("file", "seen.json", "application/json", data=seen),
        )

    @torch.no_grad()
    def report(self) -> dict[str, Any]:
        """Scores by digit, averages, and what was taken for what, over the digits held back."""
        guesses = self.net(self.data.held_pictures).argmax(1).tolist()
        pairs = Counter(
            (str(one), str(other)) for one, other in zip(self._held.tolist(), guesses, strict=True)
        )
        return by_label(pairs, [str(digit) for digit in range(10)])

    def seen(self) -> dict[str, Any]:
        """For some digits what the network looks at, which way each pixel fools it, and what it then says."""
        pictures, labels = self.data.held_pictures[self._looked_at], self._held[self._looked_at]
        signs = worst_signs(self.net, pictures, labels)
        looks = saliency(self.net, pictures, labels)
        looks = looks / looks.flatten(1).max(1).values.clamp_min(1e-9)[:, None, None]
        guesses = torch.stack([self._guess(pictures, signs, size) for size in EPSILONS], 1).tolist()
        all_signs = worst_signs(self.net, self.data.held_pictures, self._held)
        right = [
            float((self._guess(self.data.held_pictures, all_signs, size) == self._held).float().mean())
            for size in EPSILONS
        ]
        return {
            "epsilons": list(EPSILONS),
            "accuracy": [round(one, 4) for one in right],
            "digits": [
                {
                    "label": int(label),
                    "pixels": [round(one, 3) for one in picture.flatten().tolist()],
                    "signs": [int(one) for one in sign.flatten().tolist()],
                    "saliency": [round(one, 3) for one in look.flatten().tolist()],
                    "guesses": guess,
                }
                for label, picture, sign, look, guess in zip(
                    labels, pictures, signs, looks, guesses, strict=True
                )
            ],
        }

    @torch.no_grad()
    def _guess(self, pictures: Tensor, signs: Tensor, size: float) -> Tensor:
        return self.net((pictures + 2 * size * signs).clamp(-1, 1)).argmax(1)

    def _filters(self, name: str, scale: int) -> Output:
        filters = self.net.first.weight.detach()
        image = sheet.grid(to_bytes(filters / filters.abs().max().clamp_min(1e-9)), columns=4, scale=scale)
        meta = {"width": image.width, "height": image.height}
        return Output("image", name, "image/png", data=sheet.png(image), meta=meta)

    def _rng(self, what: str) -> torch.Generator:
        seed = int.from_bytes(hashlib.sha256(f"{self.seed} {what}".encode()).digest()[:8], "big")
        return torch.Generator().manual_seed(seed >> 1)
