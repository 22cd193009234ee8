"""A network that was prepared once, kept in a folder: quantised weights and what was measured.

Knows safetensors and the values of its neighbours. Knows nothing of where models come from. Reading it back
needs neither transformers nor the float32 weights: it takes a fraction of the time and memory.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import torch

from aigc_demo.decoding.anatomy import Facts
from aigc_demo.decoding.ladder import Choice, Trial
from aigc_demo.decoding.network import Network, Weights

FORMAT = "1"
_NAME = "decoder.safetensors"


def save(folder: Path, choice: Choice) -> None:
    """Write what was chosen; the file appears whole or not at all."""
    from safetensors.torch import save_file

    weights = choice.weights
    tensors = dict(weights.kept)
    if weights.turns is not None:
        tensors["turns"] = torch.view_as_real(weights.turns)
    trials = [asdict(trial) for trial in choice.trials]
    about = {"form": weights.form, "facts": asdict(weights.facts), "trials": trials}
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / (_NAME + ".new")
    metadata = {"format": FORMAT, "torch": torch.__version__, "about": json.dumps(about)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, fresh, metadata=metadata)
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    fresh.replace(folder / _NAME)


def load(folder: Path) -> tuple[Network, tuple[Trial, ...]] | None:
    """The network of a folder; None where there is none that this version and this torch wrote."""
    from safetensors import safe_open

    path = folder / _NAME
    if not path.exists():
        return None
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        if metadata["format"] != FORMAT or metadata["torch"] != torch.__version__:
            return None
        about = json.loads(metadata["about"])
        # What is packed is copied thereby; the rest is copied here, so that the file is let go.
        names = list(file.keys())
        kept = {n: file.get_tensor(n) if _packed(n, names) else file.get_tensor(n).clone() for n in names}
    turns = kept.pop("turns", None)
    rotary = None if turns is None else torch.view_as_complex(turns)
    network = Network(Weights(Facts(**about["facts"]), about["form"], kept, rotary))
    return network, tuple(Trial(**trial) for trial in about["trials"])


def _packed(name: str, names: list[str]) -> bool:
    """Whether a weight is a matrix of int8 that the network keeps in a form of its own."""
    scale = name.removesuffix(".weight") + ".scale"
    return name != "embed.weight" and scale in names
