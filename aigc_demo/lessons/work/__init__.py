"""The lesson on work: who is hurt by an error, who checks, what a check costs; and roles by that."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="work",
    group="people",
    order=20,
    element="lesson-work",
    scripts=("learn/work.js",),
    experiments=(
        Experiment("one_view", {"placed": "44.33.22.34.01.01.11.23.12.33.01.12"}),
        Experiment("careful", {"error": "0", "checking": "4", "people": "1"}),
        Experiment("inventive", {"error": "4", "checking": "0", "people": "2"}),
    ),
    exercises=("two_tolerances", "cost", "both"),
    code=("learn/work-math.js:questionOf", "learn/work-math.js:fitting"),
)
