"""A voice that is none: a tone for each letter, for tests of everything around it."""

from __future__ import annotations

import numpy as np

from aigc_demo.tasks.speech.pipeline import RATE, Speaker
from aigc_demo.types import LoadContext


def load(_: LoadContext) -> Speaker:
    """There is nothing to load."""
    return Speaker(tones)


def tones(text: str, speed: float = 1.0, seed: int = 0) -> np.ndarray:
    """A twentieth of a second for each letter, its height the letter's."""
    time = np.arange(round(RATE / 20 / speed)) / RATE
    heights = [220 * 2 ** ((ord(letter) + seed) % 24 / 12) for letter in text]
    parts = [0.3 * np.sin(2 * np.pi * height * time) for height in heights]
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
