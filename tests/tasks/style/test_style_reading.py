"""What is understood of a blend of styles, half written as it may be."""

from __future__ import annotations

import pytest

from aigc_demo.tasks.style import styles
from aigc_demo.tasks.style.params import FastStyleParams
from aigc_demo.tasks.style.reading import account, nearest, read
from aigc_demo.types import Reading
from tests.declared import CATALOG

FAST = CATALOG.tasks["style"].models[0]


def names(reading: Reading) -> list[tuple[str, float | None]]:
    return [(term.names.get("en") or term.key, term.share) for term in reading.kept]


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("great_wave", [("Great wave", None)]),
        ("ember:2, great_wave:1", [("Ember", 0.667), ("Great wave", 0.333)]),
        ("all", [("style.gallery.all", None)]),
    ],
)
def test_styles_are_told_with_their_shares(style: str, told: list[tuple[str, float | None]]) -> None:
    assert names(read({"style": style, "photo": "cat"}, FAST, ())) == [("Cat", None), *told]


@pytest.mark.parametrize(
    ("typed", "style"),
    [("starry", "starry_night"), ("水墨", "ink_wash"), ("Ink wash", "ink_wash"), ("porcelan", "porcelain")],
)
def test_of_a_name_that_is_not_known_the_nearest_styles_are_offered(typed: str, style: str) -> None:
    reading = read({"style": typed, "photo": "cat"}, FAST, ())
    assert not reading.sure and [term.words for term in reading.unknown] == [typed]
    assert reading.also[0].sets == {"style": style}


def test_nothing_is_near_to_nonsense() -> None:
    assert nearest("qqqqqq") == [] and nearest("") == []


def test_a_picture_that_is_the_style_leaves_the_named_one_out() -> None:
    params = FastStyleParams(style="great_wave", style_image="picture.png", content="photo.png")
    reading = account(params, (), FAST)
    assert [term.key for term in reading.kept] == ["style.request.own_photo", "style.request.own_style"]
    assert [term.names["en"] for term in reading.left_out] == ["Great wave"]
    shared = account(FastStyleParams(style="great_wave:1, image:1", style_image="picture.png"), (), FAST)
    assert not shared.left_out


def test_every_style_is_known_by_its_name() -> None:
    assert all(nearest(style.replace("_", " "))[0] == style for style in styles.ALL)
