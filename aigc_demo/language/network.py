"""The network of multilingual-e5-small (Wang et al. 2024; a BERT of 12 layers) in plain numpy.

Knows piece numbers and states. The weights are those of EmojiFlow's text encoder: GGML's q4_0, 32 weights of
4 bits to a scale. They are unpacked once, the table of words row by row. Sequences of several lengths stand
one behind the other, so that nothing is computed for padding; only attention looks at each length apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

Floats = npt.NDArray[np.float32]

BLOCK = 32
"""Weights that share one scale."""
Held = dict[str, npt.NDArray[Any]]
WEIGHTS = "diffusion_pytorch_model.safetensors"


class E5Network:
    """States of pieces, from the folder that ``E5TextEncoder.save_pretrained`` wrote."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / "config.json").read_text("utf-8"))
        self.width, self.heads, self.eps = about["width"], about["heads"], np.float32(about["eps"])
        self.positions = about["positions"]
        held = load_file(folder / WEIGHTS)
        self._words = held["words_packed"], held["words_scales"]
        self._places = held["position_table"].astype(np.float32)
        self._norm = _norm(held, "norm")
        self._layers = [
            _Layer(held, f"blocks.{number}", about["heads"], self.eps) for number in range(about["depth"])
        ]

    def __call__(self, sequences: Sequence[Sequence[int]]) -> list[Floats]:
        """Sequences of pieces, the shortest first -> the states of each, (pieces, width).

        Raises:
            ValueError: one is empty or longer than there are positions, or they are not in order.
        """
        lengths = [len(one) for one in sequences]
        if lengths != sorted(lengths) or not all(0 < length <= self.positions for length in lengths):
            raise ValueError(f"sequences of 1 to {self.positions} pieces are read, the shortest first")
        pieces = np.concatenate([np.asarray(one, np.int64) for one in sequences])  # (all,)
        places = np.concatenate([np.arange(length) for length in lengths])  # (all,)
        packed, scales = self._words
        x = unpacked(packed[pieces], scales[pieces]) + self._places[places]  # (all, width)
        x = normed(x, *self._norm, self.eps)
        runs = [(length, len(list(alike))) for length, alike in groupby(lengths)]
        for layer in self._layers:
            x = layer(x, runs)
        return np.split(x, np.cumsum(lengths)[:-1])


class _Layer:
    """Attention, then MLP, each added to what came in and followed by its normalisation."""

    def __init__(self, held: Held, name: str, heads: int, eps: np.float32) -> None:
        parts = [_linear(held, f"{name}.{part}") for part in ("query", "key", "value")]
        self._qkv = np.concatenate([one[0] for one in parts], 1), np.concatenate([one[1] for one in parts])
        self._out = _linear(held, f"{name}.attention_out")
        self._up, self._down = _linear(held, f"{name}.up"), _linear(held, f"{name}.down")
        self._between, self._after = _norm(held, f"{name}.attention_norm"), _norm(held, f"{name}.norm")
        self._heads, self._eps = heads, eps

    def __call__(self, x: Floats, runs: Sequence[tuple[int, int]]) -> Floats:
        """x: (all pieces, width); runs: length of a sequence, how many of them follow one another."""
        qkv = x @ self._qkv[0] + self._qkv[1]  # (all, 3 width)
        seen, at = np.empty_like(x), 0
        for length, count in runs:
            end = at + length * count
            seen[at:end] = self._attention(qkv[at:end].reshape(count, length, -1)).reshape(end - at, -1)
            at = end
        x = normed(x + (seen @ self._out[0] + self._out[1]), *self._between, self._eps)
        inner = gelu(x @ self._up[0] + self._up[1])
        return normed(x + (inner @ self._down[0] + self._down[1]), *self._after, self._eps)

    def _attention(self, qkv: Floats) -> Floats:
        """(sequences, pieces, 3 width) -> (sequences, pieces, width)."""
        count, length, _ = qkv.shape
        split = qkv.reshape(count, length, 3, self._heads, -1).transpose(2, 0, 3, 1, 4)
        query, key, value = split  # (sequences, heads, pieces, width / heads) each
        scores = query @ key.swapaxes(-1, -2) * np.float32(query.shape[-1] ** -0.5)
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        return np.ascontiguousarray((scores @ value).swapaxes(1, 2)).reshape(count, length, -1)


def unpacked(packed: npt.NDArray[np.uint8], scales: npt.NDArray[np.float16]) -> Floats:
    """(rows, columns / 2) of two nibbles and (rows, columns / 32) of scales -> weights (rows, columns).

    The low nibbles of 16 bytes are the first 16 weights of a block, the high ones the last 16.
    """
    rows = len(packed)
    bytes_ = packed.reshape(rows, -1, BLOCK // 2)
    nibbles = np.concatenate([bytes_ & 0x0F, bytes_ >> 4], -1).astype(np.float32) - np.float32(8)
    return (nibbles * scales.astype(np.float32)[..., None]).reshape(rows, -1)


def normed(x: Floats, weight: Floats, bias: Floats, eps: np.float32) -> Floats:
    """Layer normalisation over the last axis."""
    x = x - x.mean(-1, keepdims=True)
    x /= np.sqrt(np.square(x).mean(-1, keepdims=True) + eps)
    return x * weight + bias


def gelu(x: Floats) -> Floats:
    """X times the normal distribution's share below x, by Abramowitz and Stegun 7.1.26 (error below 2e-7)."""
    size = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * size)
    tail = np.float32(1.061405429) * t
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail = (tail + np.float32(factor)) * t
    tail *= np.exp(-size * size) * np.float32(0.5)  # the share beyond |x|
    return x * np.where(x < 0, tail, 1 - tail)


def _linear(held: Held, name: str) -> tuple[Floats, Floats]:
    """Weights as (inputs, outputs), and the bias."""
    weights = unpacked(held[f"{name}.packed"], held[f"{name}.scales"])
    return np.ascontiguousarray(weights.T), held[f"{name}.bias"].astype(np.float32)


def _norm(held: Held, name: str) -> tuple[Floats, Floats]:
    return held[f"{name}.weight"].astype(np.float32), held[f"{name}.bias"].astype(np.float32)
