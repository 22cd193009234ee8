"""Matrices in blocks of 4, 8 or 16 bits, laid out for the compiled step.

Knows one matrix at a time. Knows nothing of layers, nor of the step that reads this (``native/blocks.h``).

The scheme is GGML's (Q4_1 and Q8_0): 32 neighbouring weights of an output share a scale ``d`` in half
precision and, in 4 bits, a least value ``m``. With q in 0 .. 15 a weight is d q + m; in 8 bits it is d q
with q in -127 .. 127. In 16 bits each weight is a number of half precision.

Eight outputs make a panel. In a panel's block, byte 4 j + i of a run of 32 belongs to output j and input i
of a group of four inputs; groups 0 .. 7 are the block. In 4 bits groups 0 .. 3 are the low halves of four
runs and 4 .. 7 the high halves. Then come the scales of the eight outputs and, in 4 bits, their least
values. In 16 bits number 8 i + j belongs to output j and input i.

A matrix out of a GGUF file is in such blocks already: only its bytes change places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 32
PANEL = 8
BYTES = {4: 16 * PANEL + 4 * PANEL, 8: 32 * PANEL + 2 * PANEL, 16: 64 * PANEL}
"""Bytes of one block of a panel, by bits."""
GGML_BYTES = {4: 20, 8: 34}
"""Bytes of one block of one output in a GGUF file, by bits: Q4_1 and Q8_0."""
_GROUP = 4
_ROWS = 1 << 20
"""Weights that are brought into blocks at a time, so that what that takes stays small."""

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def packed(weight: npt.NDArray[Any], bits: int) -> Bytes:
    """(outputs, inputs) numbers -> (panels, blocks, bytes); inputs a multiple of 32.

    Outputs are filled up with zeros to whole panels.
    """
    outputs, inputs = weight.shape
    panels, count = -(-outputs // PANEL), inputs // BLOCK
    result = np.empty((panels, count, BYTES[bits]), np.uint8)
    some = max(1, _ROWS // (inputs * PANEL))
    for first in range(0, panels, some):
        rows = weight[first * PANEL : (first + some) * PANEL]
        whole = np.pad(rows, ((0, -len(rows) % PANEL), (0, 0))).reshape(-1, PANEL, count, BLOCK)
        result[first : first + some] = _halves(whole) if bits == 16 else _quantised(whole, bits)
    return result


def from_ggml(rows: Bytes) -> Bytes:
    """(outputs, blocks, bytes) as GGUF files hold Q4_1 and Q8_0 -> panels, without loss."""
    outputs, count, size = rows.shape
    bits = next(bits for bits, each in GGML_BYTES.items() if each == size)
    tail = 2 if bits == 8 else 4  # the scale, and the least value
    whole = np.pad(rows, ((0, -outputs % PANEL), (0, 0), (0, 0))).reshape(-1, PANEL, count, size)
    numbers = whole[..., tail:].reshape(*whole.shape[:3], -1, _GROUP)
    # In Q4_1 the high halves of bytes 0 .. 15 are inputs 16 .. 31, just as here.
    runs = numbers.transpose(0, 2, 3, 1, 4).reshape(len(whole), count, -1)
    scales = whole[..., :tail].reshape(*whole.shape[:3], -1, 2).transpose(0, 2, 3, 1, 4)
    return np.concatenate([runs, scales.reshape(len(whole), count, -1)], 2)


def ggml_floats(rows: Bytes) -> Floats:
    """The numbers that (outputs, blocks, bytes) of Q4_1 or Q8_0 stand for: (outputs, inputs)."""
    if rows.shape[2] == GGML_BYTES[8]:
        scale = np.ascontiguousarray(rows[..., :2]).view(np.float16).astype(np.float32)
        result = np.ascontiguousarray(rows[..., 2:]).view(np.int8).astype(np.float32) * scale
    else:
        scale, least = np.split(np.ascontiguousarray(rows[..., :4]).view(np.float16).astype(np.float32), 2, 2)
        numbers = np.concatenate([rows[..., 4:] & 15, rows[..., 4:] >> 4], 2)
        result = numbers.astype(np.float32) * scale + least
    return result.reshape(len(rows), -1)


def unpacked(panels: Bytes) -> Floats:
    """The floats that :func:`packed` kept; outputs in whole panels."""
    bits, count = bits_of(panels), panels.shape[1]
    if bits == 16:
        halves = np.ascontiguousarray(panels).view(np.float16).reshape(-1, count * BLOCK, PANEL)
        return halves.transpose(0, 2, 1).reshape(-1, count * BLOCK).astype(np.float32)
    size = BYTES[bits] - 2 * PANEL * (2 if bits == 4 else 1)
    runs = panels[..., :size].reshape(len(panels), count, -1, BLOCK)
    scales = np.ascontiguousarray(panels[..., size:]).view(np.float16).astype(np.float32)
    scales = scales.reshape(len(panels), count, -1, 1, PANEL, 1)
    signed = np.concatenate([runs & 15, runs >> 4], 2) if bits == 4 else np.ascontiguousarray(runs)
    numbers = signed.view(np.int8).astype(np.float32)
    result = numbers.reshape(*numbers.shape[:3], PANEL, _GROUP) * scales[:, :, 0]
    if bits == 4:
        result = result + scales[:, :, 1]
    return result.transpose(0, 3, 1, 2, 4).reshape(len(panels) * PANEL, -1)


def bits_of(panels: Bytes) -> int:
    """4, 8 or 16."""
    return next(bits for bits, size in BYTES.items() if size == panels.shape[2])


def _halves(weight: npt.NDArray[Any]) -> Bytes:
    """Numbers (panels, 8, blocks, 32) in half precision."""
    numbers = np.ascontiguousarray(weight.transpose(0, 2, 3, 1), np.float16)
    return numbers.reshape(*numbers.shape[:2], -1).view(np.uint8)


def _quantised(weight: npt.NDArray[Any], bits: int) -> Bytes:
    numbers, *scales = (_four if bits == 4 else _eight)(weight.astype(np.float32))
    runs = numbers.reshape(*numbers.shape[:3], -1, _GROUP).transpose(0, 2, 3, 1, 4)
    runs = runs.reshape(*runs.shape[:3], BLOCK)  # (panels, blocks, 8, 32)
    if bits == 4:
        runs = runs[:, :, :4] | np.left_shift(runs[:, :, 4:], np.uint8(4))
    tails = [np.ascontiguousarray(scale.transpose(0, 2, 1)).view(np.uint8) for scale in scales]
    return np.concatenate([runs.reshape(*runs.shape[:2], -1), *tails], 2)


def _four(weight: Floats) -> tuple[Bytes, npt.NDArray[np.float16], npt.NDArray[np.float16]]:
    """Numbers, scales and least values of blocks (panels, 8, blocks, 32)."""
    lowest, highest = weight.min(3), weight.max(3)
    scale, least = ((highest - lowest) / 15).astype(np.float16), lowest.astype(np.float16)
    steps = _divided(weight - least[..., None].astype(np.float32), scale)
    return np.clip(np.rint(steps), 0, 15).astype(np.uint8), scale, least


def _eight(weight: Floats) -> tuple[Bytes, npt.NDArray[np.float16]]:
    scale = (np.abs(weight).max(3) / 127).astype(np.float16)
    steps = np.clip(np.rint(_divided(weight, scale)), -127, 127)
    return steps.astype(np.int8).view(np.uint8), scale


def _divided(weight: Floats, scale: npt.NDArray[np.float16]) -> Floats:
    """By a scale for each block; zero where that is zero."""
    by = scale[..., None].astype(np.float32)
    return np.divide(weight, by, out=np.zeros_like(weight), where=by != 0)
