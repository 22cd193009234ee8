"""What a network is made of, in one form for the families that can take the short path.

Knows transformers' Llama, Qwen3 and GPT-2: their configuration and the names of their weights. Knows nothing
of number formats, speed or runs: it names plain arrays and lets others compute. Imports no torch.

Queries, keys and values become one matrix, gate and up another. The rows of a head are put in the order that
complex multiplication turns: the two numbers of a pair side by side instead of half a head apart. Attention
scores do not change when queries and keys are reordered alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Family = Literal["llama", "gpt2"]
Array = npt.NDArray[Any]
State = Mapping[str, Array]
"""Weights by transformers' names."""
_KINDS: dict[str, Family] = {
    "LlamaForCausalLM": "llama",
    "Qwen3ForCausalLM": "llama",
    "GPT2LMHeadModel": "gpt2",
}


@dataclass(frozen=True)
class ModelConfig:
    """Sizes. ``width`` is a head's; ``inner`` the feed-forward's; ``context`` the most positions there are.

    ``rotated`` says that the weights went through :mod:`folding`; ``hadamard`` is how many times halves of
    what goes into the last matrix of a layer are mixed for it.
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
    rotated: bool = False
    hadamard: int = 0


def fits(model: Any) -> bool:
    """Whether the short path can take a model of transformers: a known kind, whole on the CPU, in float32."""
    if getattr(model, "hf_device_map", None) is not None or not hasattr(model, "config"):
        return False
    if not all(str(p.dtype) == "torch.float32" and p.device.type == "cpu" for p in model.parameters()):
        return False
    return of_config(config_of(model)) is not None


def config_of(model: Any) -> dict[str, Any]:
    """What ``config.json`` says, or would say, of a model of transformers."""
    return {**model.config.to_dict(), "architectures": [type(model).__name__]}


def config(model: Any) -> ModelConfig:
    """The sizes of a model that :func:`fits`."""
    found = of_config(config_of(model))
    if found is None:
        raise ValueError(f"{type(model).__name__} is of no family that is known here.")
    return found


def of_config(config: Mapping[str, Any]) -> ModelConfig | None:
    """The sizes in a ``config.json`` of transformers; None where the short path cannot take the network."""
    kind = (config.get("architectures") or ["?"])[0]
    family = _KINDS.get(kind)
    if family == "llama":
        return _of_llama(config, head_norms=kind.startswith("Qwen3"))
    return _of_gpt2(config) if family == "gpt2" else None


def _of_llama(config: Mapping[str, Any], *, head_norms: bool) -> ModelConfig | None:
    if config["hidden_act"] != "silu" or config.get("use_sliding_window"):
        return None
    heads: int = config["num_attention_heads"]
    return ModelConfig(
        family="llama",
        vocabulary=config["vocab_size"],
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        width=config.get("head_dim") or config["hidden_size"] // heads,
        inner=config["intermediate_size"],
        context=config["max_position_embeddings"],
        epsilon=config["rms_norm_eps"],
        head_norms=head_norms,
        tied=bool(config.get("tie_word_embeddings", False)),
    )


def _of_gpt2(config: Mapping[str, Any]) -> ModelConfig | None:
    plain = config.get("scale_attn_weights", True) and not config.get("scale_attn_by_inverse_layer_idx")
    if config.get("activation_function", "gelu_new") != "gelu_new" or not plain:
        return None
    heads, hidden = config["n_head"], config["n_embd"]
    return ModelConfig(
        family="gpt2",
        vocabulary=config["vocab_size"],
        hidden=hidden,
        layers=config["n_layer"],
        heads=heads,
        kv_heads=heads,
        width=hidden // heads,
        inner=config.get("n_inner") or 4 * hidden,
        context=config["n_positions"],
        epsilon=config["layer_norm_epsilon"],
        tied=bool(config.get("tie_word_embeddings", True)),
    )


def rope_theta(config: Mapping[str, Any]) -> float | None:
    """The base of the rotary embedding in a ``config.json``; None where it is scaled in some way."""
    rope = config.get("rope_parameters") or {}
    if rope.get("rope_type", "default") != "default" or config.get("rope_scaling"):
        return None
    return float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)


def tensors(config: ModelConfig, state: State) -> Iterator[tuple[str, Array]]:
    """Every weight by its name here; matrices are (out, in).

    A layer's norms come before its matrices, and ``head`` last of all.
    """
    yield from _gpt2(config, state) if config.family == "gpt2" else _llama(config, state)
    if not config.tied:
        yield "head.weight", state["lm_head.weight"]


def state_of(model: Any) -> State:
    """The weights of a model of transformers that :func:`fits`, shared with it."""
    return {name: value.detach().numpy() for name, value in model.state_dict().items()}


def _llama(config: ModelConfig, state: State) -> Iterator[tuple[str, Array]]:
    yield "embed.weight", state["model.embed_tokens.weight"]
    for number in range(config.layers):
        layer = f"model.layers.{number}"

        def part(name: str, layer: str = layer) -> tuple[Array, Array | None]:
            return state[f"{layer}.{name}.weight"], state.get(f"{layer}.{name}.bias")

        yield f"{number}.norm1.weight", state[f"{layer}.input_layernorm.weight"]
        queries, keys = (_pairs(config, *part(f"self_attn.{name}")) for name in ("q_proj", "k_proj"))
        yield from joined(f"{number}.qkv", queries, keys, part("self_attn.v_proj"))
        if config.head_norms:
            order = _pair_order(config.width)
            yield f"{number}.qnorm.weight", state[f"{layer}.self_attn.q_norm.weight"][order]
            yield f"{number}.knorm.weight", state[f"{layer}.self_attn.k_norm.weight"][order]
        yield from joined(f"{number}.out", part("self_attn.o_proj"))
        yield f"{number}.norm2.weight", state[f"{layer}.post_attention_layernorm.weight"]
        yield from joined(f"{number}.up", part("mlp.gate_proj"), part("mlp.up_proj"))
        yield from joined(f"{number}.down", part("mlp.down_proj"))
    yield "final.weight", state["model.norm.weight"]


def _gpt2(config: ModelConfig, state: State) -> Iterator[tuple[str, Array]]:
    """GPT-2 keeps its matrices the other way round: (in, out)."""
    yield "embed.weight", state["transformer.wte.weight"]
    yield "places.weight", state["transformer.wpe.weight"]
    parts = {"qkv": "attn.c_attn", "out": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}
    for number in range(config.layers):
        layer = f"transformer.h.{number}"
        for ours, theirs in {"norm1": "ln_1", "norm2": "ln_2"}.items():
            yield f"{number}.{ours}.weight", state[f"{layer}.{theirs}.weight"]
            yield f"{number}.{ours}.bias", state[f"{layer}.{theirs}.bias"]
        for ours, theirs in parts.items():
            weight, bias = state[f"{layer}.{theirs}.weight"], state[f"{layer}.{theirs}.bias"]
            yield from joined(f"{number}.{ours}", (weight.T, bias))
    for kind in ("weight", "bias"):
        yield f"final.{kind}", state[f"transformer.ln_f.{kind}"]


def joined(name: str, *parts: tuple[Array, Array | None]) -> Iterator[tuple[str, Array]]:
    """Parts on top of one another, as one matrix (and one bias)."""
    yield f"{name}.weight", np.ascontiguousarray(np.concatenate([weight for weight, _ in parts]))
    if any(bias is not None for _, bias in parts):
        biases = [np.zeros(len(weight), weight.dtype) if bias is None else bias for weight, bias in parts]
        yield f"{name}.bias", np.concatenate(biases)


def _pair_order(width: int) -> npt.NDArray[np.int64]:
    """Where each row of a head comes from: 0, half, 1, half + 1, ..."""
    return np.arange(width).reshape(2, width // 2).T.ravel()


def _pairs(config: ModelConfig, weight: Array, bias: Array | None) -> tuple[Array, Array | None]:
    width, order = config.width, _pair_order(config.width)
    rows = weight.reshape(-1, width, weight.shape[1])[:, order].reshape(weight.shape)
    return rows, None if bias is None else bias.reshape(-1, width)[:, order].ravel()
