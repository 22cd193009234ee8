"""Everyday texts from fields: every fact is a field's, nothing is generated, exercises have exact keys."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from aigc_demo.documents.quiz import Exercise, moodle
from aigc_demo.documents.reading import read
from aigc_demo.tasks.poems.prosody import load
from aigc_demo.tasks.scenarios.account import account
from aigc_demo.tasks.scenarios.composing import FIELDS, compose
from aigc_demo.tasks.scenarios.exercises import couplets, exercises
from aigc_demo.tasks.scenarios.params import ScenarioParams, skeletons
from aigc_demo.tasks.scenarios.pipeline import Composer
from aigc_demo.tasks.text.naming import title
from tests.declared import CATALOG

FULL = {
    "to": "王老师",
    "sender": "李明",
    "date": "12月1日 14:30",
    "place": "Room 114",
    "prompt": "Bring 3 chairs and 25 euros.",
}
KINDS = [(name, language) for name in skeletons() for language in ("en", "zh")]


def asked(**values: Any) -> ScenarioParams:
    return ScenarioParams(**{"seed": 1, **values})


@pytest.mark.parametrize(("scenario", "language"), KINDS)
def test_what_a_field_says_stands_in_the_text_and_no_number_besides(scenario: Any, language: Any) -> None:
    for seed, tone in itertools.product(range(4), ("warm", "formal")):
        made = compose(asked(scenario=scenario, written_in=language, tone=tone, **{**FULL, "seed": seed}))
        assert made.invented == ()
        assert set(made.kept) | set(made.missing) == set(FIELDS)
        assert all(FULL[name] in made.text for name in made.kept)
        assert {"prompt", *skeletons()[scenario]["needs"]} <= set(made.kept)
        assert "{" not in made.text


def test_a_sentence_whose_field_is_empty_is_left_out() -> None:
    made = compose(asked(scenario="leave", written_in="zh", to="王老师", sender="李明", date="明天"))
    assert "请假事由" not in made.text
    assert made.text.startswith("请假条\n\n尊敬的王老师：")
    assert made.paragraphs[-1] == "此致\n敬礼！\n\n申请人：李明"


def test_the_same_seed_gives_the_same_text_and_another_one_another() -> None:
    texts = [
        compose(asked(scenario="birthday", to="Ann", written_in="en", seed=seed)).text
        for seed in (1, 1, 2, 3, 4)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


def test_a_greeting_for_nobody_in_particular_addresses_nobody() -> None:
    made = compose(asked(scenario="birthday", written_in="en", prompt="Enjoy the cake."))
    assert made.title == "Happy birthday!"
    assert "Enjoy the cake." in made.paragraphs
    assert "Dear" not in made.text


def test_a_field_that_looks_like_a_place_is_words() -> None:
    assert (
        "{sender}" in compose(asked(scenario="birthday", to="{sender}", sender="Eve", written_in="en")).title
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scenario": "leave", "to": "王老师", "sender": "李明"}, "date"),
        ({"scenario": "notice", "sender": "学校"}, "prompt"),
        ({"scenario": "email", "to": "Ann", "prompt": "Lunch?"}, "sender"),
    ],
)
def test_a_field_that_is_needed_is_asked_for(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ScenarioParams(**values)
    (error,) = refused.value.errors()
    assert error["ctx"]["field"] == field


@pytest.mark.parametrize("kind", get_args(ScenarioParams.model_fields["exercise"].annotation))
def test_a_sheet_has_different_exercises_and_the_same_for_a_seed(kind: str) -> None:
    found = exercises(kind, 20, 5)
    assert found == exercises(kind, 20, 5)
    assert len({one.question for one in found}) == 20
    assert all(one.answer in one.options for one in found if one.options)
    assert all(len({*one.options}) == len(one.options) for one in found)


@pytest.mark.parametrize("kind", get_args(ScenarioParams.model_fields["exercise"].annotation))
def test_most_of_the_next_exercises_train_what_was_missed(kind: str) -> None:
    missed = {one.skill for one in exercises(kind, 3, 5)}
    found = exercises(kind, 9, 6, "zh", missed)
    assert missed <= {one.skill for one in found} or kind == "next_line"
    assert sum(one.skill in missed for one in found) >= min(3, len(missed))
    assert len({one.question for one in found}) == 9
    assert len(exercises(kind, 9, 6, "zh", ["nobody's skill"])) == 9


def test_couplets_are_pairs_of_equal_lines_that_no_other_begins() -> None:
    assert all(len(one.first) == len(one.second) in (5, 7) for one in couplets())
    assert len({one.first for one in couplets()}) == len(couplets())


def test_a_rhyme_is_shared_by_one_option_alone() -> None:
    prosody = load()
    for one in exercises("rhyme", 30, 1):
        char = re.findall("“(.)”", one.question)[0]
        assert [option for option in one.options if prosody.shared([char, option])] == [one.answer]


def test_moodle_gets_every_question_with_its_one_right_answer() -> None:
    asked_ = [Exercise("2 < 3 & *?", "*", skill="x"), Exercise("which?", "b", ("a", "b", "c"))]
    quiz = ElementTree.fromstring(moodle("A/B", asked_))
    assert [one.get("type") for one in quiz] == ["category", "shortanswer", "multichoice"]
    right = [one.findtext("answer[@fraction='100']/text") for one in quiz[1:]]
    assert right == [r"\*", "b"]
    assert quiz[1].findtext("questiontext/text") == "2 < 3 & *?"
    assert len(quiz[2].findall("answer")) == 3


def test_sums_are_right() -> None:
    signs = {"+": int.__add__, "−": int.__sub__, "×": int.__mul__, "÷": int.__floordiv__}
    for one in exercises("arithmetic", 50, 3):
        first, sign, second = re.findall(r"(\d+) (.) (\d+)", one.question)[0]
        assert signs[sign](int(first), int(second)) == int(one.answer)


def test_the_missing_character_makes_the_line_whole() -> None:
    for one in exercises("cloze", 10, 2):
        first, second, _ = re.split("[，。]", one.question)
        assert len(second.replace("（ ）", one.answer)) == len(first)


def test_the_docx_holds_the_text_and_a_sheet_its_key_on_another_page(tmp_path: Path) -> None:
    text, document, quiz = Composer()(
        asked(scenario="exercises", written_in="en", count=3), lambda event: None
    )
    (tmp_path / "a.docx").write_bytes(document.data or b"")
    words = read(tmp_path / "a.docx")[0].text
    assert [line for line in (text.text or "").splitlines() if line] == words.splitlines()
    assert words.count("Key") == 1
    assert len(ElementTree.fromstring(quiz.data or b"")) == 4


def test_it_is_said_that_nothing_was_generated() -> None:
    params = asked(scenario="birthday", to="Ann", written_in="en", date="tomorrow")
    read_ = account(params, Composer()(params, lambda event: None), CATALOG.model("scenarios"))
    assert [remark.key for remark in read_.remarks] == ["text.scenario.composed"]
    assert [term.words for term in read_.kept] == ["Ann"]
    assert [term.words for term in read_.left_out] == ["tomorrow"]


def test_without_a_request_in_words_it_is_called_by_its_kind() -> None:
    spec = CATALOG.model("scenarios")
    assert title(asked(scenario="birthday", to="Ann"), spec, "en") == "Birthday greeting: Ann"
    assert title(asked(scenario="exercises"), spec, "zh") == "练习题（附答案）"
