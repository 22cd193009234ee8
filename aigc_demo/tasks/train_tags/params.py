"""What a training of a tagger, and its tagger, are asked for with. Knows names, limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.types import Params, param, something_said


class SentencesChoice(Params):
    """The language of the sentences that are learnt from."""

    data: Literal["zh", "en"] = param("zh", folded=False)


class TrainTagsParams(TrainingParams, SentencesChoice):
    """A network that learns to find persons, places and organisations; 300 steps unless told otherwise."""

    batch_size: int = param(32, ge=4, le=256, widget="slider", step=4)
    width: int | None = param(None, ge=8, le=256)


class TagParams(Params):
    """Sentences whose names a visitor's own tagger finds."""

    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)

    _something_is_said = field_validator("prompt")(something_said)
