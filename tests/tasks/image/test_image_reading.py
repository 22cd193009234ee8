"""Words of a prompt that can be told without a model."""

from __future__ import annotations

import pytest

from aigc_demo.tasks.image.reading import attributes, content_words, read
from tests.declared import CATALOG

KNOWN = (
    {"en": "cat", "zh": "猫"},
    {"en": "hot dog", "zh": "热狗"},
    {"en": "dog", "zh": "狗"},
    {"en": "bicycle", "zh": "自行车"},
)


def named(prompt: str) -> list[str]:
    reading = read({"prompt": prompt}, CATALOG.model("emojiflow"), KNOWN)
    return [term.words for term in reading.kept if term.words]


@pytest.mark.parametrize(
    ("prompt", "things"),
    [
        ("a cat on a bicycle", ["cat", "bicycle"]),
        ("two Cats", ["cat"]),
        ("a hot dog and a dog", ["hot dog", "dog"]),
        ("一只猫骑自行车", ["猫", "自行车"]),
        ("热狗", ["热狗"]),
        ("nothing known", []),
    ],
)
def test_things_of_the_list_are_found_the_longest_name_first(prompt: str, things: list[str]) -> None:
    assert named(prompt) == things


def test_several_things_are_a_scene_on_a_ground_and_what_is_unknown_is_told() -> None:
    spec = CATALOG.model("emojiflow")
    reading = read({"prompt": "two red cats on a bicycle at night, Rex"}, spec, KNOWN)
    assert [term.key for term in reading.kept] == [
        "image.scene.colour.red", "", "image.scene.ground.meadow", "image.scene.time.night",
    ]  # fmt: skip
    assert reading.kept[0].values == {"thing": "2 × cat"}
    assert [term.words for term in reading.unknown] == ["Rex"]
    assert not any(term.key for term in read({"prompt": "a cat"}, spec, KNOWN).kept)
    assert not read({"prompt": "a cat"}, spec, ())


def test_words_that_may_name_something_are_told_from_joints() -> None:
    assert content_words("a portrait of my dog Rex, wearing sunglasses") == ["dog", "Rex", "sunglasses"]
    assert content_words("秋天的红苹果") == ["秋天", "苹果"]
    assert content_words("一只蓝色的猫") == ["猫"]
    assert len(content_words(" ".join(f"{a}{b}x" for a in "abcdefg" for b in "hijklm"))) == 12


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("a blue cat", ["blue"]),
        ("fired up", []),
        ("红苹果", ["red"]),
        ("口红", []),
        ("立体的红色火箭", ["red", "3d"]),
    ],
)
def test_colours_and_looks_are_told(prompt: str, found: list[str]) -> None:
    assert [term.names["en"] for term in attributes(prompt)] == found
