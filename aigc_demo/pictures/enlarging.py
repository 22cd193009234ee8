"""Any picture enlarged two, three or four times, in tiles that leave no seam.

Knows how a large picture is cut so that each tile sees all that has a part in it, and the networks that
enlarge one. Knows nothing of how these were trained, and of no job.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from aigc_demo.pictures.picture import to_tensor
from aigc_demo.pictures.upscale_net import CompactNet, DeepNet, Tick

Net = CompactNet | DeepNet


# -- tiles ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """A part of the picture, and in ``seen`` (top, bottom, left, right) the larger one it is made of."""

    top: int
    bottom: int
    left: int
    right: int
    seen: tuple[int, int, int, int]


def tiles(height: int, width: int, side: int, reach: int) -> Iterator[Tile]:
    """Cut a picture into about equal parts, none longer than ``side``, each seeing ``reach`` further."""
    for top, bottom in _cuts(height, side):
        for left, right in _cuts(width, side):
            seen = (
                max(0, top - reach),
                min(height, bottom + reach),
                max(0, left - reach),
                min(width, right + reach),
            )
            yield Tile(top, bottom, left, right, seen)


def _cuts(length: int, side: int) -> list[tuple[int, int]]:
    count = -(-length // side)
    edges = [round(index * length / count) for index in range(count + 1)]
    return list(itertools.pairwise(edges))


def enlarged(net: Net, picture: Tensor, side: int, device: str, tick: Tick) -> Image.Image:
    """The picture (3, H, W) in 0..1 enlarged ``net.scale`` times; ``tick`` is called within every tile."""
    _, height, width = picture.shape
    scale = net.scale
    canvas = np.empty((height * scale, width * scale, 3), np.uint8)
    with torch.inference_mode():
        for tile in tiles(height, width, side, net.reach):
            top, bottom, left, right = tile.seen
            part = picture[None, :, top:bottom, left:right].to(device)
            large = net(part.contiguous(memory_format=torch.channels_last), tick)[0]
            y, x = (tile.top - top) * scale, (tile.left - left) * scale
            rows, columns = (tile.bottom - tile.top) * scale, (tile.right - tile.left) * scale
            kept = large[:, y : y + rows, x : x + columns].clamp(0, 1).mul(255).add_(0.5).to(torch.uint8)
            canvas[tile.top * scale : tile.bottom * scale, tile.left * scale : tile.right * scale] = (
                kept.permute(1, 2, 0).cpu().numpy()
            )
    return Image.fromarray(canvas)


# -- the networks, ready for use ------------------------------------------------------------------


class Enlarger:
    """The compact networks: quick, and best on drawings; each is read when its scale is first asked for.

    Args:
        folder: holds ``x2.safetensors``, ``x3.safetensors`` and ``x4.safetensors``.
        device: where it computes.
    """

    side = 384

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self._folder, self._device = folder, device
        self._nets: dict[int, Net] = {}

    def net(self, scale: int) -> Net:
        """The network whose result is ``scale`` times as large; scale 1 is x2, to be scaled down."""
        scale = max(2, scale)
        if scale not in self._nets:
            net = CompactNet(scale)
            net.load_state_dict(load_file(self._folder / f"x{scale}.safetensors"))
            self._nets[scale] = _placed(net, self._device)
        return self._nets[scale]

    def ticks(self, size: tuple[int, int], scale: int) -> int:
        """How often ``tick`` will be called for a picture of this width and height."""
        width, height = size
        return len(_cuts(height, self.side)) * len(_cuts(width, self.side)) * _ticks(self.net(scale))

    def __call__(self, image: Image.Image, scale: int, tick: Tick = lambda: None) -> Image.Image:
        """The RGB picture enlarged; scale 1 cleans it up at its own size."""
        net = self.net(scale)
        large = enlarged(net, to_tensor(image), self.side, self._device, tick)
        size = (image.width * scale, image.height * scale)
        return large if large.size == size else large.resize(size, Image.Resampling.LANCZOS)


class DeepEnlarger(Enlarger):
    """The deep network, slow and best on photos: it knows x4 only, smaller results are scaled down."""

    side = 128

    def __init__(self, net: DeepNet, device: str = "cpu") -> None:
        self._device = device
        self._nets = {4: _placed(net, device)}

    def net(self, scale: int) -> Net:
        """The one network, whatever the scale."""
        del scale
        return self._nets[4]


def _placed(net: Net, device: str) -> Net:
    net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.eval().requires_grad_(False)


def _ticks(net: Net) -> int:
    if isinstance(net, CompactNet):
        return len(net.body) // 2 + 1
    return 3 * len(net.body) + 2
