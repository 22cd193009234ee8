"""What a training of pictures is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.types import Params, param

Data = Literal["digits", "faces", "mine"]
Method = Literal["gan", "dcgan", "vae", "flow"]


class PicturesChoice(Params):
    """Which pictures are learnt from, and how. ``mine`` are the visitor's own, 20 to 200 in a ZIP file."""

    data: Data = param("digits", folded=False)
    method: Method = param("gan", folded=False)
    pictures: str = param("", max_length=400, widget="file", folded=False, takes=("album",))


class TrainPicturesParams(TrainingParams, PicturesChoice):
    """A network of one ``method`` that learns to draw what is in ``data``."""

    width: int | None = param(None, ge=8, le=512)
    patience: int = param(12, ge=0, le=100, widget="slider", step=1)
