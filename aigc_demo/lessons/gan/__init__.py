"""The lesson on generative adversarial networks: two networks that learn from each other."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="gan",
    group="pictures",
    order=10,
    task="train_pictures",
    values={"data": "digits", "method": "gan"},
    experiments=(
        Experiment("quick", {"method": "gan", "learning_rate": 0.002}),
        Experiment("convolutions", {"method": "dcgan"}),
        Experiment("faces", {"data": "faces", "method": "dcgan", "seconds": 300}),
        Experiment("own", {"data": "mine", "method": "dcgan"}),
        Experiment("too_fast", {"method": "gan", "learning_rate": 20}),
        Experiment("small", {"method": "gan", "width": 16}),
    ),
    element="lesson-gan",
    scripts=("learn/ring.js",),
    exercises=("sign", "half", "fixed_noise", "collapse"),
    code=(
        "aigc_demo.tasks.train_pictures.gan:GanLearner.step",
        "aigc_demo.learning.pictures.judge:variety",
        "aigc_demo.learning.pictures.judge:nearest",
        "learn/ring-math.js:Game",
    ),
)
