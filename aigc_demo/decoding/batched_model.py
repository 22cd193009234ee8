"""What a decoder needs of a language model: one step for many sequences at once.

Knows the protocol and nothing of how it is fulfilled: by torch (:mod:`network`) or by compiled code
(:mod:`native`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from aigc_demo.decoding.architecture import ModelConfig
from aigc_demo.decoding.kv_cache import BUCKET, KVCache

Format = Literal["int4", "blocks8", "float16", "int8", "bfloat16", "float32"]
"""How weights are kept. The first three are the compiled step's: blocks of 4 bits, of 8 bits, and half
precision that is computed with in single."""
COMPILED: tuple[Format, ...] = ("int4", "blocks8", "float16")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """New tokens of one sequence. ``start`` is the position of the first one in its slot.

    ``scored`` asks for the scores of what comes after the last one.
    """

    slot: int
    start: int
    tokens: Sequence[int]
    scored: bool = True

    @property
    def end(self) -> int:
        """The position after the last one."""
        return self.start + len(self.tokens)

    @property
    def span(self) -> int:
        """How many positions attention looks at."""
        return -(-self.end // BUCKET) * BUCKET


class BatchedModel(Protocol):
    """A model ready to step, in whatever way."""

    @property
    def config(self) -> ModelConfig:
        """Sizes."""
        ...

    @property
    def form(self) -> Format:
        """The number format of the matrices."""
        ...

    @property
    def batches(self) -> bool:
        """Whether sequences may step together without changing one another's numbers."""
        ...

    def cache(self, slots: int, length: int) -> KVCache:
        """Room for keys and values: so many sequences of so many tokens at most."""
        ...

    def step(self, cache: KVCache, parts: Sequence[Part]) -> Floats:
        """Take in new tokens; the scores of what comes after each scored part: (parts, vocabulary).

        Args:
            cache: where keys and values of earlier tokens are and those of the new ones go.
            parts: those of one token first, by slot; several of one slot go on from one another.
        """
        ...

    def every(self, cache: KVCache, part: Part) -> Floats:
        """The scores of what comes after each token of one part: (tokens, vocabulary)."""
        ...
