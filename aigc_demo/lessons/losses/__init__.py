"""The lesson on losses: cross-entropy and squared error by hand, and claims that are right or wrong."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="losses",
    group="numbers",
    order=10,
    element="lesson-losses",
    scripts=("learn/losses.js",),
    experiments=(
        Experiment("sure", {"p": "1,0", "q": "0.999,0.001"}),
        Experiment("wrong", {"p": "1,0", "q": "0.001,0.999"}),
        Experiment("guess", {"p": "1,0,0,0", "q": "0.25,0.25,0.25,0.25", "base": "2"}),
        Experiment("outlier", {"x": "1,2,3,4", "y": "1,2,3,14"}),
    ),
    exercises=("bits", "outlier", "why_not_accuracy"),
    code=(
        "learn/losses-math.js:crossEntropy",
        "learn/losses-math.js:meanSquaredError",
        "learn/losses-math.js:averages",
    ),
)
