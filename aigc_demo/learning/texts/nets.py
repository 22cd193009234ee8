"""The two language models that learn live: a GPT of today's kind and an LSTM of yesterday's.

Both take token ids (batch, tokens) with what they remember, and give scores (batch, tokens, vocabulary) with
what they remember then. Both share the table of their tokens between reading and saying. The GPT is a Llama
in small (RMSNorm, rotary positions, SwiGLU), its parameters named as in transformers, so that ShiGPT's
weights fit as well. Knows nothing of what the tokens mean.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Memory = Any
"""Of a GPT keys and values by layer and how many tokens came before; of an LSTM its two states."""

ROTARY_BASE = 10_000.0


class Dropout(nn.Module):
    """Sets a part of the numbers to zero while training, by the chance of a generator of its own.

    PyTorch's draws from the process's one generator, which other threads draw from too.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.rng = torch.Generator()

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        if not self.training or not self.share:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.share, generator=self.rng)
        return x * keep / (1 - self.share)


def reseed(net: nn.Module, seed: int) -> None:
    """Let everything that is left to chance in the next step follow from ``seed``."""
    for number, layer in enumerate(one for one in net.modules() if isinstance(one, Dropout)):
        layer.rng.manual_seed(seed + number)


class Norm(nn.Module):
    """Root mean square norm."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self._eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.rms_norm(x, self.weight.shape, self.weight, self._eps)


class Attention(nn.Module):
    """Causal self-attention with rotary positions; looks back at ``context`` tokens at most."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)
        self._heads, self._context = heads, context

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], before: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """What each token takes from itself and those before it, and all keys and values."""
        batch, tokens, width = x.shape
        shape = (batch, tokens, self._heads, width // self._heads)
        q, k, v = (layer(x).view(shape).transpose(1, 2) for layer in (self.q_proj, self.k_proj, self.v_proj))
        q, k = rotated(q, turn), rotated(k, turn)
        if before is not None:
            k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
        # One token looks at all there is; several begin a text, for no caller adds several to a memory.
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=tokens > 1)
        seen = self.o_proj(seen.transpose(1, 2).reshape(batch, tokens, width))
        return seen, (k[:, :, 1 - self._context :], v[:, :, 1 - self._context :])


class Mlp(nn.Module):
    """Two layers, the first gated."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Block(nn.Module):
    """Attention, then the layers, each added to the stream."""

    def __init__(self, width: int, heads: int, inner: int, context: int, dropout: float) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads, context)
        self.mlp = Mlp(width, inner)
        self.input_layernorm, self.post_attention_layernorm = Norm(width), Norm(width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], before: Any) -> tuple[Tensor, Any]:
        """The stream, and what is remembered."""
        seen, memory = self.self_attn(self.input_layernorm(x), turn, before)
        x = x + self.dropout(seen)
        return x + self.dropout(self.mlp(self.post_attention_layernorm(x))), memory


class Gpt(nn.Module):
    """A language model that attends.

    Args:
        vocabulary: tokens.
        width, depth, heads, inner: its size.
        context: tokens that are looked back at.
        dropout: while training.
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        depth: int,
        heads: int,
        inner: int,
        context: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Block(width, heads, inner, context, dropout) for _ in range(depth))
        self.norm = Norm(width)
        self.dropout = Dropout(dropout)
        self._head = width // heads

    def forward(self, ids: Tensor, memory: Memory = None) -> tuple[Tensor, Memory]:
        """Scores of what comes next after each token."""
        past, layers = memory or (0, [None] * len(self.layers))
        turn = rotation(past, ids.shape[1], self._head)
        x = self.dropout(self.embed_tokens(ids))
        kept = []
        for layer, before in zip(self.layers, layers, strict=True):
            x, remembered = layer(x, turn, before)
            kept.append(remembered)
        return F.linear(self.norm(x), self.embed_tokens.weight), (past + ids.shape[1], kept)


class Lstm(nn.Module):
    """A language model that carries two states from token to token, and looks back at nothing.

    Args:
        vocabulary: tokens.
        width: of the table; the states are twice as wide.
        depth: layers.
        dropout: while training.
    """

    def __init__(self, vocabulary: int, width: int, depth: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, 2 * width, depth, batch_first=True)
        self.out = nn.Linear(2 * width, width)
        self.dropout = Dropout(dropout)

    def forward(self, ids: Tensor, memory: Memory = None) -> tuple[Tensor, Memory]:
        """Scores of what comes next after each token."""
        x, memory = self.lstm(self.dropout(self.embed_tokens(ids)), memory)
        return F.linear(self.out(self.dropout(x)), self.embed_tokens.weight), memory


def rotation(past: int, tokens: int, head: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (tokens, head) of the positions from ``past`` on."""
    rates = ROTARY_BASE ** (-torch.arange(0, head, 2).float() / head)
    angles = torch.arange(past, past + tokens).float()[:, None] * rates
    angles = torch.cat([angles, angles], 1)
    return angles.cos(), angles.sin()


def rotated(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Queries or keys (batch, heads, tokens, head) turned by their positions."""
    half = x.shape[-1] // 2
    return x * turn[0] + torch.cat([-x[..., half:], x[..., :half]], -1) * turn[1]


class LowRank(nn.Module):
    """A linear layer whose weights stay, and a product of two thin matrices that learns beside it (LoRA).

    Hu et al. 2021: W + strength * (B A), B zero at first, so that nothing has changed before the first step.
    """

    def __init__(self, base: nn.Linear, rank: int, rng: torch.Generator, scale: float = 2.0) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))
        with torch.no_grad():
            self.lora_A.uniform_(
                -1 / math.sqrt(base.in_features), 1 / math.sqrt(base.in_features), generator=rng
            )
        self._scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """As the layer, with what was learnt added."""
        out: Tensor = self.base(x) + F.linear(F.linear(x, self.lora_A), self.lora_B) * self._scale
        return out
