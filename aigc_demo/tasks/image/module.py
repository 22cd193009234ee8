"""Networks that know what they were made with, saved and loaded as folders of diffusers' layout.

A folder holds ``config.json`` and ``diffusion_pytorch_model.safetensors``. diffusers itself would do, but
importing it brings sympy, peft and a thousand modules more: a hundred and fifty megabytes that nothing here
uses.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

WEIGHTS = "diffusion_pytorch_model.safetensors"
P = ParamSpec("P")
M = TypeVar("M", bound="ConfiguredModule")


class Config(dict[str, Any]):
    """Arguments of a constructor by name, also as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def register_to_config(init: Callable[Concatenate[M, P], None]) -> Callable[Concatenate[M, P], None]:
    """Keep what a constructor is called with, defaults included, as ``config``."""
    signature = inspect.signature(init)

    def wrapped(self: M, /, *args: P.args, **kwargs: P.kwargs) -> None:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        self.config = Config(list(bound.arguments.items())[1:])
        init(self, *args, **kwargs)

    functools.update_wrapper(wrapped, init)
    return wrapped


class ConfiguredModule(nn.Module):
    """A network whose constructor is decorated by :func:`register_to_config`."""

    config: Config

    @property
    def dtype(self) -> torch.dtype:
        """The number format of the parameters."""
        return next(self.parameters()).dtype

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration and weights."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        about = {"_class_name": type(self).__name__, **self.config}
        (folder / "config.json").write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", "utf-8")
        weights = {name: value.contiguous() for name, value in self.state_dict().items()}
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})

    @classmethod
    def from_pretrained(cls, folder: Path | str, dtype: torch.dtype = torch.float32) -> Self:
        """The network in a folder, in evaluation mode, all its floating numbers in ``dtype``."""
        folder = Path(folder)
        about = json.loads((folder / "config.json").read_text("utf-8"))
        with _Undrawn():
            result = cls(**{name: value for name, value in about.items() if not name.startswith("_")})
        weights = load_file(folder / WEIGHTS)
        result.load_state_dict({name: _own(value, dtype) for name, value in weights.items()}, assign=True)
        return result.eval()


class _Undrawn(TorchFunctionMode):
    """Draws no first weights for networks that get theirs at once.

    The "meta" device would do that too, at the price of importing half of torch's compiler.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        drawing = (torch.Tensor.uniform_, torch.Tensor.normal_)
        return args[0] if func in drawing else func(*args, **(kwargs or {}))


def _own(value: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy, so that the file is let go."""
    return value.to(dtype, copy=True) if value.is_floating_point() else value.clone()
