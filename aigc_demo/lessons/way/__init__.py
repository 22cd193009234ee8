"""The lesson on where the field comes from: a timeline, what is used for what, a shelf to go on with."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="way",
    group="people",
    order=40,
    element="lesson-way",
    scripts=("learn/way.js",),
    experiments=(
        Experiment("films", {"kind": "film"}),
        Experiment("courses", {"shelf": "course"}),
        Experiment("chinese", {"written": "zh", "shelf": "book"}),
    ),
    exercises=("line", "twice", "nearest"),
    code=("learn/way-search.js:found", "learn/way-search.js:addressOf"),
)
