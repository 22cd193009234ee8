"""Random draws for one run: the choices of ``torch.multinomial`` with a CPU generator of the same seed.

Knows torch's Mersenne Twister and how its CPU kernels turn it into exponential numbers, so that a seed goes
on meaning what it always meant without torch being imported. Knows nothing of tokens or models.

A choice among n probabilities p is ``argmax(p / q)``, where q are n exponentially distributed numbers (the
exponential race): one number is drawn for each, whether its probability is zero or not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_MANTISSA = np.uint64(2**53 - 1)


class Rng:
    """A generator of one run's own.

    Args:
        seed: any whole number; the lowest 32 bits count, as in torch.
    """

    def __init__(self, seed: int) -> None:
        # The stream of RandomState is frozen by numpy's promise; words come in torch's order.
        self._words = np.random.RandomState(seed & 0xFFFFFFFF)

    def exponential(self, count: int) -> npt.NDArray[np.float32]:
        """``torch.empty(count).exponential_(generator=...)``, to the bit: (count,), mean 1."""
        words = self._words.randint(0, 2**64, count, dtype=np.uint64)
        uniform = (words & _MANTISSA) * 2.0**-53
        return (-np.log1p(-uniform)).astype(np.float32)

    def choice(self, probabilities: npt.NDArray[np.float32]) -> int:
        """``torch.multinomial(probabilities, 1)``: an index, by non-negative weights (n,) not all zero."""
        return int((probabilities / self.exponential(len(probabilities))).argmax())
