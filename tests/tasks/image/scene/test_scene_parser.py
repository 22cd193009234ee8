"""Words of a request become things, how they stand, where and when; what is not understood is listed."""

from __future__ import annotations

import json

import pytest

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.scene.lexicon import Lexicon, lexicon
from aigc_demo.tasks.image.scene.parser import understood
from aigc_demo.tasks.image.scene.values import MOST_THINGS, Scene

KNOWN = lexicon(json.loads((ASSETS / "models" / "emojiflow" / "known.json").read_text("utf-8")))


@pytest.fixture
def words() -> Lexicon:
    return KNOWN


def scene(text: str) -> Scene:
    return understood(text, KNOWN).scene


def names(text: str) -> list[str]:
    return [thing.name for thing in scene(text).things]


def relations(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Subject, relation and objects, by name."""
    things = scene(text).things
    return [
        (one.name, one.relation.kind, tuple(things[at].name for at in one.relation.to))
        for one in things
        if one.relation is not None
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a cat riding a bicycle under the moon", ["cat", "bicycle", "crescent moon"]),
        ("三只小猪在房子旁边，下着雪", ["pig", "pig", "pig", "house"]),
        ("two mice and a wolf", ["mouse", "mouse", "wolf"]),
        ("dogs near a tree", ["dog", "dog", "dog", "deciduous tree"]),
        ("一辆汽车和两棵松树", ["automobile", "evergreen tree", "evergreen tree"]),
        ("a hot dog on a table", ["hot dog", "table"]),
        ("🐈 and 🚲", ["cat", "bicycle"]),
    ],
)
def test_things_are_found_and_counted_in_both_languages(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a cat riding a bicycle", [("cat", "riding", ("bicycle",))]),
        ("a snowman with a hat", [("top hat", "worn_by", ("snowman without snow",))]),
        (
            "a monkey with a crown and a banana",
            [("crown", "worn_by", ("monkey",)), ("banana", "held_by", ("monkey",))],
        ),
        ("a dog with a cat", [("dog", "next_to", ("cat",))]),
        ("桌子上有一个南瓜和一支蜡烛", [("jack-o-lantern", "on", ("table",)), ("candle", "on", ("table",))]),
        (
            "a candle on a table and a dog under it",
            [("candle", "on", ("table",)), ("dog", "under", ("table",))],
        ),
        ("骑马的女孩拿着一朵花", [("girl", "riding", ("horse",)), ("tulip", "held_by", ("girl",))]),
        ("猫在桌子上", [("cat", "on", ("table",))]),
        ("树下有两只狗", [("dog", "under", ("deciduous tree",))] * 2),
        ("猫坐在椅子上", [("cat", "on", ("chair",))]),
        ("under the table there is a cat", [("cat", "under", ("table",))]),
        ("a dog wearing a hat", [("top hat", "worn_by", ("dog",))]),
        ("戴着帽子的狗", [("top hat", "worn_by", ("dog",))]),
        ("an elephant between two trees", [("elephant", "between", ("deciduous tree", "deciduous tree"))]),
        ("大象在汽车和房子之间", [("elephant", "between", ("automobile", "house"))]),
        ("a dog to the left of a house", [("dog", "left_of", ("house",))]),
        ("房子的右边有一只羊", [("ewe", "right_of", ("house",))]),
        ("a bird flying over a house", [("bird", "above", ("house",))]),
        (
            "a cat and a dog in front of a car",
            [(one, "in_front_of", ("automobile",)) for one in ("cat", "dog")],
        ),
    ],
)  # fmt: skip
def test_relations_go_from_subject_to_object_however_they_are_worded(
    text: str, found: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    assert relations(text) == found


def test_colours_and_sizes_belong_to_the_thing_they_are_said_of() -> None:
    things = scene("a huge red car and a small blue bird").things
    assert [(one.name, one.colour, one.size > 1) for one in things] == [
        ("automobile", "red", True),
        ("bird", "blue", False),
    ]
    things = scene("a cat and a dog. The cat is black.").things
    assert [(one.name, one.colour) for one in things] == [("cat", "black"), ("dog", "")]
    assert [(one.name, one.colour) for one in scene("一只红色的猫和绿色的汽车").things] == [
        ("cat", "red"),
        ("automobile", "green"),
    ]


@pytest.mark.parametrize(
    ("text", "where", "when", "weather"),
    [
        ("a dog on the beach at sunset", "beach", "sunset", ""),
        ("森林里的鹿，夜晚", "forest", "night", ""),
        ("街上有一辆公交车，下着雨", "street", "day", "rain"),
        ("a penguin and a snowman, it is snowing", "snow", "day", "snow"),
        ("fish under the sea", "underwater", "day", ""),
        ("a cat under the stars", "meadow", "night", ""),
        ("an apple on a table", "room", "day", ""),
        ("宇航员和火箭", "space", "day", ""),
    ],
)
def test_ground_time_and_weather_are_read_or_follow_from_the_things(
    text: str, where: str, when: str, weather: str
) -> None:
    found = scene(text)
    assert (found.ground, found.time, found.weather) == (where, when, weather)


@pytest.mark.parametrize(
    "text", ["a blue cat", "a slice of pizza", "sunrise over mountains", "一只狐狸", "fruit", ""]
)
def test_one_thing_for_itself_is_no_scene(text: str) -> None:
    assert not understood(text, KNOWN).is_scene


@pytest.mark.parametrize("text", ["two cats", "a cat in the forest", "夜晚的房子", "a cat and a dog"])
def test_several_things_or_a_place_are_a_scene(text: str) -> None:
    assert understood(text, KNOWN).is_scene


def test_what_is_not_understood_is_listed_and_a_guess_takes_it_off_the_list(words: Lexicon) -> None:
    assert scene("my dog Rex beside a flurbish").left_out == ("Rex", "flurbish")
    guessed = understood(
        "a kangooroo beside a dog", words, lambda text: "kangaroo" if "kang" in text else None
    )
    assert [one.name for one in guessed.scene.things] == ["kangaroo", "dog"]
    assert guessed.scene.left_out == ()


def test_contradictions_and_circles_end_with_what_was_said_first() -> None:
    assert relations("a cat under a table and above the table") == [("cat", "under", ("table",))]
    circle = scene("a cat on a dog. The dog on the cat.")
    assert sum(one.relation is not None for one in circle.things) == 1


def test_forty_things_are_bounded_and_said() -> None:
    found = scene(", ".join(["nine dogs", "nine cats", "nine pigs", "nine cows"]))
    assert len(found.things) == MOST_THINGS
    assert found.left_out == ("cows",)


@pytest.mark.parametrize(
    "text", ["riding under above", "在上下里", "and and and", "，。、", "1000000 cats", "🙂" * 500]
)
def test_words_without_sense_are_read_without_an_error(text: str) -> None:
    assert len(scene(text).things) <= MOST_THINGS
