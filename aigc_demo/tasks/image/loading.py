"""Diffusers pipelines from a folder, put where the placement says: whole, in turns, or from the disk.

Knows diffusers' folders (``model_index.json`` and a folder for each part) and accelerate's hooks. Weights
are safetensors only, and nothing that came with them is run.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import torch
from accelerate import disk_offload
from diffusers import ControlNetModel, DiffusionPipeline

from aigc_demo.types import LoadContext, Placement

OWN_LORA = "fast"
"""The adapter that completes the model itself, where it has one."""


def load_pipeline(context: LoadContext) -> Any:
    """The pipeline in its folder, of the class that the folder names, with its further weights."""
    place = context.placement
    folder = Path(str(context.spec.options.get("folder") or context.path))
    known = {"dtype": getattr(torch, place.dtype), "use_safetensors": True, "local_files_only": True}
    known |= {"variant": variant} if (variant := variant_of(folder)) else {}
    parts = _from_disk(folder, place, known) if place.policy == "ram_small" else {}
    index = _index(folder)
    if (
        "safety_checker" in index
    ):  # a black picture tells a visitor nothing; what may be asked is guarded elsewhere
        parts["safety_checker"] = None
    pipe = DiffusionPipeline.from_pretrained(str(folder), **parts, **known)
    if lora := context.extras.get("lora"):
        pipe.load_lora_weights(str(lora), weight_name=lora_in(lora), adapter_name=OWN_LORA)
    if place.policy not in ("gpu_small", "ram_small"):
        pipe.to(place.device)
    return configure_offload(pipe, place)


def configure_offload(pipe: Any, place: Placement) -> Any:
    """The pipeline, quiet, and fetching its parts in turns where they do not fit the GPU together."""
    pipe.set_progress_bar_config(disable=True)
    if place.policy == "gpu_small":
        pipe.enable_model_cpu_offload(device=place.device)
    return pipe


def _index(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "model_index.json").read_text("utf-8"))
    return found


def control_net(context: LoadContext) -> ControlNetModel | None:
    """The ControlNet that completes the model, where its declaration names one."""
    folder = context.extras.get("control")
    if folder is None:
        return None
    known = {"variant": variant} if (variant := variant_of(folder)) else {}
    dtype = getattr(torch, context.placement.dtype)
    net = ControlNetModel.from_pretrained(
        str(folder), dtype=dtype, use_safetensors=True, local_files_only=True, **known
    )
    return net.to(context.placement.device)


def variant_of(folder: Path) -> str | None:
    """``fp16`` where the folder holds only the weights in half precision."""
    names = [path.name for path in folder.rglob("*.safetensors")]
    return "fp16" if names and all(".fp16." in name for name in names) else None


def lora_in(folder: Path) -> str:
    """The name of the one file in the folder of a LoRA."""
    return next(path.name for path in sorted(folder.rglob("*.safetensors")))


def _from_disk(folder: Path, place: Placement, known: dict[str, Any]) -> dict[str, Any]:
    """The parts that have weights, loaded one at a time, each left on the disk until it is computed with."""
    parts = {}
    for name, source in _index(folder).items():
        weights = folder / name
        if name == "safety_checker" or not isinstance(source, list) or not any(weights.glob("*.safetensors")):
            continue
        library, kind = source
        module = importlib.import_module(library if library in ("diffusers", "transformers") else "diffusers")
        part = getattr(module, kind).from_pretrained(str(weights), **known)
        disk_offload(
            part, offload_dir=str(_offload(place) / name), execution_device=torch.device(place.device)
        )
        parts[name] = part
    return parts


def _offload(place: Placement) -> Path:
    if place.offload_dir is None:
        raise ValueError("a placement from the disk names its folder")
    return place.offload_dir
