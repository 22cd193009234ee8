"""The lesson on attention: every number by hand, then the same numbers out of ShiGPT."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="attention",
    group="words",
    order=10,
    element="lesson-attention",
    scripts=("learn/attention.js",),
    experiments=(
        Experiment("mask", {"mask": "on", "row": "2"}),
        Experiment("sharp", {"q": "10,0;0,20;10,10;20,-10"}),
        Experiment("alike", {"k": "1,1;1,1;1,1;1,1"}),
        Experiment("second", {"layer": "7", "head": "2"}),
        Experiment("begin", {"layer": "3", "head": "1", "at": "23"}),
    ),
    exercises=("even", "root", "mask", "rhyme", "no_values"),
    code=(
        "learn/attention-math.js:attention",
        "learn/attention-math.js:softmax",
        "learn/attention-math.js:mixture",
        "aigc_demo.decoding.network:_Layer._mix",
    ),
)
