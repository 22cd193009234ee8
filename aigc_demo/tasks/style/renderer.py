"""Running the painting network well: the arithmetic this machine is fast at, whole or in strips.

Knows number formats, memory layouts and sizes. Knows nothing of pictures' files or of styles' names.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from aigc_demo.tasks.style.net import StyleNet
from aigc_demo.tasks.style.tiling import STRIP_PIXELS, TiledRenderer

WHOLE_PIXELS = 640 * 640
"""Pictures up to this many pixels are painted in one piece, larger ones in strips."""

MIN_SIDE = 16
"""Shorter sides have no room for three layers of mirrored edges."""


def fastest_dtype(device: str) -> torch.dtype:
    """bfloat16 where this machine convolves in it faster than in float32, as found by trying."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device != "cpu":
        return torch.float32

    def seconds(dtype: torch.dtype) -> float:
        x = torch.ones(1, 32, 96, 96, dtype=dtype).contiguous(memory_format=torch.channels_last)
        weight = torch.ones(32, 32, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
        best = float("inf")
        for _ in range(6):
            start = time.perf_counter()
            F.conv2d(x, weight)
            best = min(best, time.perf_counter() - start)
        return best

    with torch.inference_mode():
        return torch.bfloat16 if seconds(torch.bfloat16) < seconds(torch.float32) else torch.float32


class StyleRenderer:
    """A network placed and cast once, called with pictures and codes."""

    def __init__(self, net: StyleNet, device: str = "cpu", dtype: torch.dtype | None = None) -> None:
        self.device = torch.device(device)
        self.dtype = dtype or fastest_dtype(device)
        self.net = net.to(self.device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def __call__(
        self,
        picture: Tensor,
        code: Tensor,
        *,
        whole_pixels: int = WHOLE_PIXELS,
        strip_pixels: int = STRIP_PIXELS,
        tick: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Paint (3, H, W) in 0..1, both sides at least 16: the same shape, float32, on the CPU."""
        _, height, width = picture.shape
        with torch.inference_mode():
            x = self.prepared(picture)
            code = code.to(self.device, torch.float32)
            if height * width <= whole_pixels:
                painted = self.net(x, code)
            else:
                painted = TiledRenderer(self.net, strip_pixels, tick).paint(x, code)
            return painted[0, :, :height, :width].float().cpu()

    def sheet(self, picture: Tensor, codes: Tensor, tick: Callable[[], None] = lambda: None) -> Tensor:
        """One small picture (3, H, W) in every style of (N, code_size): (N, 3, H, W), float32."""
        painted = []
        for code in codes:
            painted.append(self(picture, code))
            tick()
        return torch.stack(painted)

    def prepared(self, picture: Tensor) -> Tensor:
        """A batch of one, its sides mirrored up to multiples of four, in our format."""
        height, width = picture.shape[1:]
        x = F.pad(picture[None], (0, -width % 4, 0, -height % 4), mode="reflect")
        return x.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)
