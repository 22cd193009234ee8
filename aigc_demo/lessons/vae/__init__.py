"""The lesson on variational autoencoders: a map to drag in, a digit redrawn, how much the latent counts."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="vae",
    group="pictures",
    order=20,
    task="train_pictures",
    values={"data": "digits", "method": "vae"},
    element="lesson-vae",
    scripts=("learn/vae.js",),
    experiments=(
        Experiment("train", {"method": "vae"}),
        Experiment("faces", {"method": "vae", "data": "faces", "seconds": 120}),
    ),
    exercises=("between", "blurry", "beta"),
    code=(
        "learn/vae-math.js:encode",
        "learn/vae-math.js:decode",
        "aigc_demo.tasks.train_pictures.vae:VaeLearner._losses",
    ),
)
