"""The lesson on what is real and what is made: guessing, near copies, and what is drawn for people's work."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="real",
    group="people",
    order=30,
    element="lesson-real",
    scripts=("learn/real.js",),
    experiments=(Experiment("order", {"seed": "7"}),),
    exercises=("chance", "copy", "whose", "nurse"),
    code=(
        "learn/real-math.js:score",
        "aigc_demo.training.real_or_made:Runs",
        "aigc_demo.training.real_or_made:pictures",
    ),
)
