"""What a training of a classifier is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.types import Params, param


class DigitsChoice(Params):
    """What is learnt from: the one set there is."""

    data: Literal["digits"] = param("digits", widget="hidden")


class TrainClassifierParams(TrainingParams, DigitsChoice):
    """A network that learns to tell digits apart; 400 steps unless told otherwise."""

    width: int | None = param(None, ge=2, le=64)
