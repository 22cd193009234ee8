"""The lesson on fine-tuning: ShiGPT goes on learning from some poems, and texts are compared by n-grams."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="fine_tuning",
    group="words",
    order=70,
    task="train_text",
    values={"data": "frontier", "method": "lora"},
    experiments=(
        Experiment("whole", {"method": "finetune", "data": "frontier"}),
        Experiment("farewell", {"method": "lora", "data": "farewell"}),
        Experiment(
            "too_far", {"method": "finetune", "data": "frontier", "learning_rate": 0.001, "patience": 2}
        ),
        Experiment("mine", {"method": "lora", "data": "mine"}),
    ),
    exercises=("overfit", "rank", "equal", "order", "blind"),
    code=(
        "aigc_demo.learning.texts.nets:LowRank",
        "aigc_demo.tasks.poems.tuned_model:change",
        "aigc_demo.tasks.poems.tuning:TuningLearner.batch",
    ),
    element="studio-overlap",
    scripts=("learn/overlap.js",),
)
