"""From a GGUF file to ordinary files: its tokenizer, and where transformers runs it a whole model folder.

Knows how llama.cpp stores a byte-level BPE tokenizer, and transformers' names for a Llama model's parts.
Knows nothing of generating. Each folder is made once and appears whole or not at all.

Weights are dequantised to float32, so that nothing is lost: the same text as from the GGUF file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_demo.decoding import gguf
from aigc_demo.decoding.gguf import GgufFile

Report = Callable[[int, int | None], None]
Floats = npt.NDArray[np.float32]
Metadata = Mapping[str, Any]

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


def tokenizer_folder(gguf_file: Path, folder: Path) -> Path:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``, unless ``folder`` holds them already.

    Raises:
        ValueError: the file is no GGUF file, or its tokenizer is of another kind.
    """
    return (
        folder
        if folder.exists()
        else _whole(folder, lambda fresh: _write_tokenizer(gguf.read(gguf_file), fresh))
    )


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
    report(0, None)
    file = gguf.read(gguf_file)

    def write(fresh: Path) -> None:
        _write_tokenizer(file, fresh)
        _write_json(fresh / "config.json", _config(file.metadata))
        _write_weights(fresh / "model.safetensors", file, report)

    return _whole(folder, write)


def _whole(folder: Path, write: Callable[[Path], None]) -> Path:
    """A folder that appears only once it is written."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    write(fresh)
    fresh.replace(folder)
    return folder


def _write_tokenizer(file: GgufFile, folder: Path) -> None:
    gguf.config(file.metadata)  # refuses other architectures
    if file.metadata["tokenizer.ggml.model"] != "gpt2":
        raise ValueError("This is not a Llama model with a byte-level BPE tokenizer.")
    _write_json(folder / "tokenizer.json", _tokenizer(file.metadata))
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(file.metadata))


# -- weights --------------------------------------------------------------------------------------


def _write_weights(path: Path, file: GgufFile, report: Report) -> None:
    from safetensors.numpy import save_file

    weights: dict[str, Floats] = {}
    total = sum(
        4 * int(np.prod(tensor.shape[:2])) * (32 if tensor.ndim == 3 else 1)
        for tensor in file.tensors.values()
    )
    done = 0
    for name, values in _weights(file):
        weights[name] = values
        done += values.nbytes
        report(done, total)
    save_file(weights, path, metadata={"format": "pt"})
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def _weights(file: GgufFile) -> Iterator[tuple[str, Floats]]:
    metadata = gguf.config(file.metadata)
    heads = {"attn_q": metadata.heads, "attn_k": metadata.kv_heads}
    for name, tensor in file.tensors.items():
        values = gguf.floats(tensor)
        if name in _TOP_NAMES:
            yield _TOP_NAMES[name], values
            continue
        _, layer, part, kind = name.split(".")  # blk.0.attn_q.weight
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


def _config(metadata: Metadata) -> dict[str, Any]:
    heads = int(metadata["llama.attention.head_count"])
    width = int(metadata["llama.embedding_length"])
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(metadata["tokenizer.ggml.tokens"]),
        "hidden_size": width,
        "intermediate_size": int(metadata["llama.feed_forward_length"]),
        "num_hidden_layers": int(metadata["llama.block_count"]),
        "num_attention_heads": heads,
        "num_key_value_heads": int(metadata["llama.attention.head_count_kv"]),
        "head_dim": width // heads,
        "hidden_act": "silu",
        "max_position_embeddings": int(metadata["llama.context_length"]),
        "rms_norm_eps": float(metadata["llama.attention.layer_norm_rms_epsilon"]),
        "rope_theta": float(metadata["llama.rope.freq_base"]),
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": int(metadata["tokenizer.ggml.bos_token_id"]),
        "eos_token_id": int(metadata["tokenizer.ggml.eos_token_id"]),
        "pad_token_id": int(metadata["tokenizer.ggml.padding_token_id"]),
        "torch_dtype": "float32",
    }


def _tokenizer(metadata: Metadata) -> dict[str, Any]:
    """The ``tokenizers`` library's form of the vocabulary and its merges.

    The pre-tokenizer is the one llama.cpp calls ``smollm``: digits stand alone, then GPT-2's split.
    """
    if metadata.get("tokenizer.ggml.pre") != "smollm":
        raise ValueError(f"Unknown pre-tokenizer {metadata.get('tokenizer.ggml.pre')!r}.")
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    kinds: list[int] = metadata["tokenizer.ggml.token_type"]
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
            "merges": [merge.split(" ") for merge in metadata["tokenizer.ggml.merges"]],
        },
    }


def _tokenizer_config(metadata: Metadata) -> dict[str, Any]:
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[int(metadata["tokenizer.ggml.bos_token_id"])],
        "eos_token": tokens[int(metadata["tokenizer.ggml.eos_token_id"])],
        "pad_token": tokens[int(metadata["tokenizer.ggml.padding_token_id"])],
        "model_max_length": int(metadata["llama.context_length"]),
        "clean_up_tokenization_spaces": False,
        "chat_template": metadata.get("tokenizer.chat_template"),
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
