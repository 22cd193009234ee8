"""Rotary position embedding (Su et al. 2021) as a table of cosines and sines.

Knows angles. Knows nothing of queries, keys or models.

A small model in 4 bits goes another way at the first bit that differs: one angle rounded otherwise, and a
seed gives another text. The first texts were written with torch's cosines, which in one place of twenty are
the second nearest float. ``rope_rounding.npz`` says where, for the tables of the models that come with the
app (``python -m aigc_demo.training.rope_rounding``), so that their seeds go on giving the same without torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

ROUNDING = Path(__file__).with_name("rope_rounding.npz")
Floats = npt.NDArray[np.float32]


def angles(theta: float, width: int, length: int) -> Floats:
    """By how much each pair of a head is turned at each position: (length, width / 2)."""
    powers = (np.float64(theta) ** (np.arange(0, width, 2) / width)).astype(np.float32)
    return np.arange(length, dtype=np.float32)[:, None] * (np.float32(1) / powers)


def table(theta: float, width: int, length: int) -> Floats:
    """Cosines and sines: (length, width / 2, 2)."""
    rope_table = angles(theta, width, length).astype(np.float64)
    exact = np.stack([np.cos(rope_table), np.sin(rope_table)], 2)
    result = exact.astype(np.float32)
    second = _second_nearest(theta, width, length)
    if second is not None:
        result[second] = second_nearest(exact[second])
    return result


def second_nearest(exact: npt.NDArray[np.float64]) -> Floats:
    """The float on the other side of each number than its nearest one."""
    nearest = exact.astype(np.float32)
    towards = np.where(exact > nearest, np.float32(np.inf), np.float32(-np.inf))
    return np.nextafter(nearest, towards)


def _second_nearest(theta: float, width: int, length: int) -> npt.NDArray[np.bool_] | None:
    """Where a known table holds the second nearest float; None where nothing is known."""
    with np.load(ROUNDING, allow_pickle=False) as file:
        known = file.get(f"{theta:g}-{width}")
    if known is None:
        return None
    bits = np.unpackbits(known).astype(bool)
    whole = bits[: len(bits) // width * width].reshape(-1, width // 2, 2)
    result = np.zeros((length, width // 2, 2), bool)
    result[: len(whole)] = whole[:length]
    return result
