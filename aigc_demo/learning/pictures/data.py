"""Sets of small pictures to learn from, with what is held back to judge by.

Knows files, shapes and labels. Pictures are float32 (count, channels, side, side) from -1 to 1; labels are
float32 (count, names): one of them 1 where they exclude one another, any of them otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aigc_demo.settings import ASSETS

FACE_SIDE = 32
FACES_LICENCE = "Apache-2.0 (drawn by facesjs)"
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


@cache
def faces() -> PictureSet:
    """Two thousand drawn faces of 32 x 32 pixels, one in five held back; any labels may go together."""
    folder = ASSETS / "data" / "faces"
    told = json.loads((folder / "labels.json").read_text("utf-8"))
    labels = torch.tensor([[float(mark) for mark in row] for row in told["faces"]])
    with Image.open(folder / "faces.webp") as image:
        sheet = np.asarray(image.convert("RGB"))
    rows, columns = sheet.shape[0] // FACE_SIDE, sheet.shape[1] // FACE_SIDE
    tiles = sheet.reshape(rows, FACE_SIDE, columns, FACE_SIDE, 3).transpose(0, 2, 4, 1, 3)
    pixels = torch.from_numpy(tiles.reshape(-1, 3, FACE_SIDE, FACE_SIDE)[: len(labels)].copy())
    names = tuple(told["names"])
    return split("faces", pixels.float() / 127.5 - 1, labels, names, exclusive=False, licence=FACES_LICENCE)


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
