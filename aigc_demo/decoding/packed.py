"""Weights as the compiled step reads them, kept in a file that is mapped into memory.

Knows where weights come from (a GGUF file, or a folder of transformers' layout), how they are laid out, and
one file of safetensors' format. Knows nothing of the step itself. Nothing is converted when such a file is
opened: its pages are read as the step comes to them, and the system may drop them. Imports no torch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aigc_demo.decoding import architecture, blocks, gguf, rope
from aigc_demo.decoding.architecture import Array, ModelConfig
from aigc_demo.decoding.batched_model import Format

VERSION = "5"
"""Of the layout; another one is another file."""
_MATRICES = ("embed", "head", "qkv", "out", "up", "down")
_DTYPES = {"F32": np.float32, "F16": np.float16, "U8": np.uint8}

Report = Callable[[int, int | None], None]
"""Progress: bytes done and, where known, in all. Raises to stop."""


@dataclass(frozen=True)
class PackedWeights:
    """Matrices in panels of :mod:`blocks`; norms, biases and the ``rope`` table in single precision."""

    config: ModelConfig
    form: Format
    tensors: Mapping[str, Array]


def fits(config: ModelConfig) -> bool:
    """Whether the compiled step can take a network of these sizes."""
    whole = (config.hidden, config.width)  # the inner size is filled up by :func:`filled`
    return config.family == "llama" and not config.rotated and all(size % blocks.BLOCK == 0 for size in whole)


def from_gguf(file: gguf.GgufFile) -> PackedWeights:
    """A Llama model in its own blocks: those of 4 bits, table and head of 8, without loss.

    Raises:
        ValueError: it is no such model.
    """
    config = gguf.config(file.metadata)
    found = dict(gguf.tensors(config, file.tensors))
    if not fits(config) or any(found[name].dtype != np.uint8 for name in found if is_matrix(name)):
        raise ValueError("The compiled step takes only Llama models in blocks.")
    theta = float(file.metadata["llama.rope.freq_base"])
    return PackedWeights(
        config, "int4", _Packing(found, "int4", rope.table(theta, config.width, config.context))
    )


def from_folder(folder: Path, form: Format) -> PackedWeights | None:
    """A model of transformers' layout in blocks of this form; None where the compiled step cannot take it."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    state = {name: value for file in folder.glob("*.safetensors") for name, value in mapped(file)[1].items()}
    return from_state(config, state, form)


def from_state(metrics: Mapping[str, Any], state: architecture.State, form: Format) -> PackedWeights | None:
    """The same for weights by transformers' names; ``metrics`` is their ``config.json``."""
    config, theta = architecture.of_config(metrics), architecture.rope_theta(metrics)
    if config is None or theta is None or not fits(config):
        return None
    wider, found = filled(config, architecture.tensors(config, state))
    return PackedWeights(
        wider, form, _Packing(dict(found), form, rope.table(theta, config.width, config.context))
    )


def filled(
    config: ModelConfig, tensors: Iterable[tuple[str, Array]]
) -> tuple[ModelConfig, Iterator[tuple[str, Array]]]:
    """The same function with an inner size of whole blocks: zeros behind gate and behind up."""
    more = -config.inner % blocks.BLOCK
    return replace(config, inner=config.inner + more), (
        (name, _longer(name, tensor, more)) for name, tensor in tensors
    )


def _longer(name: str, tensor: Array, more: int) -> Array:
    if more and name.endswith(".down.weight"):
        return np.pad(tensor, ((0, 0), (0, more)))
    if more and ".up." in name:  # gate and up are one matrix, and each gets its own zeros
        halves = tensor.reshape(2, -1, *tensor.shape[1:])
        return np.pad(halves, ((0, 0), (0, more), *((0, 0) for _ in tensor.shape[1:]))).reshape(
            -1, *tensor.shape[1:]
        )
    return tensor


def is_matrix(name: str) -> bool:
    """Whether a weight is one of the large matrices."""
    owner, _, kind = name.rpartition(".")
    return kind == "weight" and owner.rsplit(".", 1)[-1] in _MATRICES


class _Packing(Mapping[str, Array]):
    """Weights that are brought into panels when they are asked for, one at a time."""

    def __init__(self, plain: dict[str, Array], form: Format, table: Array) -> None:
        self._plain, self._form = {**plain, "rope": table}, form

    def __getitem__(self, name: str) -> Array:
        tensor = self._plain[name]
        if not is_matrix(name):
            return np.ascontiguousarray(_in_panels(tensor) if name.endswith("bias") else tensor, np.float32)
        return (
            blocks.from_ggml(tensor) if tensor.dtype == np.uint8 else blocks.packed(tensor, self._bits(name))
        )

    def _bits(self, name: str) -> int:
        """In int4 the layers' matrices are in 4 bits; table and head, where every bit counts more, in 8."""
        if self._form == "int4":
            return 8 if name in ("embed.weight", "head.weight") else 4
        return 16 if self._form == "float16" else 8

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)


def _in_panels(bias: Array) -> Array:
    return np.pad(bias, (0, -len(bias) % blocks.PANEL))


# -- the file -------------------------------------------------------------------------------------


def path_in(folder: Path) -> Path:
    """Where a folder's packed weights are."""
    return folder / f"packed-{VERSION}.safetensors"


def save(folder: Path, weights: PackedWeights, report: Report = lambda done, total: None) -> PackedWeights:
    """Write weights into a folder and return them as they are there; the file appears whole or not at all."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    path, done, tensors = path_in(folder), 0, {}
    for name in weights.tensors:
        tensors[name] = weights.tensors[name]
        done += tensors[name].nbytes
        report(done, None)
    about = json.dumps({"form": weights.form, "config": asdict(weights.config)})
    fresh = path.with_suffix(".new")
    save_file(tensors, fresh, metadata={"about": about})
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
    for other in set(folder.glob("*.safetensors")) - {path}:  # of other versions
        other.unlink()
    return replace(weights, tensors=mapped(path)[1])


def load(folder: Path) -> PackedWeights | None:
    """What :func:`save` wrote; None where there is none of this version."""
    path = path_in(folder)
    if not path.exists():
        return None
    metadata, tensors = mapped(path)
    about = json.loads(metadata["about"])
    return PackedWeights(ModelConfig(**about["config"]), about["form"], tensors)


def mapped(path: Path) -> tuple[dict[str, str], dict[str, Array]]:
    """The metadata of a safetensors file, and its tensors as views of the file."""
    data = np.memmap(path, np.uint8, "r")
    begin = 8 + int(data[:8].view("<u8")[0])
    header = json.loads(bytes(data[8:begin]))
    metadata: dict[str, str] = header.pop("__metadata__", {})
    return metadata, {name: _view(data[begin:], **about) for name, about in header.items()}


def _view(data: Array, dtype: str, shape: list[int], data_offsets: list[int]) -> Array:
    first, end = data_offsets
    return data[first:end].view(_DTYPES[dtype]).reshape(shape)
