"""Both languages are complete: every key that the code names exists, with the same blanks to fill."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest

from aigc_demo import i18n
from aigc_demo.types import Problem
from aigc_demo.ui import form
from tests.declared import CATALOG

PACKAGE = Path(i18n.__file__).parent
KEY = re.compile(r"""["']((?:error|type|ui|cli|param)\.[a-z0-9_.]+[a-z0-9_])["']""")


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_string_is_there_in_both_languages_with_the_same_blanks() -> None:
    for path in i18n.files():
        for key, words in json.loads(path.read_text("utf-8")).items():
            assert set(words) == {"en", "zh"}, key
            assert words["en"].strip(), key
            assert words["zh"].strip(), key
            assert blanks(words["en"]) == blanks(words["zh"]), key


def test_every_key_that_the_code_names_exists() -> None:
    named = {
        (key, path.name) for path in PACKAGE.rglob("*.py") for key in KEY.findall(path.read_text("utf-8"))
    }
    missing = sorted((key, name) for key, name in named if not i18n.has(key))
    assert not missing


@pytest.mark.parametrize("task_id", list(CATALOG.tasks))
def test_every_parameter_model_and_tab_has_its_words(task_id: str) -> None:
    task = CATALOG.task(task_id)
    assert i18n.has(f"task.{task_id}")
    for field in form.fields(task):
        assert i18n.label(task_id, field.name, "zh") != field.name, f"{task_id}.{field.name}.label is missing"
    for spec in task.models:
        assert i18n.has(f"model.{spec.id}"), f"model.{spec.id} is missing"


def test_a_problem_becomes_a_whole_sentence_with_the_fields_own_name() -> None:
    problem = Problem("invalid_params", "error.too_big", {"limit": 2048, "task": "text"}, "max_new_tokens")
    sentence = i18n.message(problem, "zh")
    assert "2048" in sentence
    assert "max_new_tokens" not in sentence


@pytest.mark.parametrize(
    ("asked", "header", "language"),
    [
        ("zh-CN", None, "zh"),
        ("zh_TW", "en", "zh"),
        (None, "zh-HK,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en;q=0.5,zh;q=0.9", "zh"),
        (None, "fr,de;q=0.9,en;q=0.1", "en"),
        ("klingon", "zh", "zh"),
        (None, "zh;q=x,;;;,,", "en"),
        (None, None, "en"),
    ],
)
def test_the_language_is_what_was_asked_for_or_what_the_browser_prefers(
    asked: str | None, header: str | None, language: str
) -> None:
    assert i18n.negotiate(asked, header) == language


def test_a_value_may_have_any_name() -> None:
    """A tune's key is called so, and a language may be one too."""
    assert i18n.t("{key} in {language}", "en", key="D", language="English") == "D in English"
