"""What a training of a classifier is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from aigc_demo.types import Params, param


class TrainClassifierParams(Params):
    """A network that learns to tell digits apart.

    It ends after ``steps`` or ``seconds``, whichever comes first, without either after 400 steps, and before
    that when ``patience`` checks in a row have found nothing better (0 never does). ``base`` is the state of
    an earlier run of the same kind (``<job id>/state.safetensors``), to train it further.
    """

    data: Literal["digits"] = param("digits", widget="hidden")
    steps: int | None = param(None, ge=1, le=100_000, folded=False)
    seconds: float | None = param(None, ge=1, le=1200, folded=False)
    learning_rate: float | None = param(None, ge=0, le=100)
    batch_size: int = param(64, ge=4, le=256, widget="slider", step=4)
    width: int | None = param(None, ge=2, le=64)
    patience: int = param(6, ge=0, le=100, widget="slider", step=1)
    base: str = param("", max_length=400, widget="file", takes=("model",))
