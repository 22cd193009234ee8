"""What can be told of a request for a text before and after it was written."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.tasks.text.reading import account, counted, length_of, read, repeated
from aigc_demo.types import Output
from tests.declared import CATALOG

SMOL = CATALOG.model("smollm2-135m")


def written(text: str, **meta: Any) -> tuple[Output, ...]:
    return (Output("text", "text.txt", "text/plain", text=text, meta={"finish_reason": "stop", **meta}),)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Write a slogan for a cat cafe", ["slogan"]),
        ("Write a birthday card for my grandmother", ["greeting"]),
        ("写一个灯塔守护人和迷路鲸鱼的小故事", ["story"]),
        ("Summarize this letter", ["summary", "letter"]),
        ("hello there", []),
    ],
)
def test_kinds_of_text_are_told_as_they_are_named(text: str, kinds: list[str]) -> None:
    found = [term.key.rpartition(".")[2] for term in read({"prompt": text}, SMOL, ()).kept]
    assert found[: len(kinds)] == kinds if kinds else not found


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("in 100 words", 100, "words"),
        ("a 600-word story", 600, "words"),
        ("three sentences", 3, "sentences"),
        ("用三句话描写", 3, "sentences"),
        ("写八百字", 100, "chars"),
        ("写 800 字".replace(" ", ""), 800, "chars"),
    ],
)
def test_lengths_are_read_in_words_and_figures(text: str, count: int, unit: str) -> None:
    found, _ = length_of(text)
    assert found is not None and (found.count, found.unit) == (count, unit)


def test_more_than_may_be_written_is_told_with_a_way_to_allow_it() -> None:
    reading = read({"prompt": "a 600 word story", "max_new_tokens": 256}, SMOL, ())
    (step,) = reading.remarks[0].steps
    assert step.sets == {"max_new_tokens": 960}
    assert not read({"prompt": "a 600 word story", "max_new_tokens": 1024}, SMOL, ()).remarks


def test_an_end_that_is_missing_and_a_length_that_was_missed_are_told() -> None:
    params = ChatParams(prompt="a story in 100 words")
    reading = account(params, written("Once upon a time.", finish_reason="length", tokens=5), SMOL)
    assert [term.key for term in reading.left_out] == ["text.request.length.words", "text.request.the_end"]
    kept = account(params, written("word " * 95), SMOL)
    assert not kept.left_out and kept.kept[-1].values == {"n": 95}


def test_the_same_line_again_and_again_is_told() -> None:
    text = "Happy birthday, dear grandma!\n" * 4
    assert account(ChatParams(prompt="a card"), written(text), SMOL).remarks[0].values == {"n": 4}
    assert not account(ChatParams(prompt="a card"), written("One thing. Another thing."), SMOL).remarks
    assert repeated("no. no. no. no.") == 0


@pytest.mark.parametrize(
    ("text", "unit", "count"),
    [
        ("It's one, two. And three!", "words", 5),
        ("秋夜，明月。", "chars", 4),
        ("One. Two! Three? Four", "sentences", 4),
        ("a\n\nb\nc", "lines", 3),
        ("a\n\nb\nc", "paragraphs", 2),
    ],
)
def test_a_text_is_counted_as_it_was_asked_for(text: str, unit: str, count: int) -> None:
    assert counted(text, unit).count == count
