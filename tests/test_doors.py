"""Small doors: what people type is read as they mean it, and what cannot be done is one sentence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from aigc_demo.guard import languages
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.poems import asking, report, script
from aigc_demo.tasks.poems.params import PoemParams
from aigc_demo.tasks.poems.tokens import Vocabulary
from aigc_demo.types import UserError

KNOWN = Vocabulary.make((), "登高新年快乐春夏秋冬东西南北江花月夜思乡晓的诗题")


def asked(**said: str) -> tuple[str, str, str]:
    request = asking.read(PoemParams.model_validate(said), KNOWN).request
    return request.title, request.form, request.heads


@pytest.mark.parametrize(
    ("said", "title", "form", "heads"),
    [
        ("一首诗，题目是《登高》", "登高", "七绝", ""),
        ("题目：登高，五律", "登高", "五律", ""),
        ("写一首题为《春晓》的诗", "春晓", "七绝", ""),
        ("藏头是“新年快乐”，七言", "", "七绝", "新年快乐"),
        ("藏头是“新年快乐”，五言", "", "五绝", "新年快乐"),
        ("藏头诗：春夏秋冬东西南北", "", "七律", "春夏秋冬东西南北"),
        ("五言，思乡", "思乡", "五绝", ""),
    ],
)
def test_a_poem_is_asked_for_in_many_words(said: str, title: str, form: str, heads: str) -> None:
    assert asked(prompt=said) == (title, form, heads)


def test_eight_heads_without_a_form_make_eight_lines_and_four_in_a_form_of_eight_are_refused() -> None:
    assert asked(acrostic="春夏秋冬东西南北")[1] == "七律"
    with pytest.raises(UserError) as caught:
        asked(acrostic="春夏秋冬", form="五律")
    assert caught.value.problem.key == "error.poem_heads_count"


def test_a_rare_character_is_called_rare() -> None:
    with pytest.raises(UserError) as caught:
        asked(prompt="𠮷")
    assert (caught.value.problem.key, caught.value.problem.values) == ("error.poem_rare", {"chars": "𠮷"})


@pytest.mark.parametrize(
    ("simple", "old"),
    [
        ("征人", "征人"), ("征鸿", "征鴻"), ("征蓬", "征蓬"), ("疏钟", "疏鐘"), ("余亦", "余亦"),
        ("余音", "餘音"), ("欲断魂", "欲斷魂"),
        ("系舟", "繫舟"), ("特征", "特徵"), ("龙钟", "龍鍾"), ("世系", "世系"),
    ],
)  # fmt: skip
def test_verse_keeps_its_old_forms(simple: str, old: str) -> None:
    assert script.traditional(simple) == old


@pytest.mark.parametrize(
    ("words", "sounds"),
    [
        ("何曾", "hé céng"), ("泊舟", "bó zhōu"), ("人生长恨", "rén shēng cháng hèn"), ("重山", "chóng shān"),
        ("朝朝", "zhāo zhāo"), ("不见", "bù jiàn"), ("生长", "shēng zhǎng"), ("天朝", "tiān cháo"),
    ],
)  # fmt: skip
def test_verse_is_read_as_verse(words: str, sounds: str) -> None:
    assert " ".join(report.pinyin_of(words)) == sounds


@pytest.mark.parametrize("text", ["قطة تحت الشجرة", "いぬとねこ", "猫がいる", "кошка под деревом", "고양이"])
def test_other_scripts_are_told_from_ours(text: str) -> None:
    assert languages.written_in(text) == "other"


def test_our_two_languages_stay_what_they_were() -> None:
    assert [languages.written_in(t) for t in ("café at night", "春夜 spring", "1 2 3")] == ["en", "zh", None]


def test_more_steps_than_the_sampler_has_are_refused_in_one_sentence() -> None:
    assert ImageParams(prompt="a", sampler="lcm", num_inference_steps=50)
    with pytest.raises(ValidationError, match="lcm_steps"):
        ImageParams(prompt="a", sampler="lcm", num_inference_steps=60)
