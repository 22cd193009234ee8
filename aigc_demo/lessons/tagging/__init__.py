"""The lesson on tagging: a small network finds names, and the report on it is read line by line."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson, Sweep

LESSON = Lesson(
    id="tagging",
    group="words",
    order=80,
    task="train_tags",
    values={"data": "zh"},
    experiments=(
        Experiment("english", {"data": "en"}),
        Experiment("short", {"data": "zh", "steps": 40}),
        Experiment("narrow", {"data": "zh", "width": 8}),
    ),
    sweep=Sweep(learning_rates=(0.0005, 0.005, 0.05), widths=(8, 24, 48), steps=75),
    exercises=("outside", "macro", "printed", "strict", "unseen"),
    code=(
        "aigc_demo.learning.tags.model:Tagger.forward",
        "aigc_demo.learning.tags.report:report",
        "aigc_demo.learning.tags.data:spans",
    ),
)
