"""Reading GGUF files: what they say of a model, and its matrices as they lie there.

Knows the file format (version 2 and 3) and the names that llama.cpp gives to a Llama model's parts. Knows
nothing of tokenizers or of generating. The ``gguf`` package reads the same in thirteen seconds; a start has
no such time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_demo.decoding import blocks
from aigc_demo.decoding.architecture import Array, ModelConfig, joined

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_F32, _F16, _Q4_1, _Q8_0 = 0, 1, 3, 8
_BITS = {_Q4_1: 4, _Q8_0: 8}


@dataclass(frozen=True)
class GgufFile:
    """A file: its ``metadata`` by key, and its ``tensors`` as views of the file.

    Matrices in blocks are bytes (outputs, blocks, bytes of a block); all others are numbers.
    """

    metadata: Mapping[str, Any]
    tensors: Mapping[str, Array]


class _Reader:
    """Values one after another. Raises ValueError where the file ends before they do."""

    def __init__(self, data: npt.NDArray[np.uint8]) -> None:
        self._data, self.at = memoryview(data.data), 0

    def _take(self, count: int) -> memoryview:
        if count < 0 or self.at + count > len(self._data):
            raise ValueError("The file ends in the middle of its header.")
        self.at += count
        return self._data[self.at - count : self.at]

    def scalar(self, code: str) -> Any:
        return struct.unpack("<" + code, self._take(struct.calcsize(code)))[0]

    def string(self) -> str:
        return str(self._take(self.scalar("Q")), "utf-8")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.scalar("I"), self.scalar("Q")
            if inner in _SCALARS:
                code = _SCALARS[inner]
                return list(struct.unpack(f"<{count}{code}", self._take(count * struct.calcsize(code))))
            return [self.value(inner) for _ in range(count)]
        if kind not in _SCALARS:
            raise ValueError(f"There is no value of type {kind}.")
        return self.scalar(_SCALARS[kind])


def read(path: Path) -> GgufFile:
    """What a GGUF file holds.

    Raises:
        ValueError: it is no GGUF file, is cut short, or holds matrices in a format that is not known here.
    """
    data = np.memmap(path, np.uint8, "r")
    reader = _Reader(data)
    if bytes(reader.scalar("4s")) != b"GGUF" or reader.scalar("I") not in (2, 3):
        raise ValueError(f"{path.name} is no GGUF file of version 2 or 3.")
    tensor_count, value_count = reader.scalar("Q"), reader.scalar("Q")
    metadata = {reader.string(): reader.value(reader.scalar("I")) for _ in range(value_count)}
    positions = dict(_place(reader) for _ in range(tensor_count))
    alignment = int(metadata.get("general.alignment", 32))
    begin = -(-reader.at // alignment) * alignment
    return GgufFile(metadata, {name: _view(data, begin, *where) for name, where in positions.items()})


def _place(reader: _Reader) -> tuple[str, tuple[tuple[int, ...], int, int]]:
    """A tensor's name; its shape (outputs first), type and offset."""
    name = reader.string()
    shape = tuple(reader.scalar("Q") for _ in range(reader.scalar("I")))[::-1]
    return name, (shape, reader.scalar("I"), reader.scalar("Q"))


def _view(data: npt.NDArray[np.uint8], begin: int, shape: tuple[int, ...], kind: int, offset: int) -> Array:
    if kind in (_F32, _F16):
        dtype = np.dtype(np.float32 if kind == _F32 else np.float16)
        size = int(np.prod(shape)) * dtype.itemsize
    elif kind in _BITS:
        dtype, each = np.dtype(np.uint8), blocks.GGML_BYTES[_BITS[kind]]
        shape = (*shape[:-1], shape[-1] // blocks.BLOCK, each)
        size = int(np.prod(shape))
    else:
        raise ValueError(f"Matrices of type {kind} are not known here.")
    if begin + offset + size > len(data):
        raise ValueError("The file ends in the middle of its weights.")
    return data[begin + offset : begin + offset + size].view(dtype).reshape(shape)


def config(metadata: Mapping[str, Any]) -> ModelConfig:
    """The sizes of a Llama model.

    Raises:
        ValueError: it is of another kind.
    """
    if metadata.get("general.architecture") != "llama":
        raise ValueError("This is not a Llama model.")
    heads, hidden = metadata["llama.attention.head_count"], metadata["llama.embedding_length"]
    return ModelConfig(
        family="llama",
        vocabulary=len(metadata["tokenizer.ggml.tokens"]),
        hidden=hidden,
        layers=metadata["llama.block_count"],
        heads=heads,
        kv_heads=metadata["llama.attention.head_count_kv"],
        width=hidden // heads,
        inner=metadata["llama.feed_forward_length"],
        context=metadata["llama.context_length"],
        epsilon=metadata["llama.attention.layer_norm_rms_epsilon"],
    )


def tensors(config: ModelConfig, found: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Every weight by its name in :mod:`architecture`; llama.cpp keeps the rows of a head in our order."""
    yield "embed.weight", found["token_embd.weight"]
    for number in range(config.layers):

        def part(name: str, number: int = number) -> Array:
            return found[f"blk.{number}.{name}.weight"]

        yield f"{number}.norm1.weight", part("attn_norm")
        yield from joined(f"{number}.qkv", *((part(f"attn_{name}"), None) for name in "qkv"))
        yield f"{number}.out.weight", part("attn_output")
        yield f"{number}.norm2.weight", part("ffn_norm")
        yield from joined(f"{number}.up", *((part(f"ffn_{name}"), None) for name in ("gate", "up")))
        yield f"{number}.down.weight", part("ffn_down")
    yield "final.weight", found["output_norm.weight"]
    if "output.weight" in found:
        yield "head.weight", found["output.weight"]


def floats(tensor: Array) -> npt.NDArray[np.float32]:
    """A tensor as plain numbers, whatever it is kept in."""
    return blocks.ggml_floats(tensor) if tensor.dtype == np.uint8 else tensor.astype(np.float32)
