"""Matrices applied to rows, in the number formats that a CPU may be quick at.

Knows one matrix at a time: how it is stored, and how rows are brought into its format and back. Knows
nothing of layers or of who asks.

The int8 kernel quantises a whole tensor with one scale, so that by itself a neighbour in a batch would change
a row's numbers. Here every row is divided by its largest magnitude first and the scale is fixed: between
there and the exact product of integers, a row's result depends on that row alone, bit for bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_demo.decoding.batched_model import Format
from aigc_demo.decoding.packed import is_matrix

_STEP = 1 / 127
"""Rows in [-1, 1] become 1 .. 255 around :data:`_MIDDLE`."""
_MIDDLE = 128
_PAIR = 152
_LEAST = 1e-30
_ENGINE = "fbgemm"


class Linear(Protocol):
    """A matrix with, perhaps, a bias."""

    def __call__(self, rows: Tensor, factor: Tensor | None = None) -> Tensor:
        """(rows, in) -> (rows, out), in float32; each row times its ``factor`` (rows, 1) before the bias."""
        ...

    def added(self, to: Tensor, rows: Tensor) -> Tensor:
        """``to`` (rows, out) plus the result."""
        ...


class Table(Protocol):
    """One row for each token."""

    def __call__(self, ids: Tensor) -> Tensor:
        """(rows,) token ids -> (rows, hidden), in float32."""
        ...


class FloatLinear:
    """A matrix as it is, in float32 or bfloat16."""

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype = torch.float32) -> None:
        self._weight = weight.to(dtype)
        self._bias = bias

    def __call__(self, rows: Tensor, factor: Tensor | None = None) -> Tensor:
        """See :class:`Linear`."""
        rows = rows if factor is None else rows * factor
        result = F.linear(rows.to(self._weight.dtype), self._weight).float()
        return result if self._bias is None else result.add_(self._bias)

    def added(self, to: Tensor, rows: Tensor) -> Tensor:
        """See :class:`Linear`."""
        return to + self(rows)


class FloatTable:
    """Embeddings as they are."""

    def __init__(self, weight: Tensor) -> None:
        self._weight = weight

    def __call__(self, ids: Tensor) -> Tensor:
        """See :class:`Table`."""
        return F.embedding(ids, self._weight)


def has_int8() -> bool:
    """Whether this build of torch has the kernel."""
    return _ENGINE in torch.backends.quantized.supported_engines


@contextmanager
def _engine() -> Iterator[None]:
    """Packing asks the common setting which kernels to pack for; afterwards the packed matrix knows."""
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = _ENGINE
    try:
        yield
    finally:
        torch.backends.quantized.engine = before


class Int8Linear:
    """A matrix of int8 with a scale for each output; rows are quantised as they come, each by itself."""

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor | None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch announces that quantised tensors will go one day
            zeros = torch.zeros(len(scale), dtype=torch.long)
            quantised = torch._make_per_channel_quantized_tensor(weight, scale.double(), zeros, 0)
            with _engine():
                self._packed = torch.ops.quantized.linear_prepack(quantised, None)
        self._multiply = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
        self._bias = bias

    def __call__(self, rows: Tensor, factor: Tensor | None = None) -> Tensor:
        """See :class:`Linear`."""
        result, largest = self._product(rows)
        result.mul_(largest if factor is None else largest * factor)
        return result if self._bias is None else result.add_(self._bias)

    def added(self, to: Tensor, rows: Tensor) -> Tensor:
        """See :class:`Linear`."""
        result, largest = self._product(rows)
        out = torch.addcmul(to, result, largest)
        return out if self._bias is None else out.add_(self._bias)

    def _product(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The product for rows of magnitude one, and the magnitudes (rows, 1)."""
        largest = rows.abs().amax(-1, True).clamp_min_(_LEAST)
        return self._multiply(rows / largest, _STEP, _MIDDLE, self._packed), largest


class Int8Table:
    """Embeddings of int8 with a scale for each row."""

    def __init__(self, weight: Tensor, scale: Tensor) -> None:
        self._weight, self._scale = weight, scale[:, None]

    def __call__(self, ids: Tensor) -> Tensor:
        """See :class:`Table`."""
        return self._weight[ids] * self._scale[ids]


def quantised(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix as int8 and a scale for each row of it.

    CPUs without VNNI instructions add two neighbouring products in sixteen bits, and cut what does not fit.
    So the magnitudes of two neighbouring weights together stay within :data:`_PAIR`. Below 129 nothing could
    ever be cut; a little above, cuts are so rare that the finer steps are worth more.
    """
    size = F.pad(weight.abs(), (0, weight.shape[1] % 2))
    pairs = size.unflatten(1, (-1, 2)).sum(2).amax(1)
    scale = torch.maximum(size.amax(1) / 127, pairs / _PAIR).clamp_min(_LEAST)
    return (weight / scale[:, None]).round().to(torch.int8), scale


def in_format(form: Format, tensors: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """The weights as they are kept in a format; matrices in int8 get a ``.scale`` beside them."""
    kept: dict[str, Tensor] = {}
    for name, tensor in tensors:
        if form == "int8" and is_matrix(name):
            kept[name], kept[name.removesuffix(".weight") + ".scale"] = quantised(tensor)
        else:
            kept[name] = tensor
    return kept


def linear(form: Format, kept: Mapping[str, Tensor], name: str, bias: Tensor | None = None) -> Linear:
    """The matrix of that name out of what :func:`in_format` kept."""
    weight, bias = kept[f"{name}.weight"], kept.get(f"{name}.bias", bias)
    if form == "int8":
        return Int8Linear(weight, kept[f"{name}.scale"], bias)
    return FloatLinear(weight, bias, torch.bfloat16 if form == "bfloat16" else torch.float32)


def table(form: Format, kept: Mapping[str, Tensor], name: str) -> Table:
    """The embeddings of that name."""
    if form == "int8":
        return Int8Table(kept[f"{name}.weight"], kept[f"{name}.scale"])
    return FloatTable(kept[f"{name}.weight"])
