"""A trained language model: its file, and going on with a text.

Knows the two networks and the one file (``model.safetensors``) that carries weights, vocabulary and
configuration. A file that comes from anywhere is read as if a stranger had made it: bounded, checked against
its own configuration, never executed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from aigc_demo.decoding import Constraint, Sampler, Sampling
from aigc_demo.learning.texts import nets
from aigc_demo.learning.weights import check_fits
from aigc_demo.types import UserError

MOST_BYTES = 50_000_000
MOST_TOKENS = 8000

_Token = Annotated[str, Field(min_length=1, max_length=24)]


class TextConfig(BaseModel):
    """All that is needed to build the network again. Token 0 ends a text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["text"] = "text"
    method: Literal["gpt", "lstm"]
    data: str = Field(max_length=40)
    music: bool
    tokens: tuple[_Token, ...] = Field(min_length=2, max_length=MOST_TOKENS)
    width: int = Field(ge=8, le=512)
    depth: int = Field(ge=1, le=8)
    heads: int = Field(ge=1, le=16)
    inner: int = Field(ge=8, le=2048)
    context: int = Field(ge=8, le=512)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("two tokens are spelt alike")
        if self.width % (2 * self.heads):
            raise ValueError("heads do not divide the width")
        return self


def network(config: TextConfig, dropout: float = 0.0) -> nn.Module:
    """The network with fresh weights."""
    size = len(config.tokens)
    if config.method == "lstm":
        return nets.Lstm(size, config.width, config.depth, dropout)
    return nets.Gpt(size, config.width, config.depth, config.heads, config.inner, config.context, dropout)


class NetDecoder:
    """Goes on with token ids (:class:`aigc_demo.decoding.Decoder`'s protocol), one at a time.

    Args:
        net: in evaluation mode.
    """

    def __init__(self, net: nn.Module) -> None:
        self._net = net

    def run(
        self, prompt: list[int], sampler: Sampler, limit: int, stop: Collection[int]
    ) -> Iterator[int | None]:
        """New tokens, at most ``limit``; the one of ``stop`` that ends it is yielded too."""
        memory: nets.Memory = None
        said: list[int] = list(prompt)
        for _ in range(limit):
            with torch.inference_mode():
                scores, memory = self._net(torch.tensor([said]), memory)
            token = sampler(scores[0, -1].numpy())
            yield token
            if token in stop:
                return
            said = [token]


@torch.inference_mode()
def written(net: nn.Module, beginnings: Sequence[int], length: int, seed: int) -> list[list[int]]:
    """Several texts at once, each from one token, at temperature 0.8; the same for a seed and a network.

    Args:
        net: in evaluation mode.
        beginnings: one token each.
        length: tokens of each.
        seed: of what is left to chance.
    """
    rng = torch.Generator().manual_seed(seed)
    now, memory = torch.tensor(beginnings)[:, None], None
    rows = [now]
    for _ in range(length - 1):
        scores, memory = net(now, memory)
        now = torch.multinomial((scores[:, -1].float() / 0.8).softmax(-1), 1, generator=rng)
        rows.append(now)
    found: list[list[int]] = torch.cat(rows, 1).tolist()
    return found


def sample(
    net: nn.Module,
    prompt: Sequence[int],
    how: Sampling,
    limit: int,
    rules: Constraint | None = None,
    end: int = 0,
) -> Iterator[int]:
    """New tokens after a prompt to the token that ends a text, or ``limit``."""
    sampler = Sampler(how, prompt, rules)
    for token in NetDecoder(net).run(list(prompt), sampler, limit, (end,)):
        if token is not None:
            yield token


# -- the file -----------------------------------------------------------------------------------------


def to_bytes(weights: Mapping[str, Tensor], config: TextConfig) -> bytes:
    """The model as a file; with one entry of metadata, for the order of several is left to chance."""
    tensors = {name: tensor.detach().contiguous() for name, tensor in weights.items()}
    return save(tensors, {"config": config.model_dump_json()})


def read(path: Path) -> tuple[nn.Module, TextConfig]:
    """The model in a file. Raises UserError ``bad_trained_model`` for anything that is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        with safe_open(path, "pt") as file:
            config = TextConfig.model_validate_json((file.metadata() or {})["config"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        net = network(config)
        check_fits(net.state_dict(), tensors)
        net.load_state_dict(tensors)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UserError("bad_trained_model", "error.bad_trained_model", status=422, field="model") from error
    return net.eval(), config


def config_json(config: TextConfig) -> bytes:
    """``config.json`` for people and other programs."""
    return (json.dumps(config.model_dump(), ensure_ascii=False, indent=1) + "\n").encode()
