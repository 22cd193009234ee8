"""Words that make a wish richer: few, known to the model, and always the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_demo.tasks.image.expansion import expand
from aigc_demo.tasks.image.prompts import LOOK_WORDS
from tests.declared import CATALOG

HUB, OURS = CATALOG.model("sd-turbo"), CATALOG.model("debug-image")
KNOWN = [{"en": "red apple", "zh": "红苹果"}, {"en": "blue heart", "zh": "蓝心"}]


def enriched(text: str, spec: Any = HUB, known: Any = ()) -> tuple[str, list[str]]:
    result = expand(text, spec, known)
    assert isinstance(result["text"], str) and isinstance(result["added"], list)
    return result["text"], result["added"]


def test_a_model_of_the_hub_gets_three_words_behind_the_wish() -> None:
    text, added = enriched("a lighthouse.")
    assert len(added) == 3
    assert text == ", ".join(["a lighthouse", *added])


def test_chinese_gets_chinese_words_and_commas() -> None:
    text, added = enriched("一座灯塔", CATALOG.model("z-image-turbo"))
    assert text == "，".join(["一座灯塔", *added])
    assert not any(word.isascii() for word in added)


@given(st.text(max_size=80))
def test_one_wish_always_gets_the_same_words_and_keeps_its_own(text: str) -> None:
    result, added = enriched(text)
    assert (result, added) == enriched(text)
    assert result.startswith(text.strip().rstrip(",，。. ")) or not added


def test_what_the_wish_says_already_is_not_said_again() -> None:
    once, _ = enriched("a lighthouse")
    assert enriched(once) == (once, [])
    assert len(enriched("a lighthouse at golden hour")[1]) == 2


def test_our_own_model_gets_words_of_its_world_only() -> None:
    looks = {word for words in LOOK_WORDS.values() for word in words}
    added = enriched("a cat", OURS, KNOWN)[1]
    assert set(added) <= looks | {"red", "blue"} and len(added) == 2
    assert set(enriched("一只猫", OURS, KNOWN)[1]) <= looks | {"红色", "蓝色"}
    assert set(enriched("a cat", OURS)[1]) <= looks, "without a list no colour is known"


@pytest.mark.parametrize(("prompt", "count"), [("a red cat", 1), ("a red cat, 3d", 0), ("fired clay", 2)])
def test_a_colour_that_is_said_is_enough(prompt: str, count: int) -> None:
    assert len(enriched(prompt, OURS, KNOWN)[1]) == count
