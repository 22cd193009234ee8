"""The lesson on language models: an LSTM and a GPT learn from nothing to guess the next character."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="language_model",
    group="words",
    order=60,
    task="train_text",
    values={"data": "tang", "method": "gpt", "seconds": 120},
    experiments=(
        Experiment("lstm", {"method": "lstm", "data": "tang", "seconds": 120}),
        Experiment("tunes", {"method": "gpt", "data": "tunes", "seconds": 120}),
        Experiment("narrow", {"width": 32, "data": "tang", "seconds": 60}),
        Experiment("too_fast", {"learning_rate": 100, "data": "tang", "seconds": 60}),
        Experiment("mine", {"data": "mine", "method": "lstm", "seconds": 60}),
    ),
    exercises=("bits", "trigram", "memory", "rote"),
    code=(
        "aigc_demo.learning.texts.learner:TextLearner.step",
        "aigc_demo.learning.texts.nets:Gpt.forward",
        "aigc_demo.learning.texts.nets:Lstm.forward",
    ),
)
