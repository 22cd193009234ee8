"""Entities: where names, times and numbers stand, whoever finds the words of Chinese."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aigc_demo.language.entities import entities
from aigc_demo.language.lexical import Word, best_path, pieces, words
from aigc_demo.tasks.entities import EntitiesParams
from aigc_demo.tasks.entities.pipeline import Marker


def said(text: str, *found: tuple[str, str]) -> list[tuple[str, str]]:
    """What is found where the analyser names these words."""
    named = [Word(text.index(word), text.index(word) + len(word), tag) for word, tag in found]
    return [(one.kind, text[one.start : one.end]) for one in entities(text, lambda _: named)]


def test_chinese_is_what_the_analyser_says_and_latin_letters_are_not() -> None:
    text = "李明明天在北京见Emmanuel Macron，共3人"
    assert said(
        text, ("李明", "PER"), ("明天", "TIME"), ("北京", "LOC"), ("Emmanuel", "ORG"), ("共", "d"), ("3", "m")
    ) == [
        ("person", "李明"),
        ("time", "明天"),
        ("place", "北京"),
        ("name", "Emmanuel Macron"),
        ("number", "3"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On 3 May 2026 it rose by 0.25 %.", [("time", "3 May 2026"), ("number", "0.25 %")]),
        ("The Bank of England met.", [("organisation", "Bank of England")]),
        ("Ask Dr. Jane Smith in London.", [("person", "Jane Smith"), ("place", "London")]),
        ("She left at 5:30 pm.", [("time", "5:30 pm")]),
        ("Nothing happens here.", []),
        ("I am.", []),
    ],
)
def test_english_is_found_by_rules(text: str, expected: list[tuple[str, str]]) -> None:
    assert said(text) == expected


def test_the_best_path_is_the_best_of_all_paths() -> None:
    rng = np.random.default_rng(1)
    scores, ways = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(3, 3)).astype(np.float32)

    def worth(path: tuple[int, ...]) -> float:
        steps = sum(ways[one, two] for one, two in itertools.pairwise(path))
        return float(sum(row[tag] for row, tag in zip(scores, path, strict=True)) + steps)

    every = [(a, b, c, d) for a in range(3) for b in range(3) for c in range(3) for d in range(3)]
    assert tuple(best_path(scores, ways)) == max(every, key=worth)


def test_words_are_put_together_and_pieces_are_lines_or_parts_of_them() -> None:
    assert words(["PER-B", "PER-I", "v-B"], 5) == [Word(5, 7, "PER"), Word(7, 8, "v")]
    text = "一。\n\n" + "好，" * 150
    found = list(pieces(text))
    assert next(text[start:end] for start, end in found) == "一。"
    assert all(end - start <= 200 for start, end in found)
    assert "".join(text[start:end] for start, end in found) == text.replace("\n", "")


def test_each_entity_is_listed_once_in_the_language_of_the_text() -> None:
    marker = Marker(lambda text: [Word(0, 2, "PER"), Word(3, 5, "PER")])
    (output,) = marker(EntitiesParams(prompt="李明和李明走了"), lambda event: None)
    assert output.text == "人名：李明"
    assert output.meta["entities"] == [[0, 2, "person"], [3, 5, "person"]]
    (none,) = marker(EntitiesParams(prompt="nothing"), lambda event: None)
    assert none.text == "No names, times or numbers were found."
