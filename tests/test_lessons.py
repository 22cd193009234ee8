"""Every lesson as it is declared: its words, code and element; and that its numbers are its models' own."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from aigc_demo import i18n, setups
from aigc_demo.lessons import Lesson, code_of, lessons
from aigc_demo.settings import ASSETS, ROOT
from tests.declared import CATALOG

SCRIPTS = ASSETS / "ui"
KEY = re.compile(r"""\bword\(\s*["']([\w.]+)["']""")
every_lesson = pytest.mark.parametrize("lesson", lessons(), ids=lambda one: one.id)


@every_lesson
def test_a_lesson_has_all_its_words_an_exercise_and_code_that_runs(lesson: Lesson) -> None:
    keys = ["title", "about", "text"]
    keys += [f"try.{one.id}" for one in lesson.experiments]
    keys += [f"{kind}.{name}" for name in lesson.exercises for kind in ("exercise", "answer")]
    assert [key for key in keys if not i18n.has(f"lesson.{lesson.id}.{key}")] == []
    assert lesson.exercises, "no exercise"
    assert lesson.code, "no code"
    assert all(len(code_of(one)) > 40 for one in lesson.code)


@every_lesson
def test_a_lesson_leads_to_what_is_there(lesson: Lesson) -> None:
    if lesson.task:
        task = CATALOG.task(lesson.task)
        assert task.lesson
        known = {field.name for field in task.fields()}
        assert set(lesson.values) <= known
        assert all(set(one.values) <= known for one in lesson.experiments if not lesson.element)
    sources = "".join((SCRIPTS / one).read_text("utf-8") for one in lesson.scripts)
    if lesson.element:
        assert f'customElements.define("{lesson.element}"' in sources


@every_lesson
def test_a_lesson_stands_in_the_docs(lesson: Lesson) -> None:
    assert f"| `{lesson.id}` |" in (ROOT / "docs" / "lessons.md").read_text("utf-8")


@pytest.mark.parametrize("path", sorted((SCRIPTS / "learn").glob("*.js")), ids=lambda path: path.name)
def test_every_word_that_a_lessons_script_asks_for_is_there(path: Any) -> None:
    source = path.read_text("utf-8")
    prefix = re.search(r"t\(`(lesson\.\w+)\.\$\{name\}`", source)
    if prefix is None:
        return
    missing = [key for key in KEY.findall(source) if not i18n.has(f"{prefix[1]}.{key}")]
    assert not missing


def test_code_is_shown_as_it_is_written() -> None:
    shown = code_of("learn/attention-math.js:softmax")
    assert shown.startswith("function softmax(")
    assert shown in (SCRIPTS / "learn" / "attention-math.js").read_text("utf-8")
    assert code_of("learn/attention-math.js:writeTable").endswith(";")
    for wrong in ("learn/attention-math.js:soft", "aigc_demo.lessons.lesson:Nothing"):
        with pytest.raises(LookupError):
            code_of(wrong)


def test_the_numbers_of_the_attention_lesson_are_shigpts_own() -> None:
    pytest.importorskip("transformers")
    from aigc_demo.training.shigpt_attention import FOLDER, TARGET, numbers

    committed = json.loads(TARGET.read_text("utf-8"))
    computed = numbers(FOLDER)
    assert committed["tokens"] == computed["tokens"]
    assert "".join(committed["tokens"][10:15]) == "床前明月光"
    for ours, theirs in zip(committed["maps"][3], computed["maps"][3], strict=True):
        flat = [
            abs(a - b)
            for x, y in zip(ours["scores"], theirs["scores"], strict=True)
            for a, b in zip(x, y, strict=True)
        ]
        assert max(flat) < 0.05


WAY = json.loads((SCRIPTS / "learn" / "data" / "way.json").read_text("utf-8"))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_stop_and_use_says_all_in_both_languages_and_leads_to_something_to_try(language: Any) -> None:
    for one in (*WAY["stops"], *WAY["uses"]):
        assert all(one[part][language] for part in ("name", "about", "try")), one
        link, values = one["link"], one["link"].get("values", {})
        told = {name: value if isinstance(value, str) else value[language] for name, value in values.items()}
        if "lesson" in link:
            lesson = next(one for one in lessons() if one.id == link["lesson"])
            link = {"task": lesson.task} if told else {}
        if "task" in link:
            found = setups.read(CATALOG, urlencode({"task": link["task"], **told}), language)
            assert not found.refused, (one["name"]["en"], found.refused)
    for work in WAY["shelf"]:
        assert work["title"] and work["by"] and work["for"][language] and 1900 < work["year"] < 2027


@every_lesson
def test_an_elements_settings_are_called_otherwise_than_those_of_the_form_below(lesson: Lesson) -> None:
    """Both stand in one address."""
    source = "".join((SCRIPTS / one).read_text("utf-8") for one in lesson.scripts)
    usual = re.search(r"get usual\(\) \{\s*return \{(.*?)\}", source, re.S)
    names = set(re.findall(r"(\w+):", usual[1])) if usual else set()
    reserved = {"tab", "lesson", "lang", "task"}
    fields = {field.name for field in CATALOG.task(lesson.task).fields()} if lesson.task else set()
    assert not names & (fields | reserved)
