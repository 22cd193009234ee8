"""Summaries: sentences of the text itself, in its order, with the place of each."""

from __future__ import annotations

import pytest

from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.summary import EXTENDS, SummaryParams
from aigc_demo.tasks.summary.pipeline import Summariser
from aigc_demo.types import Example, Output, Progress


@pytest.fixture(scope="module")
def summariser() -> Summariser:
    return Summariser(SentenceEncoder(ASSETS / "models" / "emojiflow"))


def of(summariser: Summariser, text: str, count: int) -> Output:
    (output,) = summariser(SummaryParams(prompt=text, sentences=count), lambda event: None)
    return output


@pytest.mark.parametrize("example", EXTENDS.examples, ids=["en", "zh"])
def test_each_sentence_stands_word_for_word_at_its_place(summariser: Summariser, example: object) -> None:
    text = example.values["prompt"]
    output = of(summariser, text, 3)
    places = output.meta["lit"]
    assert len(places) == 3
    assert places == sorted(places)
    joined = (" " if " " in text else "").join(text[start:end] for start, end in places)
    assert output.text == joined


@pytest.mark.parametrize("example", EXTENDS.examples, ids=["en", "zh"])
def test_what_is_beside_the_point_is_left_out(summariser: Summariser, example: Example) -> None:
    text = example.values["prompt"]
    summary = of(summariser, text, 3).text or ""
    assert "sandwich" not in summary
    assert "三明治" not in summary


def test_a_short_text_is_its_own_summary(summariser: Summariser) -> None:
    assert of(summariser, "One. Two!", 5).text == "One. Two!"
    assert of(summariser, "???", 1).text == "???"


def test_the_same_thing_is_not_said_twice(summariser: Summariser) -> None:
    same = "The bridge is closed for repair. The bridge is shut for repairs. The mayor promised a free bus."
    assert "mayor" in (of(summariser, same, 2).text or "")


def test_progress_is_told_while_a_long_text_is_read(summariser: Summariser) -> None:
    events: list[object] = []
    text = "".join(f"Room {number} is on floor {number % 9}. " for number in range(40))
    summariser(SummaryParams(prompt=text), events.append)
    assert [event.done for event in events if isinstance(event, Progress)] == [0, 32]
