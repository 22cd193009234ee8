"""What a network is made of, in one form for the families that can take the short path.

Knows the modules of transformers' Llama, Qwen3 and GPT-2 and where each keeps its weights. Knows nothing
of number formats, speed or runs: it names plain float tensors and lets others compute.

Queries, keys and values become one matrix, gate and up another. The rows of a head are put in the order that
complex multiplication turns: the two numbers of a pair side by side instead of half a head apart. Attention
scores do not change when queries and keys are reordered alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

Family = Literal["llama", "gpt2"]
_KINDS: dict[str, Family] = {
    "LlamaForCausalLM": "llama",
    "Qwen3ForCausalLM": "llama",
    "GPT2LMHeadModel": "gpt2",
}


@dataclass(frozen=True)
class Facts:
    """Sizes. ``width`` is a head's; ``inner`` the feed-forward's; ``context`` the most positions there are.

    ``folded`` says that the weights went through :mod:`folding`; ``spread`` is how many times halves of what
    goes into the last matrix of a layer are mixed for it.
    """

    family: Family
    vocabulary: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    width: int
    inner: int
    context: int
    epsilon: float
    head_norms: bool = False
    tied: bool = True
    folded: bool = False
    spread: int = 0


def fits(model: Any) -> bool:
    """Whether the short path can take the model: a known kind, whole on the CPU, in float32."""
    family = _KINDS.get(type(model).__name__)
    if family is None or getattr(model, "hf_device_map", None) is not None:
        return False
    if not all(p.dtype == torch.float32 and p.device.type == "cpu" for p in model.parameters()):
        return False
    config = model.config
    if family == "llama":
        return config.hidden_act == "silu" and not getattr(config, "use_sliding_window", False)
    plain = config.scale_attn_weights and not config.scale_attn_by_inverse_layer_idx
    return config.activation_function == "gelu_new" and plain


def facts(model: Any) -> Facts:
    """The sizes of a model that :func:`fits`."""
    config = model.config
    heads: int = config.num_attention_heads
    tied = bool(config.tie_word_embeddings)
    common: dict[str, Any] = {"vocabulary": config.vocab_size, "hidden": config.hidden_size, "tied": tied}
    common |= {"layers": config.num_hidden_layers, "heads": heads, "context": config.max_position_embeddings}
    if _KINDS[type(model).__name__] == "gpt2":
        return Facts(
            family="gpt2",
            kv_heads=heads,
            width=config.hidden_size // heads,
            inner=config.n_inner or 4 * config.hidden_size,
            epsilon=config.layer_norm_epsilon,
            **common,
        )
    return Facts(
        family="llama",
        kv_heads=config.num_key_value_heads,
        width=getattr(config, "head_dim", None) or config.hidden_size // heads,
        inner=config.intermediate_size,
        epsilon=config.rms_norm_eps,
        head_norms=hasattr(model.model.layers[0].self_attn, "q_norm"),
        **common,
    )


def tensors(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Every weight by its name here; matrices are (out, in), as ``F.linear`` takes them.

    A layer's norms come before its matrices, and ``head`` last of all.
    """
    with torch.no_grad():
        yield from _gpt2(model) if _KINDS[type(model).__name__] == "gpt2" else _llama(model)
        if not model.config.tie_word_embeddings:
            yield "head.weight", model.lm_head.weight.detach()


def turns(model: Any) -> Tensor:
    """Rotary embedding (Su et al. 2021) as complex numbers of length one: (context, width / 2)."""
    sizes = facts(model)
    with torch.no_grad():
        places = torch.arange(sizes.context)[None]
        cos, sin = model.model.rotary_emb(torch.zeros(1, 1, sizes.hidden), places)  # (1, context, width)
    half = sizes.width // 2
    return torch.complex(cos[0, :, :half].contiguous(), sin[0, :, :half].contiguous())


def _llama(model: Any) -> Iterator[tuple[str, Tensor]]:
    sizes, body = facts(model), model.model
    yield "embed.weight", body.embed_tokens.weight.detach()
    for number, layer in enumerate(body.layers):
        attend, mlp = layer.self_attn, layer.mlp
        yield f"{number}.norm1.weight", layer.input_layernorm.weight.detach()
        yield from _joined(
            f"{number}.qkv",
            _pairs(attend.q_proj, sizes.width),
            _pairs(attend.k_proj, sizes.width),
            (attend.v_proj.weight, attend.v_proj.bias),
        )
        if sizes.head_norms:
            order = _pair_order(sizes.width)
            yield f"{number}.qnorm.weight", attend.q_norm.weight.detach()[order]
            yield f"{number}.knorm.weight", attend.k_norm.weight.detach()[order]
        yield from _joined(f"{number}.out", (attend.o_proj.weight, attend.o_proj.bias))
        yield f"{number}.norm2.weight", layer.post_attention_layernorm.weight.detach()
        gate, up = (mlp.gate_proj.weight, mlp.gate_proj.bias), (mlp.up_proj.weight, mlp.up_proj.bias)
        yield from _joined(f"{number}.up", gate, up)
        yield from _joined(f"{number}.down", (mlp.down_proj.weight, mlp.down_proj.bias))
    yield "final.weight", body.norm.weight.detach()


def _gpt2(model: Any) -> Iterator[tuple[str, Tensor]]:
    """GPT-2 keeps its matrices the other way round: (in, out)."""
    body = model.transformer
    yield "embed.weight", body.wte.weight.detach()
    yield "places.weight", body.wpe.weight.detach()
    for number, layer in enumerate(body.h):
        for name, norm in (("norm1", layer.ln_1), ("norm2", layer.ln_2)):
            yield from _joined(f"{number}.{name}", (norm.weight, norm.bias))
        parts = {"qkv": layer.attn.c_attn, "out": layer.attn.c_proj}
        parts |= {"up": layer.mlp.c_fc, "down": layer.mlp.c_proj}
        for name, part in parts.items():
            yield from _joined(f"{number}.{name}", (part.weight.T, part.bias))
    yield from _joined("final", (body.ln_f.weight, body.ln_f.bias))


def _joined(name: str, *parts: tuple[Tensor, Tensor | None]) -> Iterator[tuple[str, Tensor]]:
    """Parts on top of one another, as one matrix (and one bias)."""
    yield f"{name}.weight", torch.cat([weight.detach() for weight, _ in parts]).contiguous()
    if any(bias is not None for _, bias in parts):
        biases = [weight.new_zeros(len(weight)) if bias is None else bias.detach() for weight, bias in parts]
        yield f"{name}.bias", torch.cat(biases)


def _pair_order(width: int) -> Tensor:
    """Where each row of a head comes from: 0, half, 1, half + 1, ..."""
    return torch.arange(width).view(2, width // 2).T.flatten()


def _pairs(layer: Any, width: int) -> tuple[Tensor, Tensor | None]:
    rows = layer.weight.view(-1, width, layer.weight.shape[1])[:, _pair_order(width)]
    bias = None if layer.bias is None else layer.bias.view(-1, width)[:, _pair_order(width)].flatten()
    return rows.flatten(0, 1), bias
