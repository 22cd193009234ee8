"""EmojiFlow on a processor: large matrices in 8 bits, and those that are published in 4 bits left so.

One picture is a few rows only, so a step waits for weights rather than for arithmetic: a quarter of the bytes
is a good part of the time, and of the memory. Where torch has no quick kernels for this processor, the layers
stay as they are.

Knows which layers of the pipeline are worth it. How a matrix of 8 bits is multiplied is known by
:mod:`aigc_demo.decoding.linear`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_demo.decoding.linear import Int8Linear, has_int8, quantised
from aigc_demo.tasks.image.e5 import BLOCK, E5TextEncoder, PackedLinear, take_apart
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.module import ConfiguredModule
from aigc_demo.tasks.image.net import EmojiTransformer

LARGE = 100_000
"""Weights from which on a matrix is worth it; small ones stand at the two ends, where each bit counts."""


class Int8Layer(nn.Module):
    """A linear layer of int8; each row that comes is quantised by itself, whatever is beside it."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        bias = None if layer.bias is None else layer.bias.detach()
        self._matrix = Int8Linear(*quantised(layer.weight.detach()), bias)

    def forward(self, x: Tensor) -> Tensor:
        """(.., inputs) -> (.., outputs)."""
        return self._matrix(x.reshape(-1, x.shape[-1])).view(*x.shape[:-1], -1)


class Int4Layer(nn.Module):
    """A layer of 4 bits that is multiplied as it is stored, its scales in bfloat16."""

    def __init__(self, layer: PackedLinear) -> None:
        super().__init__()
        nibbles = (take_apart(layer.packed).flatten(1) + 8).to(torch.int32)
        self._matrix = torch.ops.aten._convert_weight_to_int4pack_for_cpu(nibbles, 1)
        scales = layer.scales.t().to(torch.bfloat16)
        self._scales = torch.stack([scales, torch.zeros_like(scales)], dim=-1).contiguous()
        self._bias = layer.bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        """(.., inputs) -> (.., outputs)."""
        rows = x.reshape(-1, x.shape[-1]).to(torch.bfloat16)
        result = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self._matrix, BLOCK, self._scales)
        return (result.float() + self._bias).view(*x.shape[:-1], -1)


@torch.no_grad()
def quantize_(network: ConfiguredModule) -> ConfiguredModule:
    """The same text encoder or transformer with quantised layers, where it is on a processor in float32."""
    lean = isinstance(network, E5TextEncoder | EmojiTransformer)
    if lean and network.device.type == "cpu" and network.dtype == torch.float32:
        for part in list(network.modules()):
            for name, layer in part.named_children():
                setattr(part, name, _quantized(layer))
    return network


def quantize_all_(pipe: EmojiFlowPipeline) -> EmojiFlowPipeline:
    """The same pipeline, each of its networks quantised where that is worth it: as the app runs it."""
    for network in pipe.networks.values():
        quantize_(network)
    return pipe


def has_int4() -> bool:
    """Whether torch multiplies by 4 bits with instructions of this processor; its plain loop is very slow."""
    quick = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    return quick and hasattr(torch.ops.aten, "_weight_int4pack_mm_for_cpu")


def _quantized(layer: nn.Module) -> nn.Module:
    """The layer, or what stands for it."""
    if isinstance(layer, PackedLinear) and has_int4():
        return Int4Layer(layer)
    if isinstance(layer, nn.Linear) and layer.weight.numel() >= LARGE and has_int8():
        return Int8Layer(layer)
    return layer
