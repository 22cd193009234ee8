"""What a training of words is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from aigc_demo.learning.declared import TrainingParams
from aigc_demo.types import Params, param

Data = Literal["tang", "frontier", "farewell", "tunes", "mine"]
Method = Literal["gpt", "lstm", "finetune", "lora"]

TEXT_MOST = 200_000
"""Characters of lines that are typed; a file may hold more."""


class WordsChoice(Params):
    """Which words are learnt from, and how.

    ``gpt`` and ``lstm`` begin with nothing; ``finetune`` goes on with all weights of ShiGPT, ``lora`` with
    a few beside them, on poems of its four forms. ``mine`` are the visitor's own lines, typed in ``text``
    or in a ``file``.
    """

    data: Data = param("tang", folded=False)
    method: Method = param("gpt", folded=False)
    text: str = param("", max_length=TEXT_MOST, widget="textarea", folded=False, lines=5)
    file: str = param("", max_length=400, widget="file", folded=False, takes=("text",))


class TrainTextParams(TrainingParams, WordsChoice):
    """A language model that learns to go on with what is in ``data``."""

    batch_size: int = param(16, ge=4, le=64, widget="slider", step=4)
    width: int | None = param(None, ge=16, le=384)
