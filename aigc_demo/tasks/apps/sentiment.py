"""What a text is about and how it is meant: two linear heads on its sentence vector.

Knows the heads' file. How they came to be is told in ``aigc_demo/training/monitor_heads.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.linear_head import LinearHead, corrected

HEADS = ("sentiment", "topic")
FILE = "heads.safetensors"


@dataclass(frozen=True)
class Judged:
    """A text as the heads see it; ``sure`` is the probability of its sentiment."""

    text: str
    topic: str
    sentiment: str
    sure: float


class Judge:
    """Judges texts; corrections by hand change a head at once."""

    def __init__(self, encoder: SentenceEncoder, heads: Mapping[str, LinearHead]) -> None:
        self._encoder, self._heads = encoder, dict(heads)

    def __call__(self, texts: Sequence[str]) -> list[Judged]:
        """Judge texts that say something."""
        if not texts:
            return []
        vectors = self._encoder(texts)
        shares = self._heads["sentiment"].probabilities(vectors)
        names = self._heads["sentiment"].classes
        return [
            Judged(text, topic, names[int(row.argmax())], round(float(row.max()), 3))
            for text, topic, row in zip(texts, self._heads["topic"](vectors), shares, strict=True)
        ]

    def corrected(self, corrections: Sequence[tuple[str, str]]) -> Judge:
        """A judge that has learnt from corrections: texts with the class each should have, of either head."""
        heads = dict(self._heads)
        for name, head in self._heads.items():
            mine = [(text, label) for text, label in corrections if label in head.classes]
            if mine:
                vectors = self._encoder([text for text, _ in mine])
                heads[name] = corrected(head, vectors, [label for _, label in mine])
        return Judge(self._encoder, heads)

    @property
    def classes(self) -> frozenset[str]:
        """All classes of both heads."""
        return frozenset(name for head in self._heads.values() for name in head.classes)


def save(heads: Mapping[str, LinearHead], folder: Path) -> None:
    """Write the heads into a folder."""
    values = {
        f"{name}.{part}": np.ascontiguousarray(getattr(head, part))
        for name, head in heads.items()
        for part in ("mean", "weights", "bias")
    }
    classes = {name: json.dumps(head.classes) for name, head in heads.items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(values, folder / FILE, metadata=classes)


def load(folder: Path) -> dict[str, LinearHead]:
    """The heads in a folder."""
    with safe_open(folder / FILE, framework="numpy") as held:
        about = held.metadata()
        return {
            name: LinearHead(
                tuple(json.loads(about[name])),
                *(held.get_tensor(f"{name}.{part}") for part in ("mean", "weights", "bias")),
            )
            for name in HEADS
        }
