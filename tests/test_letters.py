"""One form of each letter, whatever somebody piles up on it."""

from __future__ import annotations

import unicodedata

import pytest

from aigc_demo.letters import MOST_MARKS, one_form


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ordinary words",
        "Ｆｕｌｌ　ｗｉｄｔｈ",
        "ﾊﾟﾋﾟ ｶﾞ",
        "e\u0301 \u1e09 A\u030a",
        "각 각",
        "春夜喜雨，" * 40,
        "—" * 100,
        "ﷺ",
    ],
)
def test_what_people_write_gets_the_normal_form(text: str) -> None:
    assert one_form(text) == unicodedata.normalize("NFKC", text)


def test_marks_are_put_in_order_up_to_more_than_any_language_writes() -> None:
    half = MOST_MARKS // 2
    piled = "a" + "\u0301" * half + "\u0316" * half
    assert one_form(piled) == unicodedata.normalize("NFKC", piled)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0301\uff9e", "\u0344\u0316"])
def test_further_marks_fall_away_and_what_follows_stays(marks: str) -> None:
    piled = one_form("x" + marks * 500 + "y")
    assert unicodedata.normalize("NFD", piled).startswith("x")
    assert piled.endswith("y")
    assert len(piled) <= 2 + 3 * MOST_MARKS


def test_every_letter_has_marks_of_its_own() -> None:
    text = ("z" + "\u0327" * MOST_MARKS) * 50
    assert one_form(text) == unicodedata.normalize("NFKC", text)
