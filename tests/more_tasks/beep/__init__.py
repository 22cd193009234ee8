"""A task of one's own, outside the package: each letter becomes a beep, after a recording of one's own.

It uses what no task of ours does: a list of choices, words in a field called ``text``, an Ogg file that is
brought in, an MP3 file that is made.
"""

from __future__ import annotations

from typing import Literal

from aigc_demo.types import Example, ModelSpec, Params, Preset, Task, param

Voice = Literal["low", "middle", "high"]


class Beep(Params):
    """What shall beep, and how."""

    text: str = param("SOS", max_length=200, widget="prompt")
    voices: tuple[Voice, ...] = param(("middle",))
    intro: str = param("", max_length=400, widget="file", folded=False, takes=("sound",))


MODEL = ModelSpec(
    id="beep",
    task="beep",
    name="Beep",
    pipeline="aigc_demo.tasks.beep.pipeline:load",
    sources=(),
    license="none",
    memory_gb=0.01,
    languages=("en", "zh"),
    params=Beep,
)

TASK = Task(
    id="beep",
    produces="audio",
    models=(MODEL,),
    presets=(Preset("chord", {"voices": ("low", "middle", "high")}),),
    examples=(Example("en", {"text": "hello"}), Example("zh", {"text": "你好"})),
)
