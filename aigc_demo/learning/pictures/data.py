"""Sets of small pictures to learn from, with what is held back to judge by.

Knows files, shapes and labels. Pictures are float32 (count, channels, side, side) from -1 to 1; labels are
float32 (count, names): one of them 1 where they exclude one another, any of them otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aigc_demo.settings import ASSETS

HELD_BACK = 5
"""Every so-manieth picture is held back."""


@dataclass(frozen=True)
class PictureSet:
    """Pictures to learn from and pictures held back, with their labels and where they come from.

    ``names`` are what the labels are called; ``exclusive`` says that every picture has exactly one.
    """

    id: str
    pictures: Tensor
    labels: Tensor
    held_pictures: Tensor
    held_labels: Tensor
    names: tuple[str, ...]
    exclusive: bool
    licence: str

    @property
    def side(self) -> int:
        """Of a picture, in pixels."""
        return int(self.pictures.shape[-1])

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colours."""
        return int(self.pictures.shape[1])


@cache
def digits() -> PictureSet:
    """The 1,797 digits of 8 x 8 pixels, one in five held back."""
    with np.load(ASSETS / "data" / "digits" / "digits.npz") as file:
        grey, numbers = file["pictures"], file["labels"]
    pictures = torch.from_numpy(grey.astype(np.float32) / 8 - 1)[:, None]
    labels = torch.eye(10)[torch.from_numpy(numbers.astype(np.int64))]
    return split(
        "digits", pictures, labels, tuple("0123456789"), exclusive=True, licence="CC BY 4.0 (UCI digits)"
    )


def split(
    name: str, pictures: Tensor, labels: Tensor, names: tuple[str, ...], *, exclusive: bool, licence: str
) -> PictureSet:
    """A set with every fifth picture held back."""
    held = torch.arange(len(pictures)) % HELD_BACK == HELD_BACK - 1
    return PictureSet(
        name, pictures[~held], labels[~held], pictures[held], labels[held], names, exclusive, licence
    )


def to_bytes(pictures: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Pictures as bytes: (count, side, side) for grey, (count, side, side, 3) for colours."""
    scaled = ((pictures.detach().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    array = scaled.permute(0, 2, 3, 1).contiguous().numpy()
    return array[..., 0] if array.shape[-1] == 1 else array


def folder_of(name: str) -> Path:
    """Where a shipped set lies."""
    return ASSETS / "data" / name
