"""From a GGUF file to an ordinary model folder: read once, kept as safetensors and tokenizer.json.

Knows the names that llama.cpp gives to a Llama model's parts and how its byte-level BPE tokenizer is
stored. Knows nothing of generating. Reading GGUF each time would take twenty seconds; the folder
made here loads in less than one.

Weights are dequantised to float32, so that nothing is lost: the same text as from the GGUF file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Report = Callable[[int, int | None], None]
Floats = npt.NDArray[np.float32]

_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_CONTROL_TOKEN = 3
"""GGUF's token type of tokens that steer the model and are never written by a person."""


def llama_folder(gguf_file: Path, folder: Path, report: Report) -> Path:
    """Convert a GGUF file of a Llama model, unless ``folder`` holds the result already.

    Args:
        gguf_file: a GGUF file with architecture ``llama`` and a byte-level BPE tokenizer.
        folder: where the model folder shall be; it appears whole or not at all.
        report: told bytes of weights written and in all; may raise to stop.

    Raises:
        ValueError: the file is of another kind.
    """
    if folder.exists():
        return folder
    from gguf import GGUFReader

    report(0, None)
    reader = GGUFReader(gguf_file)
    facts = {name: field.contents() for name, field in reader.fields.items()}
    if facts["general.architecture"] != "llama" or facts["tokenizer.ggml.model"] != "gpt2":
        raise ValueError(f"{gguf_file.name} is not a Llama model with a byte-level BPE tokenizer.")
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _write_json(fresh / "config.json", _config(facts))
    _write_json(fresh / "tokenizer.json", _tokenizer(facts))
    _write_json(fresh / "tokenizer_config.json", _tokenizer_config(facts))
    _write_weights(fresh / "model.safetensors", reader, facts, report)
    fresh.replace(folder)
    return folder


# -- weights --------------------------------------------------------------------------------------


def _write_weights(path: Path, reader: Any, facts: dict[str, Any], report: Report) -> None:
    from safetensors.numpy import save_file

    total = sum(int(np.prod(tensor.shape)) * 4 for tensor in reader.tensors)
    weights: dict[str, Floats] = {}
    done = 0
    for name, values in _weights(reader, facts):
        weights[name] = values
        done += values.nbytes
        report(done, total)
    save_file(weights, path, metadata={"format": "pt"})
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _weights(reader: Any, facts: dict[str, Any]) -> Iterator[tuple[str, Floats]]:
    from gguf.quants import dequantize

    heads = {
        "attn_q": int(facts["llama.attention.head_count"]),
        "attn_k": int(facts["llama.attention.head_count_kv"]),
    }
    for tensor in reader.tensors:
        values = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        if tensor.name in _TOP_NAMES:
            yield _TOP_NAMES[tensor.name], values
            continue
        _, layer, part, kind = tensor.name.split(".")  # blk.0.attn_q.weight
        if part in heads:
            values = _halves_together(values, heads[part])
        yield f"model.layers.{layer}.{_LAYER_NAMES[part]}.{kind}", values


def _halves_together(weight: Floats, heads: int) -> Floats:
    """Undo llama.cpp's order of a head's rows.

    It keeps the two numbers that rotary embedding turns together side by side: (a0 b0 a1 b1 ...);
    transformers wants (a0 a1 ... b0 b1 ...).
    """
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)  # (heads, half, a|b, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))


# -- configuration --------------------------------------------------------------------------------


def _config(facts: dict[str, Any]) -> dict[str, Any]:
    heads = int(facts["llama.attention.head_count"])
    width = int(facts["llama.embedding_length"])
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(facts["tokenizer.ggml.tokens"]),
        "hidden_size": width,
        "intermediate_size": int(facts["llama.feed_forward_length"]),
        "num_hidden_layers": int(facts["llama.block_count"]),
        "num_attention_heads": heads,
        "num_key_value_heads": int(facts["llama.attention.head_count_kv"]),
        "head_dim": width // heads,
        "hidden_act": "silu",
        "max_position_embeddings": int(facts["llama.context_length"]),
        "rms_norm_eps": float(facts["llama.attention.layer_norm_rms_epsilon"]),
        "rope_theta": float(facts["llama.rope.freq_base"]),
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": int(facts["tokenizer.ggml.bos_token_id"]),
        "eos_token_id": int(facts["tokenizer.ggml.eos_token_id"]),
        "pad_token_id": int(facts["tokenizer.ggml.padding_token_id"]),
        "torch_dtype": "float32",
    }


def _tokenizer(facts: dict[str, Any]) -> dict[str, Any]:
    """The ``tokenizers`` library's form of the vocabulary and its merges.

    The pre-tokenizer is the one llama.cpp calls ``smollm``: digits stand alone, then GPT-2's split.
    """
    if facts.get("tokenizer.ggml.pre") != "smollm":
        raise ValueError(f"Unknown pre-tokenizer {facts.get('tokenizer.ggml.pre')!r}.")
    tokens: list[str] = facts["tokenizer.ggml.tokens"]
    kinds: list[int] = facts["tokenizer.ggml.token_type"]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    control = [
        {
            "id": number,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind == _CONTROL_TOKEN
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": control,
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in facts["tokenizer.ggml.merges"]],
        },
    }


def _tokenizer_config(facts: dict[str, Any]) -> dict[str, Any]:
    tokens: list[str] = facts["tokenizer.ggml.tokens"]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[int(facts["tokenizer.ggml.bos_token_id"])],
        "eos_token": tokens[int(facts["tokenizer.ggml.eos_token_id"])],
        "pad_token": tokens[int(facts["tokenizer.ggml.padding_token_id"])],
        "model_max_length": int(facts["llama.context_length"]),
        "clean_up_tokenization_spaces": False,
        "chat_template": facts.get("tokenizer.chat_template"),
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
