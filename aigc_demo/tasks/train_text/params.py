"""What a training of words is asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Literal

from aigc_demo.types import Params, param

Data = Literal["tang", "frontier", "farewell", "tunes", "mine"]
Method = Literal["gpt", "lstm", "finetune", "lora"]

TEXT_MOST = 200_000
"""Characters of lines that are typed; a file may hold more."""


class TrainTextParams(Params):
    """A language model that learns to go on with what is in ``data``.

    ``gpt`` and ``lstm`` begin with nothing; ``finetune`` goes on with all weights of ShiGPT, ``lora`` with
    a few beside them, on poems of its four forms. ``mine`` are the visitor's own lines, typed in ``text``
    or in a ``file``. It ends after ``steps`` or ``seconds``, whichever comes first, without either after as
    many steps as its method needs, and before that when ``patience`` checks in a row have found nothing
    better (0 never does). ``base`` is the state of an earlier run of the same kind (``<job
    id>/state.safetensors``), to train it further. A learning rate or width that is not given is the
    method's own.
    """

    data: Data = param("tang", folded=False)
    method: Method = param("gpt", folded=False)
    text: str = param("", max_length=TEXT_MOST, widget="textarea", folded=False, lines=5)
    file: str = param("", max_length=400, widget="file", folded=False, takes=("text",))
    steps: int | None = param(None, ge=1, le=100_000, folded=False)
    seconds: float | None = param(None, ge=1, le=1200, folded=False)
    learning_rate: float | None = param(None, ge=0, le=100)
    batch_size: int = param(16, ge=4, le=64, widget="slider", step=4)
    width: int | None = param(None, ge=16, le=384)
    patience: int = param(6, ge=0, le=100, widget="slider", step=1)
    base: str = param("", max_length=400, widget="file", takes=("model",))
