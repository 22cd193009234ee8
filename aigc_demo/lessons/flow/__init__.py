"""The lesson on diffusion and flow: noise forward by hand, the learnt way back, steps and guidance."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="flow",
    group="pictures",
    order=30,
    task="train_pictures",
    values={"data": "digits", "method": "flow"},
    element="lesson-flow",
    scripts=("learn/flow.js",),
    experiments=(
        Experiment("train", {"method": "flow", "seconds": 60}),
        Experiment("small", {"method": "flow", "width": 32, "seconds": 30}),
    ),
    exercises=("one_step", "guidance", "average"),
    code=(
        "learn/flow-math.js:mixed",
        "learn/flow-math.js:wayBack",
        "aigc_demo.tasks.train_pictures.flow:FlowLearner.step",
        "aigc_demo.tasks.train_pictures.flow:FlowLearner._mixed",
        "aigc_demo.tasks.train_pictures.flow:FlowLearner._loss",
    ),
)
