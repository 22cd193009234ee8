"""The same network with other weights, easier to quantise: norms folded in, no channel standing out.

Knows the names of :mod:`architecture` and linear algebra. Knows nothing of number formats.

What passes between layers may be turned by any orthogonal matrix if all who write it and read it are turned
alike; the function stays the same. Language models have a few channels hundreds of times larger than the
rest, and a scale that holds these leaves the rest few bits. A random turn spreads them evenly (QuaRot:
Ashkboos et al. 2024), at no cost when the model runs. For it the weights of the norms must go into the
matrices that follow, and a layer norm must become an RMS norm: its centring goes into those who write
(SliceGPT: Ashkboos et al. 2024). Values are turned within each head in the same way.

Only what goes into a layer's last matrix cannot be turned beforehand, for it comes out of a product. It is
spread by a few sums and differences (a Hadamard matrix of 16) each time, which the matrix undoes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from aigc_demo.decoding.architecture import ModelConfig

SPREAD = 4
_READERS = {"qkv": "norm1", "up": "norm2", "head": "final"}


def rotated(
    config: ModelConfig, tensors: Iterable[tuple[str, Tensor]]
) -> tuple[ModelConfig, Iterator[tuple[str, Tensor]]]:
    """The sizes and weights of the turned network; the head is a matrix of its own from now on."""
    tied = config.tied
    hadamard = SPREAD if config.inner % 2**SPREAD == 0 else 0
    config = replace(config, rotated=True, tied=False, hadamard=hadamard)
    return config, _rotated(config, tied, tensors)


def hadamard(rows: Tensor, times: int) -> Tensor:
    """Mix each row (n, inner) evenly: sums and differences of halves, of quarters, and so on.

    Done twice, it gives the rows ``2 ** times`` as large.
    """
    for stage in range(times):
        parts = rows.view(len(rows), 2**stage, 2, -1)
        first, second = parts[:, :, 0], parts[:, :, 1]
        rows = torch.stack([first + second, first - second], 2).view(rows.shape)
    return rows


def _rotated(
    config: ModelConfig, tied: bool, tensors: Iterable[tuple[str, Tensor]]
) -> Iterator[tuple[str, Tensor]]:
    rng = torch.Generator().manual_seed(0)
    stream, inside = _orthogonal(config.hidden, rng), _orthogonal(config.width, rng)
    norms: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    head: Tensor | None = None
    for name, tensor in _biases_first(tensors):
        owner, kind = name.rsplit(".", 1)
        part = owner.rsplit(".", 1)[-1]
        if part in ("norm1", "norm2", "final"):
            norms[f"{owner}.{kind}"] = tensor
        elif part in ("qnorm", "knorm"):
            yield name, tensor
        elif kind == "bias":
            biases[owner] = tensor
        elif part == "embed":
            head = tensor if tied else None
            yield name, _written(config, tensor, stream)
        elif part == "places":
            yield name, _written(config, tensor, stream)
        elif part in _READERS:
            yield from _read(config, owner, tensor, norms, biases.pop(owner, None), stream, inside)
        else:
            yield from _write(config, owner, tensor, biases.pop(owner, None), stream, inside)
    if head is not None:
        yield from _read(config, "head", head, norms, None, stream, inside)


def _biases_first(tensors: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    """Each matrix after its bias: the two are folded together."""
    held: tuple[str, Tensor] | None = None
    for name, tensor in tensors:
        if held is not None and name != held[0].removesuffix("weight") + "bias":
            yield held
            held = None
        if name.endswith(".weight"):
            held = (name, tensor)
            continue
        yield name, tensor
        if held is not None:
            yield held
            held = None
    if held is not None:
        yield held


def _read(
    config: ModelConfig,
    owner: str,
    weight: Tensor,
    norms: dict[str, Tensor],
    bias: Tensor | None,
    stream: Tensor,
    inside: Tensor,
) -> Iterator[tuple[str, Tensor]]:
    """A matrix that reads the stream through a norm: it takes the norm's weights in."""
    number, _, part = owner.rpartition(".")
    norm = f"{number}.{_READERS[part]}" if number else _READERS[part]
    matrix, shift = weight, norms.get(f"{norm}.bias")
    if shift is not None:
        moved = matrix @ shift
        bias = moved if bias is None else bias + moved
    matrix = (matrix * norms[f"{norm}.weight"]) @ stream
    if part == "qkv":
        first = (config.heads + config.kv_heads) * config.width  # where the values begin
        matrix[first:] = _within_heads(matrix[first:], inside)
        if bias is not None:
            bias[first:] = _within_heads(bias[first:, None], inside)[:, 0]
    yield f"{owner}.weight", matrix
    if bias is not None:
        yield f"{owner}.bias", bias


def _write(
    config: ModelConfig, owner: str, weight: Tensor, bias: Tensor | None, stream: Tensor, inside: Tensor
) -> Iterator[tuple[str, Tensor]]:
    """A matrix that adds to the stream."""
    matrix = weight
    if owner.endswith("out"):
        matrix = _within_heads(matrix.T, inside).T
    elif owner.endswith("down"):
        matrix = hadamard(matrix, config.hadamard) / 2**config.hadamard
    yield f"{owner}.weight", _written(config, matrix.T, stream).T.contiguous()
    if bias is not None:
        yield f"{owner}.bias", _written(config, bias[None], stream)[0]


def _written(config: ModelConfig, rows: Tensor, stream: Tensor) -> Tensor:
    """Rows (n, hidden) that are added to the stream: centred where the norms centre, and turned."""
    if config.family == "gpt2":
        rows = rows - rows.mean(1, True)
    return rows @ stream


def _within_heads(rows: Tensor, inside: Tensor) -> Tensor:
    """(heads * width, n) with each head's rows turned."""
    by_head = rows.unflatten(0, (-1, len(inside)))
    return (inside.T @ by_head).flatten(0, 1)


def _orthogonal(size: int, rng: torch.Generator) -> Tensor:
    drawn = torch.randn(size, size, generator=rng, dtype=torch.float64)
    turn: Tensor = torch.linalg.qr(drawn)[0].float()
    return turn
