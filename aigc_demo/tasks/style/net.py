"""The painter: one feed-forward network whose instance norms hold the style.

A *code* is the flat vector of every norm's scale and shift, and it is all a style is: the convolutions
are shared by every style (Dumoulin, Shlens, Kudlur 2017, "A Learned Representation for Artistic Style").
The same network serves a fixed table of codes and codes that :class:`Predictor` reads off any picture
(Ghiasi et al. 2017, "Exploring the structure of a real-time, arbitrary neural artistic stylization
network"). Knows tensors only: no files, no pictures, no styles' names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPS = 1e-5


@dataclass(frozen=True)
class Layout:
    """Widths of the network.

    ``normed_contract`` tells whether the first three layers have norms too (the table network) or plain
    biases (the arbitrary one); ``eps`` stabilises the norms' variance.
    """

    contract: tuple[int, int, int] = (32, 32, 32)
    residuals: int = 6
    expand: tuple[int, int] = (8, 4)
    normed_contract: bool = True
    eps: float = EPS

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each norm, in the order in which a code lists them."""
        body = (self.contract[2],) * (2 * self.residuals)
        return (self.contract if self.normed_contract else ()) + body + (*self.expand, 3)

    @property
    def code_size(self) -> int:
        """Length of a code: a scale and a shift for each channel of each norm."""
        return 2 * sum(self.widths)


TABLE = Layout()
ANY = Layout(contract=(8, 16, 32), residuals=5, expand=(16, 8), normed_contract=False)
TINY = Layout(contract=(4, 4, 4), residuals=1, expand=(4, 4))


@dataclass(frozen=True)
class Affine:
    """One norm's share of a code: ``scale`` and ``shift``, each (C,) in float32."""

    scale: Tensor
    shift: Tensor


def reflect(x: Tensor, pad: int) -> Tensor:
    """``x`` mirrored by ``pad`` on all four sides, without repeating the edge."""
    return F.pad(x, (pad, pad, pad, pad), mode="reflect")


class Conv(nn.Module):
    """Mirror, optionally double the size first, and convolve: (1, in, H, W) -> (1, out, H', W')."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, up: int = 1, bias: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.kernel, self.stride, self.up = kernel, stride, up

    def forward(self, x: Tensor) -> Tensor:
        """(1, in, H, W) -> (1, out, H x up / stride, W x up / stride)."""
        if self.stride == 2 and not torch.is_grad_enabled() and x.shape[2] % 2 == x.shape[3] % 2 == 0:
            return self._halved(x)
        if self.up > 1:
            x = F.interpolate(x, scale_factor=self.up)  # nearest: no checkerboard, as transposed would make
        return F.conv2d(reflect(x, self.kernel // 2), self.weight, self.bias, self.stride)

    def _halved(self, x: Tensor) -> Tensor:
        """The same for stride 2 and even sides, without a mirrored copy of a map as large as all others.

        Zeros stand in for the mirrored edge; only the first row and column see them and are done again.
        """
        y = F.conv2d(x, self.weight, self.bias, 2, padding=1)
        top = torch.cat([x[:, :, 1:2], x[:, :, :2]], 2)
        top = torch.cat([top[..., 1:2], top], 3)
        left = torch.cat([x[..., 1:2], x[..., :2]], 3)
        left = torch.cat([left[:, :, 1:2], left], 2)
        y[:, :, :1] = F.conv2d(top, self.weight, self.bias, 2)[..., : y.shape[3]]
        y[..., :1] = F.conv2d(left, self.weight, self.bias, 2)[:, :, : y.shape[2]]
        return y


class StyleNet(nn.Module):
    """Contract by four, think in residual blocks, expand by four, squash to 0..1."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout
        a, b, c = layout.contract
        d, e = layout.expand
        bias = not layout.normed_contract
        self.contract = nn.ModuleList(
            [Conv(3, a, 9, bias=bias), Conv(a, b, 3, stride=2, bias=bias), Conv(b, c, 3, stride=2, bias=bias)]
        )
        self.residual = nn.ModuleList(
            nn.ModuleList([Conv(c, c, 3), Conv(c, c, 3)]) for _ in range(layout.residuals)
        )
        self.expand = nn.ModuleList([Conv(c, d, 3, up=2), Conv(d, e, 3, up=2), Conv(e, 3, 9)])

    def affines(self, code: Tensor) -> Iterator[Affine]:
        """The norms' shares of a code (code_size,), in the order in which the layers ask for them."""
        start = 0
        for width in self.layout.widths:
            yield Affine(code[start : start + width], code[start + width : start + 2 * width])
            start += 2 * width

    def norm(self, x: Tensor, affine: Affine) -> Tensor:
        """Instance norm of (1, C, H, W): for a batch of one it is batch norm, whose kernel is faster."""
        return F.batch_norm(x, None, None, affine.scale, affine.shift, training=True, eps=self.layout.eps)

    def contracted(self, x: Tensor, affines: Iterator[Affine]) -> Tensor:
        """(1, 3, H, W) in 0..1 -> (1, C, H/4, W/4)."""
        for conv in self.contract:
            x = conv(x)
            if self.layout.normed_contract:
                x = self.norm(x, next(affines))
            x = F.relu(x, inplace=not torch.is_grad_enabled())
        return x

    def thought(self, x: Tensor, affines: Iterator[Affine]) -> Tensor:
        """The residual blocks: same shape in and out."""
        for block in self.residual:
            first, second = cast("nn.ModuleList", block)
            y = F.relu(self.norm(first(x), next(affines)), inplace=not torch.is_grad_enabled())
            x = x + self.norm(second(y), next(affines))
        return x

    def expanded(self, x: Tensor, affines: Iterator[Affine]) -> Tensor:
        """(1, C, H/4, W/4) -> (1, 3, H, W) in 0..1."""
        *before, last = self.expand
        for conv in before:
            x = F.relu(self.norm(conv(x), next(affines)), inplace=not torch.is_grad_enabled())
        return torch.sigmoid(self.norm(last(x), next(affines)))

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """A picture (1, 3, H, W) in 0..1, sides multiples of 4 and at least 16, painted with ``code``."""
        affines = self.affines(code)
        return self.expanded(self.thought(self.contracted(x, affines), affines), affines)


# -- reading a code off any picture ---------------------------------------------------------------

BOTTLENECK = 100
PREDICTOR_SIDE = 256
"""The predictor was trained on, and is asked with, squares of this many pixels."""

_BLOCKS = (
    # expansion, channels, repeats, stride of the first: MobileNet V2 (Sandler et al. 2018, table 2)
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _same(x: Tensor, stride: int) -> Tensor:
    """Pad for a 3x3 convolution as TensorFlow's SAME does: at stride 2 only below and to the right."""
    return F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))


class InvertedResidual(nn.Module):
    """Widen, look around channel by channel, narrow; add the input where the shape allows."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.stride, self.adds = stride, stride == 1 and inputs == outputs
        self.expand = nn.Conv2d(inputs, wide, 1) if expansion > 1 else None
        self.depthwise = nn.Conv2d(wide, wide, 3, stride, groups=wide)
        self.project = nn.Conv2d(wide, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H / stride, W / stride)."""
        y = F.relu6(self.expand(x)) if self.expand is not None else x
        y = F.relu6(self.depthwise(_same(y, self.stride)))
        y = self.project(y)
        return x + y if self.adds else y


class Predictor(nn.Module):
    """A picture (B, 3, 256, 256) in 0..1 -> its style in a hundred numbers (B, 100)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 2)
        blocks, width = [], 32
        for expansion, channels, repeats, stride in _BLOCKS:
            for index in range(repeats):
                blocks.append(InvertedResidual(width, channels, stride if index == 0 else 1, expansion))
                width = channels
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Conv2d(width, 1280, 1)
        self.bottleneck = nn.Linear(1280, BOTTLENECK)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, 256, 256) in 0..1 -> (B, 100)."""
        x = F.relu6(self.stem(_same(x, 2)))
        for block in self.blocks:
            x = block(x)
        return self.bottleneck(F.relu6(self.head(x)).mean((2, 3)))


class AnyStyleNet(nn.Module):
    """The painter together with what turns a picture's hundred numbers into a code."""

    def __init__(self, layout: Layout = ANY) -> None:
        super().__init__()
        self.predictor = Predictor()
        self.to_code = nn.Linear(BOTTLENECK, layout.code_size)
        self.painter = StyleNet(layout)

    def vector(self, style: Tensor) -> Tensor:
        """The hundred numbers (100,) of one style picture (1, 3, 256, 256)."""
        return self.predictor(style)[0]

    def code(self, vector: Tensor) -> Tensor:
        """The painter's code for a style vector (100,). Linear: blends of vectors blend the codes."""
        return self.to_code(vector)
