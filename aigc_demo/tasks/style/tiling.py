"""Painting pictures larger than memory likes, in strips that agree with each other to the last bit.

An instance norm looks at the whole picture, so tiles painted each by themselves show seams. Here a
layer goes over the picture strip by strip, its mean and variance are gathered over all of them, and only
then does the next layer begin: the result is that of the whole picture, with no overlap to blend away.
The widest map, the first layer's at full size, is never kept: it is computed twice instead. Knows tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.tasks.style.net import Affine, Conv, StyleNet

STRIP_PIXELS = 32 * 1024
"""Output pixels of a strip: its widest map, 2 MB in bfloat16, mostly stays in the processor's cache."""


class Rows(Protocol):
    """A feature map that is read by rows: what comes out is ready for the next convolution."""

    @property
    def height(self) -> int:
        """How many rows there are."""
        ...

    def read(self, low: int, high: int) -> Tensor:
        """Rows ``low`` to ``high``: (1, C, high - low, W)."""


@dataclass(frozen=True)
class Stored:
    """A map in memory; a norm that has become known since is applied as rows are read."""

    map: Tensor
    affine: Affine | None = None

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.map.shape[2]

    def read(self, low: int, high: int) -> Tensor:
        """Rows ``low`` to ``high``, ready for the next convolution."""
        rows = self.map[:, :, low:high]
        return rows if self.affine is None else activated(rows, self.affine)


@dataclass(frozen=True)
class Recomputed:
    """A map that is convolved anew each time its rows are read."""

    source: Rows
    conv: Conv
    affine: Affine | None
    height: int

    def read(self, low: int, high: int) -> Tensor:
        """Rows ``low`` to ``high``, ready for the next convolution."""
        rows = convolved(self.source, self.conv, low, high)
        return F.relu_(rows) if self.affine is None else activated(rows, self.affine)


def activated(rows: Tensor, affine: Affine) -> Tensor:
    """Scale, shift and clip below at zero."""
    scale, shift = (part.to(rows.dtype).view(1, -1, 1, 1) for part in (affine.scale, affine.shift))
    return torch.addcmul(shift, rows, scale).relu_()


def convolved(source: Rows, conv: Conv, low: int, high: int) -> Tensor:
    """Output rows ``low`` to ``high`` of a convolution, mirrored at the picture's edges only."""
    pad, up = conv.kernel // 2, conv.up
    first, last = low * conv.stride - pad, (high - 1) * conv.stride + pad  # rows after doubling
    height = source.height * up
    top, bottom = max(0, -first), max(0, last - height + 1)
    first, last = first + top, last - bottom
    rows = source.read(first // up, last // up + 1)
    if up > 1:
        skipped = first - first // up * up
        rows = F.interpolate(rows, scale_factor=up)[:, :, skipped : skipped + last - first + 1]
    rows = F.pad(F.pad(rows, (pad, pad, 0, 0), mode="reflect"), (0, 0, top, bottom), mode="reflect")
    return F.conv2d(rows, conv.weight, conv.bias, conv.stride)


class Moments:
    """Mean and variance of each channel, gathered strip by strip (Chan, Golub, LeVeque 1979)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: Tensor | float = 0.0
        self.squares: Tensor | float = 0.0

    def add(self, rows: Tensor) -> None:
        """Take in (1, C, h, W)."""
        count = rows.shape[2] * rows.shape[3]
        # the norm's own kernel is the fastest way to a map's moments; what it returns besides is dropped
        _, mean, inverse = torch.native_batch_norm(rows, None, None, None, None, True, 0.0, 1e-12)
        mean, variance = mean.double(), inverse.double().pow(-2) - 1e-12
        total = self.count + count
        offset = mean - self.mean
        self.squares = self.squares + variance * count + offset**2 * (self.count * count / total)
        self.mean = self.mean + offset * (count / total)
        self.count = total

    def resolve(self, affine: Affine, eps: float) -> Affine:
        """The norm and its style as one scale and shift of the raw map."""
        variance = torch.as_tensor(self.squares) / self.count
        scale = affine.scale.double() / (variance + eps).sqrt()
        return Affine(scale.float(), (affine.shift.double() - self.mean * scale).float())


def spans(height: int, width: int, pixels: int) -> Iterator[tuple[int, int]]:
    """Consecutive row ranges that cover ``height``, each of about ``pixels`` pixels."""
    step = max(1, pixels // width)
    for low in range(0, height, step):
        yield low, min(height, low + step)


@dataclass(frozen=True)
class TiledRenderer:
    """Walks a network's layers over strips; ``tick`` is called after each strip of each layer."""

    net: StyleNet
    pixels: int = STRIP_PIXELS
    tick: Callable[[], None] = lambda: None

    def paint(self, picture: Tensor, code: Tensor) -> Tensor:
        """As ``net(picture, code)``: (1, 3, H, W) in 0..1, float32."""
        affines = self.net.affines(code)
        rows = self._contract(Stored(picture), affines, picture.shape[2:])
        hidden = self.net.thought(rows.read(0, rows.height), affines)
        return self._expand(Stored(hidden), affines)

    def _contract(self, picture: Rows, affines: Iterator[Affine], size: tuple[int, ...]) -> Rows:
        height, width = size
        first, *others = self._convs(self.net.contract)
        normed = self.net.layout.normed_contract
        affine = self._measured(picture, first, affines, height, width) if normed else None
        rows: Rows = Recomputed(picture, first, affine, height)
        for conv in others:
            height, width = height // 2, width // 2
            rows = self._kept(rows, conv, affines if normed else None, height, width)
        return rows

    def _expand(self, rows: Stored, affines: Iterator[Affine]) -> Tensor:
        *before, last = self._convs(self.net.expand)
        for conv in before:
            height, width = rows.height * 2, rows.map.shape[3] * 2
            rows = self._kept(rows, conv, affines, height, width)
        painted = self._kept(rows, last, affines, rows.height, rows.map.shape[3])
        affine = painted.affine
        if affine is None:
            raise TypeError("The last layer has a norm.")
        result = torch.empty(painted.map.shape, dtype=torch.float32, device=painted.map.device)
        for low, high in spans(painted.height, result.shape[3], self.pixels):
            scale, shift = (part.view(1, -1, 1, 1) for part in (affine.scale, affine.shift))
            result[:, :, low:high] = torch.sigmoid(painted.map[:, :, low:high].float() * scale + shift)
        return result

    @staticmethod
    def _convs(layers: nn.ModuleList) -> list[Conv]:
        return [cast("Conv", layer) for layer in layers]

    def _measured(self, rows: Rows, conv: Conv, affines: Iterator[Affine], height: int, width: int) -> Affine:
        """Look at a layer's output once, keep only its moments."""
        moments = Moments()
        for low, high in spans(height, width, self.pixels):
            moments.add(convolved(rows, conv, low, high))
            self.tick()
        return moments.resolve(next(affines), self.net.layout.eps)

    def _kept(
        self, rows: Rows, conv: Conv, affines: Iterator[Affine] | None, height: int, width: int
    ) -> Stored:
        """Compute a layer's output into memory, and its moments on the way; without norm it is clipped."""
        moments, kept = Moments(), torch.empty(0)
        for low, high in spans(height, width, self.pixels):
            strip = convolved(rows, conv, low, high)
            if low == 0:
                kept = torch.empty(
                    (1, strip.shape[1], height, width),
                    dtype=strip.dtype,
                    device=strip.device,
                    memory_format=torch.channels_last,
                )
            if affines is not None:
                moments.add(strip)
            kept[:, :, low:high] = strip if affines is not None else F.relu_(strip)
            self.tick()
        return Stored(
            kept, moments.resolve(next(affines), self.net.layout.eps) if affines is not None else None
        )
