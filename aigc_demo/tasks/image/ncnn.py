"""Reads weights in ncnn's .bin format into a network whose layers stand in the file's order.

Knows that format: each convolution is a tag, its weights in half or single precision and its bias; each
PReLU its slopes. Knows nothing of what the networks are for.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

HALF = 0x01306B47
"""The tag before weights stored as float16; 0 stands before float32."""


class NotTheseWeightsError(ValueError):
    """The file does not hold weights for this network."""


def load_ncnn(net: nn.Module, data: bytes) -> dict[str, Tensor]:
    """Fill ``net`` from ``data`` and return its state as stored: weights keep the file's precision.

    Every byte must be used: a file for another network is refused.
    """
    reader = _Reader(data)
    state: dict[str, Tensor] = {}
    for name, layer in net.named_modules():
        if isinstance(layer, nn.Conv2d):
            state[f"{name}.weight"] = reader.tagged(layer.weight.shape)
            if layer.bias is not None:
                state[f"{name}.bias"] = reader.plain(layer.bias.shape)
        elif isinstance(layer, nn.PReLU):
            state[f"{name}.weight"] = reader.plain(layer.weight.shape)
    if not reader.finished:
        raise NotTheseWeightsError("bytes are left over")
    net.load_state_dict(state)
    return state


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def finished(self) -> bool:
        return self._at == len(self._data)

    def tagged(self, shape: torch.Size) -> Tensor:
        """Weights (out, in, height, width) in the precision that the tag before them names."""
        tag = int.from_bytes(self._take(4), "little")
        if tag not in (0, HALF):
            raise NotTheseWeightsError(f"unknown tag {tag:#x}")
        return self._array(shape, "<f2" if tag else "<f4")

    def plain(self, shape: torch.Size) -> Tensor:
        return self._array(shape, "<f4")

    def _array(self, shape: torch.Size, kind: str) -> Tensor:
        count = shape.numel() * int(kind[-1])
        values = np.frombuffer(self._take(count), kind)
        self._take(-count % 4)  # halves are filled up to four bytes
        tensor = torch.from_numpy(values.copy()).reshape(shape)
        if not torch.isfinite(tensor).all():
            raise NotTheseWeightsError("a weight is no number")
        return tensor

    def _take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise NotTheseWeightsError("the file is too short")
        self._at += count
        return piece
