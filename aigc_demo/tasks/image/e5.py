"""The text encoder of EmojiFlow: multilingual-e5-small (Wang et al. 2024) with its weights in 4 bits.

Saved and loaded by ``save_pretrained`` / ``from_pretrained`` (safetensors). Knows piece numbers and states;
not where its weights come from, nor the tokenizer (see ``aigc_demo.training.emojiflow_text``).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.tasks.image.module import ConfiguredModule, register_to_config

BLOCK = 32  # weights that share one scale


class PackedLinear(nn.Module):
    """A linear layer stored in 4 bits (GGML's q4_0): 32 weights share a scale, weight = (nibble - 8) * scale.

    The low nibbles of 16 bytes are the first 16 weights of a block, the high nibbles the last 16. They are
    taken apart once, at first use, and kept as bytes; scaling them anew for each text costs a few
    milliseconds and saves three quarters of the memory.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.register_buffer("packed", torch.zeros(outputs, inputs // 2, dtype=torch.uint8))
        self.register_buffer("scales", torch.zeros(outputs, inputs // BLOCK, dtype=torch.float16))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self._nibbles: Tensor | None = None

    packed: Tensor
    scales: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """(.., inputs) -> (.., outputs)."""
        if self._nibbles is None or self._nibbles.device != x.device:
            self._nibbles = take_apart(self.packed)
        return F.linear(x, scaled(self._nibbles, self.scales, x.dtype), self.bias)


def take_apart(packed: Tensor) -> Tensor:
    """(rows, columns / 2) of uint8 -> (rows, columns / 32, 32) of int8, from -8 to 7."""
    blocked = packed.unflatten(-1, (-1, BLOCK // 2))
    return torch.cat([blocked & 0x0F, blocked >> 4], dim=-1).to(torch.int8) - 8


def scaled(nibbles: Tensor, scales: Tensor, dtype: torch.dtype) -> Tensor:
    """(rows, blocks, 32) of int8 and (rows, blocks) -> weights (rows, columns) in ``dtype``."""
    return (nibbles.to(dtype) * scales.to(dtype)[..., None]).flatten(1)


def unpack(packed: Tensor, scales: Tensor) -> Tensor:
    """(rows, columns / 2) of uint8 and (rows, columns / 32) -> (rows, columns) of float32."""
    return scaled(take_apart(packed), scales, torch.float32)


class E5Block(nn.Module):
    """One BERT layer: attention, then MLP, each followed by its normalisation."""

    def __init__(self, width: int, heads: int, inner: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.query = PackedLinear(width, width)
        self.key = PackedLinear(width, width)
        self.value = PackedLinear(width, width)
        self.attention_out = PackedLinear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps=eps)
        self.up = PackedLinear(width, inner)
        self.down = PackedLinear(inner, width)
        self.norm = nn.LayerNorm(width, eps=eps)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (batch, tokens, width); mask: True where a token may be seen, (batch, 1, 1, tokens)."""
        batch, tokens, width = x.shape

        def by_head(states: Tensor) -> Tensor:
            return states.view(batch, tokens, self.heads, -1).transpose(1, 2)

        query, key, value = by_head(self.query(x)), by_head(self.key(x)), by_head(self.value(x))
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.attention_norm(x + self.attention_out(seen.transpose(1, 2).reshape(batch, tokens, width)))
        result: Tensor = self.norm(x + self.down(F.gelu(self.up(x))))
        return result


class E5TextEncoder(ConfiguredModule):
    """multilingual-e5-small (Wang et al. 2024; a BERT of 12 layers) for prompts in Chinese and English."""

    words_packed: Tensor
    words_scales: Tensor

    @register_to_config
    def __init__(
        self,
        vocabulary: int = 32_000,
        width: int = 384,
        depth: int = 12,
        heads: int = 12,
        inner: int = 1536,
        positions: int = 128,
        eps: float = 1e-12,
    ) -> None:
        super().__init__()
        self.register_buffer("words_packed", torch.zeros(vocabulary, width // 2, dtype=torch.uint8))
        self.register_buffer("words_scales", torch.zeros(vocabulary, width // BLOCK, dtype=torch.float16))
        self.position_table = nn.Parameter(torch.zeros(positions, width))
        self.norm = nn.LayerNorm(width, eps=eps)
        self.blocks = nn.ModuleList(E5Block(width, heads, inner, eps) for _ in range(depth))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, words) of piece numbers and of 0/1 -> states (batch, words, width)."""
        batch, words = input_ids.shape
        flat = input_ids.reshape(-1)
        embedded = unpack(self.words_packed[flat], self.words_scales[flat]).view(batch, words, -1)
        x = self.norm(embedded.to(self.position_table.dtype) + self.position_table[:words])
        mask = attention_mask.bool()[:, None, None]
        for block in self.blocks:
            x = block(x, mask)
        states: Tensor = x
        return states
