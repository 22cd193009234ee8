"""Saving, resuming and exporting while training: atomic files, a running average of weights, a log.

Knows nothing of any model. A state file is for training only and is read with ``weights_only=True``; what the
app loads is safetensors, written by ``save_pretrained``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


def fast_autocast() -> torch.autocast:
    """Autocast to bfloat16 where the processor computes in it; elsewhere it would be 60 times slower."""
    able = torch.cpu.get_capabilities()
    return torch.autocast(
        "cpu", torch.bfloat16, enabled=bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    )


class Log:
    """Print a line and append it, with the time, to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, line: str) -> None:
        """Write one line, with the time before it."""
        line = f"{time.strftime('%H:%M:%S')} {line}"
        print(line, flush=True)
        with self.path.open("a") as file:
            file.write(line + "\n")


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write a training state so that a crash in the middle leaves the old one whole."""
    fresh = path.with_suffix(".new")
    torch.save(state, fresh)
    fresh.replace(path)


def load_state(path: Path) -> dict[str, Any] | None:
    """Read a training state, or None where there is none yet."""
    if not path.exists():
        return None
    # Our own state of a training that goes on; nothing that the app loads comes this way.
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")  # noqa: TID251
    return state


class Average:
    """The exponential moving average of a model's parameters, kept in float32."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.shadow = [p.detach().clone().float() for p in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module, decay: float | None = None) -> None:
        """Move every averaged value a little towards the model's."""
        weight = 1.0 - (self.decay if decay is None else decay)
        torch._foreach_lerp_(self.shadow, list(model.parameters()), weight)

    @torch.no_grad()
    def copy_to(self, model: nn.Module) -> None:
        """Give a model of the same shape the averaged values."""
        for parameter, value in zip(model.parameters(), self.shadow, strict=True):
            parameter.copy_(value)

    def load(self, values: list[Tensor]) -> None:
        """Take up averaged values saved before."""
        torch._foreach_copy_(self.shadow, values)
