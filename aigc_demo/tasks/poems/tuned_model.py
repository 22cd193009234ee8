"""ShiGPT and what a visitor's fine-tuning changed of it: its network in torch, and the file of the change.

Two kinds of change: all weights (``finetune``), or two thin matrices beside each linear layer (``lora``).
Either can be taken at any strength: none is ShiGPT, one is as it was trained. A file is read as if a
stranger had made it. The matrices are ours and not peft's: peft brings transformers and accelerate along, and
draws the first weights from the process's one generator, so that a seed would not give the same model beside
other jobs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from aigc_demo.learning.texts.nets import Gpt, LowRank
from aigc_demo.learning.weights import check_fits
from aigc_demo.settings import ASSETS
from aigc_demo.types import UserError

BASE = ASSETS / "models" / "shigpt"
RANK = 4
MOST_BYTES = 60_000_000
_PREFIX = "model."
"""Of transformers' names."""
LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of a block."""


class TunedConfig(BaseModel):
    """What was changed how; ``base_sha256`` names the very weights that it was changed from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["tuned"] = "tuned"
    method: Literal["finetune", "lora"]
    base: Literal["shigpt"] = "shigpt"
    base_sha256: str = Field(max_length=64)
    rank: int = Field(RANK, ge=1, le=64)
    scale: float = Field(2.0, gt=0, le=16)


def config(method: Literal["finetune", "lora"]) -> TunedConfig:
    """Of a change that is made now."""
    return TunedConfig(method=method, base_sha256=base_sha256())


def base_sha256() -> str:
    """Of the weights that are shipped."""
    manifest = json.loads((BASE / "manifest.json").read_text("utf-8"))
    return str(manifest["files"]["model.safetensors"]["sha256"])


def base() -> Gpt:
    """ShiGPT in float32, in evaluation mode."""
    shape = json.loads((BASE / "config.json").read_text("utf-8"))
    net = Gpt(
        shape["vocab_size"],
        shape["hidden_size"],
        shape["num_hidden_layers"],
        shape["num_attention_heads"],
        shape["intermediate_size"],
        shape["max_position_embeddings"],
    )
    weights = load_file(BASE / "model.safetensors")
    net.load_state_dict({name.removeprefix(_PREFIX): tensor.float() for name, tensor in weights.items()})
    return net.eval()


def with_low_rank(net: Gpt, told: TunedConfig, rng: torch.Generator) -> list[nn.Parameter]:
    """Put two thin matrices beside every linear layer of every block; these alone are what learns."""
    net.requires_grad_(False)
    learning: list[nn.Parameter] = []
    for name, layer in list(net.named_modules()):
        part, _, last = name.rpartition(".")
        if isinstance(layer, nn.Linear) and last in LAYERS:
            beside = LowRank(layer, told.rank, rng, told.scale)
            setattr(net.get_submodule(part), last, beside)
            learning += [beside.lora_A, beside.lora_B]
    return learning


def change(
    told: TunedConfig, weights: Mapping[str, Tensor], original: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """What strength 1 adds to each weight of ShiGPT that was changed, by its name."""
    if told.method == "finetune":
        return {name: tensor.float() - original[name] for name, tensor in weights.items()}
    names = [name.removesuffix(".lora_A") for name in weights if name.endswith(".lora_A")]
    return {
        f"{name}.weight": told.scale * weights[f"{name}.lora_B"] @ weights[f"{name}.lora_A"] for name in names
    }


# -- the file -----------------------------------------------------------------------------------------


def to_bytes(weights: Mapping[str, Tensor], told: TunedConfig) -> bytes:
    """The change as a file: all weights in half precision, as ShiGPT's own, the matrices in full."""
    half = told.method == "finetune"
    tensors = {name: tensor.half() if half else tensor.contiguous() for name, tensor in weights.items()}
    return save(tensors, {"config": told.model_dump_json()})


def read(path: Path) -> tuple[dict[str, Tensor], TunedConfig]:
    """What a file says was changed. Raises UserError ``bad_trained_model`` for anything that is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        with safe_open(path, "pt") as file:
            told = TunedConfig.model_validate_json((file.metadata() or {})["config"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if told.base_sha256 != base_sha256():
            raise ValueError("changed from other weights")
        check_fits(_expected(told), tensors)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UserError("bad_trained_model", "error.bad_trained_model", status=422, field="model") from error
    return tensors, told


def _expected(told: TunedConfig) -> dict[str, Tensor]:
    """Shapes and types of what such a file holds."""
    net = base()
    if told.method == "finetune":
        return {name: tensor.half() for name, tensor in net.state_dict().items()}
    with_low_rank(net, told, torch.Generator())
    return {name: tensor for name, tensor in net.state_dict().items() if ".lora_" in name}
