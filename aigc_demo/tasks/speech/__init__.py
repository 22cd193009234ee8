"""The speech task: English texts read aloud by a small voice that needs no network.

Knows declarations only; what speaks is in :mod:`pipeline`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.types import Example, ModelSpec, Params, Task, param


class SpeechParams(Params):
    """What is read, and how fast: 1 is the voice's own pace."""

    text: str = param("", max_length=5000, widget="prompt", folded=False, lines=4, reads_aloud=True)
    speed: float = param(1.0, ge=0.5, le=2.0, widget="slider", step=0.05, folded=False)


HIBARI = ModelSpec(
    id="hibari",
    task="speech",
    params=SpeechParams,
    name="Hibari",
    pipeline="aigc_demo.tasks.speech.pipeline:load",
    sources=(),
    license="Apache-2.0",
    memory_gb=0.2,
    languages=("en",),
)

DEBUG = ModelSpec(
    id="debug-speech",
    task="speech",
    params=SpeechParams,
    name="Debug voice",
    pipeline="aigc_demo.tasks.speech.debug:load",
    sources=(),
    license="none",
    memory_gb=0.01,
    languages=("en", "zh"),
    debug=True,
)

TASK = Task(
    id="speech",
    produces="audio",
    models=(HIBARI, DEBUG),
    examples=(
        Example("en", {"text": "Once upon a time, a small cat found a bicycle under the moon."}),
        Example("en", {"text": "The train to the sea leaves at 10:30 from platform four."}),
        Example("en", {"text": "Good morning, class! Today we build a voice out of numbers."}),
        Example("zh", {"text": "Hello from a small voice. It reads English only."}),
    ),
    order=60,
)
