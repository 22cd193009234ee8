"""A classifier that learns: batches of digits, the report on those held back, what it sees, files.

Knows what a step, a check and the files are; see :class:`aigc_demo.learning.run.Learner`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor, nn

from aigc_demo.learning import sheet
from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.pictures.data import PictureSet, to_bytes
from aigc_demo.learning.tags.report import by_label
from aigc_demo.learning.weights import seeded
from aigc_demo.tasks.train_classifier import pretext
from aigc_demo.tasks.train_classifier.net import Classifier, saliency, worst_signs
from aigc_demo.tasks.train_classifier.params import Pretext
from aigc_demo.tasks.train_classifier.pretext import Pretraining
from aigc_demo.types import Output

EPSILONS = tuple(round(0.02 * step, 2) for step in range(16))
"""How far a pixel may be moved, of two from black to white."""
SHOWN = 20
"""Digits held back that are looked into: two of each."""


@dataclass(frozen=True)
class Recipe:
    """How steps are taken: of each digit ``labels`` have theirs (None: all), and what is learnt before."""

    batch_size: int
    seed: int
    labels: int | None = None
    pretext: Pretext = "none"


class ClassifierLearner:
    """A fresh classifier.

    With a pretext its filters first learn without labels. Then a twin with the same first weights, which did
    not, learns from the same batches: what lies between both is what self-supervision was worth.

    Args:
        data: pictures with one label each.
        width: filters of its first layer.
        recipe: how steps are taken; everything random follows from its seed and the number of a step.
    """

    def __init__(self, data: PictureSet, width: int, recipe: Recipe) -> None:
        self.data, self.width, self.recipe = data, width, recipe
        self.net, self._twin, filters = (self._fresh() for _ in range(3))
        self._adam, self._twin_adam = Adam([self.net], 1e-3), Adam([self._twin], 1e-3)
        self._pretraining = None
        if recipe.pretext != "none":
            rng = self._rng("pretext")
            self._pretraining = Pretraining(recipe.pretext, filters, data.side**2, rng)
        self._labels, self._held = data.labels.argmax(1), data.held_labels.argmax(1)
        self.labelled = self._few() if recipe.labels else torch.arange(len(self._labels))
        self._looked_at = torch.cat([(self._held == digit).nonzero()[:2, 0] for digit in range(10)])[:SHOWN]

    @property
    def identity(self) -> dict[str, Any]:
        """What is trained, so that only the same is gone on with."""
        known = {"kind": "classifier", "data": self.data.id, "width": self.width}
        return known if self._pretraining is None else known | {"pretext": self.recipe.pretext}

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Guess the digits of a batch, and go down the surprise; before that, what the pretext asks."""
        rng = self._rng(f"batch {number}")
        if self._pretraining is not None and number <= pretext.STEPS:
            picked = torch.randint(len(self._labels), (self.recipe.batch_size,), generator=rng)
            loss = self._pretraining.step(self.data.pictures[picked], rng)
            self._pretraining.hand_over(self.net)
            return {"pretext": loss}
        picked = self.labelled[torch.randint(len(self.labelled), (self.recipe.batch_size,), generator=rng)]
        loss = self._descend(self.net, self._adam, picked)
        if self._pretraining is None:
            return {"loss": loss}
        return {"loss": loss, "loss_plain": self._descend(self._twin, self._twin_adam, picked)}

    def _descend(self, net: Classifier, adam: Adam, picked: Tensor) -> Tensor:
        loss = F.cross_entropy(net(self.data.pictures[picked]), self._labels[picked])
        adam.descend(loss)
        return loss.detach()

    @torch.no_grad()
    def validate(self) -> Mapping[str, float]:
        """The loss on digits held back, and how many of them are right; of the twin as well."""
        scores = self.net(self.data.held_pictures)
        found = {"validation": float(F.cross_entropy(scores, self._held)), "accuracy": self._right(scores)}
        if self._pretraining is not None:
            found["accuracy_plain"] = self._right(self._twin(self.data.held_pictures))
        return found

    def _right(self, scores: Tensor) -> float:
        return float((scores.argmax(1) == self._held).float().mean())

    def samples(self) -> Output:
        """Its filters as they are now."""
        return self._filters("samples.png", 8)

    def set_learning_rate(self, rate: float) -> None:
        """From the next step on, of all that learns from labels."""
        self._adam.rate = self._twin_adam.rate = rate

    def state(self) -> dict[str, Tensor]:
        """Weights, and what the optimisers remember."""
        nets, adams = self._learning()
        state = {
            f"{part}.{name}": tensor.detach()
            for part, net in nets.items()
            for name, tensor in net.state_dict().items()
        }
        for name, adam in adams.items():
            state |= adam.state(name)
        return state

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take up a state of the same kind of run."""
        nets, adams = self._learning()
        for part, net in nets.items():
            net.load_state_dict({name: state[f"{part}.{name}"] for name in net.state_dict()})
        for name, adam in adams.items():
            adam.load(name, state)

    def _learning(self) -> tuple[dict[str, nn.Module], dict[str, Adam]]:
        """Everything that learns, and what makes it learn, by name."""
        if self._pretraining is None:
            return {"net": self.net}, {"adam": self._adam}
        return (
            {"net": self.net, "twin": self._twin, "filters": self._pretraining.layers},
            {"adam": self._adam, "adam_twin": self._twin_adam, "adam_pretext": self._pretraining.adam},
        )

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

    def _fresh(self) -> Classifier:
        """Always with the same first weights."""
        net = Classifier(self.width)
        seeded(net, self._rng("weights"))
        return net

    def _few(self) -> Tensor:
        """The same number of each digit, chosen by the seed."""
        rng = self._rng("labels")
        mixed = torch.randperm(len(self._labels), generator=rng)
        of_each = [mixed[self._labels[mixed] == digit][: self.recipe.labels] for digit in range(10)]
        return torch.cat(of_each)

    def _rng(self, what: str) -> torch.Generator:
        seed = int.from_bytes(hashlib.sha256(f"{self.recipe.seed} {what}".encode()).digest()[:8], "big")
        return torch.Generator().manual_seed(seed >> 1)
