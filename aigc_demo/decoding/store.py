"""A network of torch's that was prepared once, kept in a folder: quantised weights and what was measured.

Knows safetensors and the values of its neighbours. Knows nothing of where models come from. Reading it back
needs neither transformers nor the float32 weights: it takes a fraction of the time and memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_demo.decoding import format_selection
from aigc_demo.decoding.architecture import ModelConfig
from aigc_demo.decoding.format_selection import Choice, Trial
from aigc_demo.decoding.network import Network, Weights

FORMAT = "5"
"""Another one is another file, so that a folder that was rewritten does not look damaged."""


def save(folder: Path, choice: Choice) -> None:
    """Write what was chosen; the file appears whole or not at all."""
    from safetensors.torch import save_file

    weights = choice.weights
    tensors = dict(weights.kept)
    if weights.rope_table is not None:
        tensors["turns"] = torch.view_as_real(weights.rope_table)
    trials = [asdict(trial) for trial in choice.trials]
    about = {"form": weights.form, "config": asdict(weights.config), "trials": trials}
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder)
    fresh = path.with_suffix(".new")
    metadata = {"format": FORMAT, "torch": torch.__version__, "about": json.dumps(about)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, fresh, metadata=metadata)
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
    for other in set(folder.glob("decoder*.safetensors")) - {path}:
        other.unlink()


def load(folder: Path) -> tuple[Network, tuple[Trial, ...]] | None:
    """The network of a folder and how its format was chosen.

    None where there is none that this version and this torch wrote, and where this machine offers a quicker
    format that was not tried.
    """
    path = _path(folder)
    if not path.exists():
        return None
    with _opened(path) as file:
        metadata = file.metadata()
        if metadata["format"] != FORMAT or metadata["torch"] != torch.__version__:
            return None
        about = json.loads(metadata["about"])
        kept = _OnDemand(file, path)
        rotary = torch.view_as_complex(kept["turns"]) if "turns" in kept else None
        weights = Weights(ModelConfig(**about["config"]), about["form"], kept, rotary)
        trials = tuple(Trial(**trial) for trial in about["trials"])
        offered = format_selection.candidates()
        quicker = offered[: offered.index(weights.form)] if weights.form in offered else offered
        if trials and set(quicker) - {trial.form for trial in trials}:
            return None
        return Network(weights), trials


def _path(folder: Path) -> Path:
    return folder / f"decoder-{FORMAT}.safetensors"


def _opened(path: Path) -> Any:
    from safetensors import safe_open

    return safe_open(path, "pt")


class _OnDemand(Mapping[str, Tensor]):
    """The tensors of a file, each read when asked for: what is packed then is not held twice."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        self._names = frozenset(file.keys())

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        tensor: Tensor = self._file.get_tensor(name)
        if name == "embed.weight" and tensor.dtype == torch.int8:
            # It stays in the file: only the rows of tokens that are met are read.
            return _opened(self._path).get_tensor(name)
        # A matrix is copied when it is packed; the rest is copied here, so that the file is let go.
        return tensor if tensor.dtype == torch.int8 else tensor.clone()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
