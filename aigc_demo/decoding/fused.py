"""A short path through Llama-like networks on a CPU: the same mathematics in a third of the operations.

Knows the layers of transformers' Llama and Qwen3 and borrows their weights. Knows nothing of text or
sampling. On a small model most of a step is not arithmetic but the many small operations around it;
here they are fused, and keys and values live in one buffer instead of growing by copying.

Everything is in one sequence: T new tokens at positions p .. p+T-1 of a buffer for L.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

KINDS = frozenset({"LlamaForCausalLM", "Qwen3ForCausalLM"})


def fits(model: Any) -> bool:
    """Whether this path can take the model: a known kind, whole on the CPU, in float32."""
    return (
        type(model).__name__ in KINDS
        and getattr(model, "hf_device_map", None) is None
        and all(p.dtype == torch.float32 and p.device.type == "cpu" for p in model.parameters())
        and model.config.hidden_act == "silu"
        and not getattr(model.config, "use_sliding_window", False)
    )


class LlamaDecoder:
    """Starts sequences on one model; see :class:`aigc_demo.decoding.Decoder`."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def start(self, length: int) -> LlamaSequence:
        """A sequence of at most ``length`` tokens."""
        return LlamaSequence(self._model, length)


class LlamaSequence:
    """One sequence: its keys, values and position."""

    def __init__(self, model: Any, length: int) -> None:
        config = model.config
        self._model = model
        self._heads: int = config.num_attention_heads
        self._kv_heads: int = config.num_key_value_heads
        self._width: int = getattr(config, "head_dim", None) or config.hidden_size // self._heads
        shape = (2, config.num_hidden_layers, self._kv_heads, length, self._width)
        self._keys, self._values = torch.empty(shape)
        self._position = 0

    def read(self, tokens: list[int]) -> Tensor:
        """Take T more tokens; the scores (vocabulary) of what comes after the last."""
        start, end = self._position, self._position + len(tokens)
        body = self._model.model
        hidden = F.embedding(torch.tensor(tokens), body.embed_tokens.weight)  # (T, D)
        cos, sin = body.rotary_emb(hidden[None], torch.arange(start, end)[None])  # each (1, T, W)
        half = self._width // 2
        signed = torch.cat([-sin[0, :, :half], sin[0, :, half:]], -1)[:, None]  # (T, 1, W)
        turn = (cos[0][:, None], signed)
        mask = self._mask(start, end)
        for number, layer in enumerate(body.layers):
            hidden = hidden + self._attention(number, layer, hidden, turn, mask, start)
            hidden = hidden + _feed_forward(layer, hidden)
        self._position = end
        return F.linear(_norm(body.norm, hidden[-1]), self._model.lm_head.weight)

    def _attention(
        self,
        number: int,
        layer: Any,
        hidden: Tensor,
        turn: tuple[Tensor, Tensor],
        mask: Tensor | None,
        start: int,
    ) -> Tensor:
        """What the T tokens take from all before them: (T, D)."""
        attend, count = layer.self_attn, len(hidden)
        normed = _norm(layer.input_layernorm, hidden)
        queries = _linear(attend.q_proj, normed).view(count, self._heads, self._width)
        keys = _linear(attend.k_proj, normed).view(count, self._kv_heads, self._width)
        if hasattr(attend, "q_norm"):
            queries, keys = _norm(attend.q_norm, queries), _norm(attend.k_norm, keys)
        both = _turned(torch.cat([queries, keys], 1), turn)  # (T, heads + kv heads, W)
        end = start + count
        self._keys[number, :, start:end] = both[:, self._heads :].transpose(0, 1)
        values = _linear(attend.v_proj, normed).view(count, self._kv_heads, self._width)
        self._values[number, :, start:end] = values.transpose(0, 1)
        mixed = self._mix(both[:, : self._heads], number, end, mask)
        return _linear(attend.o_proj, mixed)

    def _mix(self, queries: Tensor, number: int, end: int, mask: Tensor | None) -> Tensor:
        """Attention proper: (T, heads, W) -> (T, heads * W)."""
        count = len(queries)
        keys, values = self._keys[None, number, :, :end], self._values[None, number, :, :end]
        if count == 1:
            # The query heads that share keys are like several positions of one head: nothing is copied.
            grouped = queries.view(1, self._kv_heads, self._heads // self._kv_heads, self._width)
            return F.scaled_dot_product_attention(grouped, keys, values).reshape(1, -1)
        by_head = queries.transpose(0, 1)[None]  # (1, heads, T, W)
        mixed = F.scaled_dot_product_attention(by_head, keys, values, attn_mask=mask, enable_gqa=True)
        return mixed[0].transpose(0, 1).reshape(count, -1)

    @staticmethod
    def _mask(start: int, end: int) -> Tensor | None:
        """Which of the ``end`` positions each new token may look at: (T, end), True for yes."""
        if end - start == 1:
            return None
        return torch.ones(end - start, end, dtype=torch.bool).tril(start)


def _turned(heads: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding (Su et al. 2021) of (T, heads, W)."""
    cos, signed_sin = turn
    return torch.addcmul(heads * cos, heads.roll(heads.shape[-1] // 2, -1), signed_sin)


def _feed_forward(layer: Any, hidden: Tensor) -> Tensor:
    mlp = layer.mlp
    normed = _norm(layer.post_attention_layernorm, hidden)
    return _linear(mlp.down_proj, F.silu(_linear(mlp.gate_proj, normed)) * _linear(mlp.up_proj, normed))


def _linear(layer: Any, x: Tensor) -> Tensor:
    return F.linear(x, layer.weight, layer.bias)


def _norm(layer: Any, x: Tensor) -> Tensor:
    return F.rms_norm(x, layer.weight.shape, layer.weight, layer.variance_epsilon)
