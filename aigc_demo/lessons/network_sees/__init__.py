"""The lesson on what a network sees: a classifier of digits, its filters, what it looks at, what fools it."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson, Sweep

LESSON = Lesson(
    id="network_sees",
    group="numbers",
    order=100,
    task="train_classifier",
    values={"steps": 400},
    experiments=(
        Experiment("two", {"steps": 400, "width": 2}),
        Experiment("many", {"steps": 400, "width": 32}),
        Experiment("short", {"steps": 40}),
        Experiment("slow", {"steps": 400, "learning_rate": 0.0001}),
        Experiment("few", {"steps": 200, "labels": 2, "width": 16}),
        Experiment("rotated", {"steps": 800, "labels": 2, "width": 16, "pretext": "rotated"}),
        Experiment("masked", {"steps": 800, "labels": 2, "width": 16, "pretext": "masked"}),
    ),
    sweep=Sweep(learning_rates=(0.0003, 0.003, 0.03), widths=(2, 8, 32), steps=100),
    exercises=("count", "small", "direction", "saliency", "pretext"),
    code=(
        "aigc_demo.tasks.train_classifier.net:Classifier",
        "aigc_demo.tasks.train_classifier.net:saliency",
        "aigc_demo.tasks.train_classifier.net:worst_signs",
        "aigc_demo.tasks.train_classifier.pretext:Pretraining",
    ),
)
