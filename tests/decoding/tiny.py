"""Random networks of the families that the short path takes: made in a moment, real enough to quantise."""

import ctypes
from collections.abc import Callable
from typing import Any

import torch

from aigc_demo.decoding import architecture, packed
from aigc_demo.decoding.batched_model import Format
from aigc_demo.decoding.native import NativeModel
from aigc_demo.decoding.packed import PackedWeights

SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 99}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}


WIDE = {"hidden_size": 96, "intermediate_size": 160, "num_hidden_layers": 2, "vocab_size": 99, "head_dim": 32}
"""Sizes that blocks of 32 fit into."""


def wide(family: str, inner: int = 160) -> Any:
    """``llama``, ``llama-biased`` or ``qwen3`` for the compiled step."""
    import transformers as t

    torch.manual_seed(0)
    sizes = {**WIDE, "intermediate_size": inner}
    result: Any
    match family:
        case "llama":
            result = t.LlamaForCausalLM(t.LlamaConfig(**sizes, **HEADS, tie_word_embeddings=True))
        case "llama-biased":
            result = t.LlamaForCausalLM(t.LlamaConfig(**sizes, **HEADS, attention_bias=True, mlp_bias=True))
        case _:
            result = t.Qwen3ForCausalLM(t.Qwen3Config(**sizes, **HEADS))
    return _drawn(result)


def model(family: str) -> Any:
    """``llama``, ``llama-biased`` (biases, a head of its calibrate), ``qwen3`` or ``gpt2``."""
    import transformers as t

    torch.manual_seed(0)
    result: Any
    match family:
        case "llama":
            result = t.LlamaForCausalLM(t.LlamaConfig(**SIZES, **HEADS, tie_word_embeddings=True))
        case "llama-biased":
            biased = t.LlamaConfig(**SIZES, **HEADS, attention_bias=True, mlp_bias=True)
            result = t.LlamaForCausalLM(biased)
        case "qwen3":
            result = t.Qwen3ForCausalLM(t.Qwen3Config(**SIZES, **HEADS, head_dim=16))
        case _:
            result = t.GPT2LMHeadModel(t.GPT2Config(vocab_size=99, n_embd=32, n_layer=2, n_head=4))
    return _drawn(result)


def bundles(model: Any, form: Format) -> PackedWeights:
    """A model of transformers for the compiled step."""
    result = packed.from_state(architecture.config_of(model), architecture.state_of(model), form)
    assert result is not None
    return result


def native(
    model: Any, form: Format, library: ctypes.CDLL, threads: Callable[[], int] = lambda: 1
) -> NativeModel:
    """The same, ready to step."""
    return NativeModel(bundles(model, form), library, threads)


def _drawn(result: Any) -> Any:
    for name, values in result.named_parameters():
        if values.ndim == 1:  # norms and biases that do something
            torch.nn.init.normal_(values, float(name.endswith("weight")), 0.3)
        else:
            torch.nn.init.normal_(values, 0.0, 0.3)
    return result.eval()
