"""The KV cache: keys and values of what several sequences have read, each sequence in a slot of its own.

Knows one array of numbers and where in it a slot's are. Knows nothing of attention, tokens or who reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_demo.decoding.architecture import ModelConfig

BUCKET = 64
"""A slot's length is a multiple of so many positions."""


class KVCache:
    """Keys and values of a number of sequences.

    ``array`` holds all: (layers, 2, slots, kv heads, length, width), keys before values.

    Args:
        config: sizes of the network.
        slots: how many sequences there are at most.
        length: how many tokens each has at most.
        dtype: single or half precision.
    """

    def __init__(
        self, config: ModelConfig, slots: int, length: int, dtype: type[np.floating[Any]] = np.float32
    ) -> None:
        self.length = -(-length // BUCKET) * BUCKET
        self.slots = slots
        shape = (config.layers, 2, slots, config.kv_heads, self.length, config.width)
        # numpy asks for zeros without touching them: a page takes room when its positions are reached.
        self.array: npt.NDArray[Any] = np.zeros(shape, dtype)

    def copy(self, slot: int, length: int) -> npt.NDArray[Any]:
        """The first positions of a slot: (layers, 2, kv heads, length, width)."""
        return self.array[:, :, slot, :, :length].copy()

    def paste(self, slot: int, kept: npt.NDArray[Any]) -> None:
        """Put back what :meth:`copy` gave, into any slot."""
        self.array[:, :, slot, :, : kept.shape[3]] = kept
