"""A description is stored as text, comes back the same, and is refused in words where it lies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aigc_demo.tasks.image.scene.values import LONGEST, MOST_THINGS, Relation, Scene, Thing, restored, stored
from aigc_demo.types import UserError

SCENE = Scene(
    (
        Thing("house", "house", box=(200, 100, 220, 210)),
        Thing(
            "cat", "cat", "black", 0.7, 3, 1, "running", True, Relation("in_front_of", (0,)), (20, 30, 9, 8)
        ),
    ),
    ground="street",
    time="night",
    weather="rain",
    seed=5,
    words="a cat in front of a house",
    left_out=("Rex",),
)  # fmt: skip


def test_a_description_comes_back_as_it_was_stored() -> None:
    assert restored(stored(SCENE)) == SCENE


@pytest.mark.parametrize(
    "change",
    [
        {"things": [{"name": "cat"}] * (MOST_THINGS + 1)},
        {"things": [{"name": 3}]},
        {"things": [{"name": "cat", "box": [0, 0, 10]}]},
        {"things": [{"name": "cat", "box": [0, 0, 99999, 10]}]},
        {"things": [{"name": "cat", "box": [0, 0, True, 10]}]},
        {"things": [{"name": "cat", "relation": {"kind": "on", "to": [7]}}]},
        {"things": [{"name": "cat", "relation": {"kind": "eats", "to": [0]}}]},
        {"things": [{"name": "cat", "colour": "#ff0000"}]},
        {"things": [{"name": "cat", "seed": -1}]},
        {"things": 5},
        {"ground": "moon"},
        {"time": ["night"]},
        {"words": "a" * 3000},
    ],
)
def test_a_description_that_cannot_be_is_refused_in_words(change: dict[str, Any]) -> None:
    data = json.loads(stored(SCENE)) | change
    with pytest.raises(UserError) as refusal:
        restored(json.dumps(data))
    assert refusal.value.status == 422


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 5000, "x" * (LONGEST + 1)])
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        restored(text)


def test_a_box_beyond_the_picture_is_brought_back_until_some_of_it_is_seen() -> None:
    data = json.loads(stored(SCENE)) | {"things": [{"name": "cat", "box": [-900, 2000, 50, 60]}]}
    assert restored(json.dumps(data)).things[0].box == (-46, 508, 50, 60)
