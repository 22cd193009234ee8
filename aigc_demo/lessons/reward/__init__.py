"""The lesson on reward: what somebody prefers becomes a number, and a number that is chased is gamed."""

from __future__ import annotations

from aigc_demo.lessons.lesson import Experiment, Lesson

LESSON = Lesson(
    id="reward",
    group="numbers",
    order=110,
    task="preference",
    values={"method": "head", "data": "poems"},
    experiments=(
        Experiment("tunes", {"data": "tunes"}),
        Experiment("pictures", {"data": "pictures"}),
        Experiment("rhyme", {"method": "policy", "rule": "rhyme"}),
        Experiment("other", {"method": "policy", "rule": "other_rhyme"}),
        Experiment("leash", {"method": "policy", "rule": "rhyme", "kl": 0.05}),
    ),
    element="lesson-reward",
    scripts=("learn/reward.js",),
    exercises=("difference", "blind", "games", "leash", "best"),
    code=(
        "aigc_demo.tasks.preference.head:HeadLearner.step",
        "aigc_demo.learning.preference.features:poem_features",
        "learn/reward-math.js:bestOf",
        "aigc_demo.tasks.preference.policy:PolicyLearner.reinforce",
        "aigc_demo.learning.preference.couplets:rewards",
    ),
)
