"""What a training of a classifier is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.types import Params, param

Pretext = Literal["none", "rotated", "masked"]


class DigitsChoice(Params):
    """What is learnt from: the one set there is, of each digit so many with their label, all without.

    With a ``pretext`` the filters first learn from pictures without labels, for 600 steps; then a twin that
    did not learns from the same labels beside it.
    """

    data: Literal["digits"] = param("digits", widget="hidden")
    labels: int | None = param(None, ge=1, le=100, folded=False)
    pretext: Pretext = param("none", folded=False)


class TrainClassifierParams(TrainingParams, DigitsChoice):
    """A network that learns to tell digits apart; 400 steps unless told otherwise."""

    width: int | None = param(None, ge=2, le=64)
