"""The lesson that compares GAN, VAE and flow on the same digits and for the same seconds."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="compare",
    group="pictures",
    order=40,
    task="train_pictures",
    values={"data": "digits", "seconds": 30},
    element="lesson-compare",
    scripts=("learn/compare.js",),
    experiments=(
        Experiment("gan", {"method": "gan", "seconds": 30}),
        Experiment("vae", {"method": "vae", "seconds": 30}),
        Experiment("flow", {"method": "flow", "seconds": 30}),
        Experiment("five", {"method": "flow", "seconds": 5}),
    ),
    exercises=("which", "fair", "recognised"),
    code=(
        "aigc_demo.training.lesson_pictures:compare",
        "aigc_demo.learning.pictures.judge:variety",
        "aigc_demo.learning.pictures.judge:recognised",
        "aigc_demo.learning.pictures.judge:frechet",
    ),
)
