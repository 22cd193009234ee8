"""Matrices in blocks of 4 or 8 bits, laid out for the compiled step.

Knows one matrix at a time. Knows nothing of layers, nor of the step that reads this (``native/blocks.h``).

The scheme is GGML's (Q4_1 and Q8_0): 32 neighbouring weights of an output share a scale ``d`` in half
precision and, in 4 bits, a least value ``m``. With q in 0 .. 15 a weight is d q + m; in 8 bits it is d q
with q in -127 .. 127. A matrix that was in such blocks before and comes as floats goes back into them
without loss: both ends of the range occur in every block.

Eight outputs make a panel. In a panel's block, byte 4 j + i of a run of 32 belongs to output j and input i
of a group of four inputs; groups 0 .. 7 are the block. In 4 bits groups 0 .. 3 are the low halves of four
runs and 4 .. 7 the high halves. Then come the scales of the eight outputs and, in 4 bits, their least
values.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 32
PANEL = 8
BYTES = {4: 16 * PANEL + 4 * PANEL, 8: 32 * PANEL + 2 * PANEL}
"""Bytes of one block of a panel, by bits."""
_GROUP = 4


def packed(weight: Tensor, bits: int) -> Tensor:
    """(outputs, inputs) floats -> (panels, blocks, bytes) uint8; inputs a multiple of 32.

    Outputs are filled up with zeros to whole panels.
    """
    outputs, inputs = weight.shape
    whole = F.pad(weight, (0, 0, 0, -outputs % PANEL)).view(-1, PANEL, inputs // BLOCK, BLOCK)
    numbers, *scales = _four(whole) if bits == 4 else _eight(whole)
    runs = numbers.unflatten(3, (-1, _GROUP)).permute(0, 2, 3, 1, 4).flatten(3)  # (panels, blocks, 8, 32)
    if bits == 4:
        runs = runs[:, :, :4] | runs[:, :, 4:] << 4
    tails = [scale.transpose(1, 2).contiguous().view(torch.uint8) for scale in scales]  # (panels, blocks, 16)
    return torch.cat([runs.flatten(2), *tails], 2)


def unpacked(panels: Tensor) -> Tensor:
    """The floats that :func:`packed` kept; outputs in whole panels."""
    bits = bits_of(panels)
    runs, *tails = panels.split([BYTES[bits] - 2 * PANEL * (2 if bits == 4 else 1), *_tails(bits)], 2)
    runs = runs.unflatten(2, (-1, BLOCK))
    scales = [tail.contiguous().view(torch.half).float()[:, :, None, :, None] for tail in tails]
    if bits == 4:
        numbers = torch.cat([runs & 15, runs >> 4], 2).float()
    else:
        numbers = runs.contiguous().view(torch.int8).float()
    made = numbers.unflatten(3, (PANEL, _GROUP)) * scales[0]  # (panels, blocks, 8, outputs, 4)
    if bits == 4:
        made = made + scales[1]
    return made.permute(0, 3, 1, 2, 4).reshape(len(panels) * PANEL, -1)


def bits_of(panels: Tensor) -> int:
    """4 or 8."""
    return next(bits for bits, size in BYTES.items() if size == panels.shape[2])


def _tails(bits: int) -> list[int]:
    return [2 * PANEL] * (2 if bits == 4 else 1)


def _four(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers, scales and least values of blocks (panels, 8, blocks, 32)."""
    least, most = weight.amin(3), weight.amax(3)
    scale, least = ((most - least) / 15).half(), least.half()
    steps = (weight - least[..., None].float()) / scale[..., None].float()
    return steps.nan_to_num(0.0).round().clamp(0, 15).to(torch.uint8), scale, least


def _eight(weight: Tensor) -> tuple[Tensor, Tensor]:
    scale = (weight.abs().amax(3) / 127).half()
    steps = (weight / scale[..., None].float()).nan_to_num(0.0).round().clamp(-127, 127)
    return steps.to(torch.int8).view(torch.uint8), scale
