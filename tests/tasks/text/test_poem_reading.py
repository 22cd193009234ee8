"""Requests for poems are told from those for prose, and what of one is in the poem."""

from __future__ import annotations

import pytest

from aigc_demo.tasks.poems import prose
from aigc_demo.tasks.poems.params import PoemParams
from aigc_demo.tasks.poems.reading import account, read
from aigc_demo.types import Output, Reading
from tests.declared import CATALOG

SHIGPT = CATALOG.model("shigpt")


def theme(reading: Reading) -> str:
    return next(term.values["theme"] for term in reading.kept if term.key == "text.request.theme")


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("给奶奶写一段生日祝福", "祖母生日"),
        ("能帮我写一封请假条吗", "请假"),
        ("帮我写一篇关于春天的作文", "春天"),
        ("写一封信给妈妈", "母亲"),
        ("生日祝福语", "生日"),
        ("用三句话描写苏州的雨夜", "苏州雨夜"),
    ],
)
def test_a_request_for_prose_is_recognised_and_a_poem_about_the_same_is_offered(
    said: str, about: str
) -> None:
    reading = read({"prompt": said, "form": "七绝"}, SHIGPT, ())
    assert not reading.sure
    assert reading.remarks[0].key == "text.request.poems_only"
    assert reading.remarks[0].steps[0].sets == {"prompt": about}
    assert theme(reading) == about


@pytest.mark.parametrize("said", ["为什么天是蓝的", "你是谁？", "翻译成英文：你好"])
def test_a_question_is_no_theme(said: str) -> None:
    reading = read({"prompt": said}, SHIGPT, ())
    assert not reading.sure
    assert not any(step.sets for step in reading.remarks[0].steps)


@pytest.mark.parametrize(
    "said",
    [
        "秋夜",
        "家书",
        "送友人",
        "故乡的秋天",
        "写一首关于登高望远的五绝",
        "帮我写一首诗",
        "请写一首藏头诗：春夏秋冬",
        "江南春雨",
    ],
)
def test_a_theme_and_a_request_for_a_poem_are_no_prose(said: str) -> None:
    assert not prose.is_prose(said)
    assert read({"prompt": said}, SHIGPT, ()).sure


def test_form_theme_words_and_acrostic_are_what_is_kept() -> None:
    values = {
        "prompt": "写一首关于登高望远的五绝",
        "form": "七绝",
        "keywords": "明月 孤舟",
        "acrostic": "春夏秋冬",
    }
    reading = read(values, SHIGPT, ())
    assert reading.kept[0].value == "五绝" and theme(reading) == "登高望远"
    assert [term.words for term in reading.kept[-2:]] == ["明月", "孤舟"]
    assert "春夏秋冬" in [term.values.get("heads") for term in reading.kept]


def test_characters_that_are_in_no_poem_and_other_scripts_are_not_known() -> None:
    assert [term.words for term in read({"prompt": "噻吩 latte 与秋夜"}, SHIGPT, ()).unknown] == [
        "latte",
        "噻吩",
    ]
    reading = read({"prompt": "hello"}, SHIGPT, ())
    assert not reading.sure and [term.words for term in reading.unknown] == ["hello"]


def test_of_a_long_theme_the_end_is_left_out() -> None:
    reading = read({"prompt": "江南春雨很长很长的一个题目超过十二个字"}, SHIGPT, ())
    assert [term.words for term in reading.left_out] == ["目超过十二个字"]


def test_a_poem_says_which_words_are_in_it_and_which_are_not() -> None:
    poem = {
        "form": "七绝",
        "title": "秋夜",
        "heads": "",
        "keywords": [{"word": "明月", "found": True}, {"word": "孤舟", "found": False}],
        "notes": [{"key": "text.poem.note.foreign", "values": {"text": "moon"}}],
    }
    output = Output("text", "poem.txt", "text/plain", text="", meta={"poem": poem})
    reading = account(PoemParams(prompt="秋夜"), (output,), SHIGPT)
    assert [term.words for term in reading.kept if term.words] == ["秋夜", "明月"]
    assert [term.words for term in reading.left_out] == ["孤舟"]
    assert [term.words for term in reading.unknown] == ["moon"]
    asked = account(PoemParams(prompt="帮我写一封请假条"), (output,), SHIGPT)
    assert "请假条" in [term.words for term in asked.left_out] and asked.remarks
