"""A trained picture model: its file, and drawing with it.

Knows the four methods by what they draw with, and the one file (``model.safetensors``) that carries weights
and configuration. A file that comes from anywhere is read as if a stranger had made it: bounded, checked
against its own configuration, never executed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from aigc_demo.learning.pictures import nets
from aigc_demo.learning.weights import check_fits
from aigc_demo.types import UserError

Method = Literal["gan", "dcgan", "vae", "flow"]
MOST_BYTES = 100_000_000
FLOW_STEPS = 25

_Name = Annotated[str, Field(max_length=40)]


class PictureConfig(BaseModel):
    """All that is needed to build the network again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pictures"] = "pictures"
    method: Method
    data: str = Field(max_length=40)
    side: Literal[8, 16, 32, 64]
    channels: Literal[1, 3]
    names: tuple[_Name, ...] = Field(max_length=100)
    exclusive: bool
    noise: int = Field(ge=1, le=256)
    width: int = Field(ge=8, le=1024)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len(set(self.names)) != len(self.names):
            raise ValueError("two labels have one name")
        return self


def network(config: PictureConfig) -> nn.Module:
    """The network that draws, with fresh weights."""
    shape = (len(config.names), config.side, config.channels, config.width)
    match config.method:
        case "gan":
            return nets.Generator(config.noise, *shape)
        case "dcgan":
            return nets.ConvGenerator(config.noise, *shape)
        case "vae":
            return nets.Decoder(config.noise, *shape)
        case "flow":
            return nets.FlowNet(*shape)


def noise_size(config: PictureConfig) -> int:
    """Numbers of noise that one picture is drawn from."""
    return config.side**2 * config.channels if config.method == "flow" else config.noise


@torch.no_grad()
def draw(
    net: nn.Module,
    config: PictureConfig,
    noise: Tensor,
    labels: Tensor,
    *,
    steps: int = FLOW_STEPS,
    guidance: float = 1.0,
    tick: Callable[[int, Tensor], None] = lambda step, pictures: None,
) -> Tensor:
    """Pictures (count, channels, side, side) from -1 to 1.

    Args:
        net: the network, in evaluation mode.
        config: what it is.
        noise: (count, :func:`noise_size`).
        labels: (count, names); all zero for none.
        steps: of a flow; the others draw at once.
        guidance: of a flow: 1 is what it learnt, more follows the labels more closely.
        tick: told after each step how far it is, with the pictures so far.
    """
    if config.method != "flow":
        pictures: Tensor = net(noise, labels)
        tick(1, pictures)
        return pictures
    return _flow(net, config, noise, labels, steps, guidance, tick)


def _flow(
    net: nn.Module,
    config: PictureConfig,
    noise: Tensor,
    labels: Tensor,
    steps: int,
    guidance: float,
    tick: Callable[[int, Tensor], None],
) -> Tensor:
    """Euler's method along the straight way from noise to what the network takes for the picture."""
    x = noise.view(-1, config.channels, config.side, config.side)
    for step in range(steps):
        time = torch.full((len(x), 1), step / steps)
        clean = net(x, time, labels)
        if guidance != 1.0:
            free = net(x, time, torch.zeros_like(labels))
            clean = free + guidance * (clean - free)
        x = x + (clean - x) / (steps - step)
        tick(step + 1, x)
    return x


# -- the file -----------------------------------------------------------------------------------------


def to_bytes(weights: Mapping[str, Tensor], config: PictureConfig) -> bytes:
    """The model as a file; with one entry of metadata, for the order of several is left to chance."""
    tensors = {name: tensor.detach().contiguous() for name, tensor in weights.items()}
    return save(tensors, {"config": config.model_dump_json()})


def read(path: Path) -> tuple[nn.Module, PictureConfig]:
    """The model in a file. Raises UserError ``bad_trained_model`` for anything that is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        with safe_open(path, "pt") as file:
            config = PictureConfig.model_validate_json((file.metadata() or {})["config"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        net = network(config)
        check_fits(net.state_dict(), tensors)
        net.load_state_dict(tensors)
    except (OSError, ValueError, KeyError, ValidationError, SafetensorError) as error:
        raise UserError("bad_trained_model", "error.bad_trained_model", status=422, field="model") from error
    return net.eval(), config


def config_json(config: PictureConfig) -> bytes:
    """``config.json`` for people and other programs."""
    return (json.dumps(config.model_dump(), ensure_ascii=False, indent=2) + "\n").encode()
