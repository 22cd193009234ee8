"""The request line over the catalog: what each tab understands, and what it says of words for another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from aigc_demo import catalog, i18n
from aigc_demo.phrases import claim, object_of, phrase
from aigc_demo.reading import RequestReader
from aigc_demo.types import ModelSpec, Reading, Remark, Step, Task, Term
from aigc_demo.types.readings import MOST_TERMS, wordless
from tests.declared import CATALOG

READ_ALOUD = {"speech", "apps", "film"}
"""Whatever words stand in these are right as they are: they ask for nothing."""
TASKS = [
    task
    for task in CATALOG.tasks.values()
    if task.id not in READ_ALOUD
    and any(field.control.words or field.widget == "text" for field in task.fields())
]
"""Those that are asked for something in words."""
MODELS = [spec for spec in CATALOG.models.values() if spec.params.reader]
task_by_id = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
model_by_id = pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)

STRANGE: tuple[Mapping[str, Any], ...] = (
    {},
    {"prompt": ""},
    {"prompt": None, "style": 3, "max_new_tokens": "many"},
    {"prompt": ["a"], "form": "no form", "look": {}},
    {"prompt": "猫" * 5_000, "style": ",".join("a" * 3_000)},
    {"prompt": "\u202e\u200b ??? 🐱", "style": ":::,,,"},
    {"prompt": "{a|{b|c}", "keywords": "， ，", "acrostic": "春夏"},
)
ASKS_FOR = {
    "text": ("write a letter to my boss", "帮我写一封请假条"),
    "image": ("draw a cat", "画一只猫"),
    "style": ("turn my photo into a painting", "把照片变成油画"),
    "music": ("compose a waltz in A minor", "谱一首圆舞曲"),
}
"""What is plainly for one tab, in both languages."""


class NoModel:
    """An engine in which no model is loaded."""

    def read(self, model_id: str, values: Mapping[str, Any]) -> Reading | None:
        return None


def reader(engine: Any = None, usable: Any = None) -> RequestReader:
    return RequestReader(CATALOG, engine or NoModel(), usable or (lambda spec: True))


def writes_into(spec: ModelSpec) -> str:
    """The field that a visitor's own words go into."""
    return "prompt" if "prompt" in spec.params.model_fields else "style"


def tab_of(task: Task) -> ModelSpec:
    return next(spec for spec in task.models if spec.params.reader)


@task_by_id
def test_every_tab_reads_its_requests_and_says_what_became_of_them(task: Task) -> None:
    families = [family for family in task.families if family.reader]
    assert families
    for family in families:
        assert callable(catalog.resolve(family.reader))
    for family in task.families:
        if family.account:
            assert callable(catalog.resolve(family.account))


@model_by_id
@pytest.mark.parametrize("values", STRANGE, ids=range(len(STRANGE)))
def test_whatever_stands_in_a_form_can_be_read_and_told(spec: ModelSpec, values: Mapping[str, Any]) -> None:
    told = reader()(spec, values).plain()
    assert json.loads(json.dumps(told)) == told
    assert all(len(group) <= MOST_TERMS for group in told.values() if isinstance(group, list))


@model_by_id
def test_everything_that_is_said_has_words_in_both_languages(spec: ModelSpec) -> None:
    texts = [text for both in ASKS_FOR.values() for text in both]
    texts += [
        "a sad waltz in 100 words for piano and violin",
        "写一首关于秋夜的五绝，用三句话",
        "van gogh",
        "qqqq",
    ]
    for text in texts:
        reading = reader()(spec, {writes_into(spec): text, "max_new_tokens": 8, "keywords": "明月"})
        keys = [
            term.key for group in (reading.kept, reading.left_out, reading.also) for term in group if term.key
        ]
        keys += [remark.key for remark in reading.remarks]
        keys += [step.key for remark in reading.remarks for step in remark.steps]
        assert all(map(i18n.has, keys)), keys


@task_by_id
@pytest.mark.parametrize("place", [0, 1], ids=["en", "zh"])
def test_a_request_for_another_tab_is_told_so_and_taken_there_by_one_press(task: Task, place: int) -> None:
    spec = tab_of(task)
    for other, texts in ASKS_FOR.items():
        reading = reader()(spec, {writes_into(spec): texts[place]})
        found = [remark for remark in reading.remarks if remark.key == "ui.request.elsewhere"]
        if other == task.id:
            assert not found
            continue
        assert found, (task.id, texts[place])
        (step,) = (step for step in found[0].steps if step.task == other)
        names = {field.name for field in CATALOG.task(other).fields()}
        assert set(step.sets) <= names
        assert step.sets or other == "style"


@task_by_id
def test_a_tabs_own_examples_are_for_that_tab(task: Task) -> None:
    for example in task.examples:
        text = example.values.get("prompt", "")
        able = [spec for spec in task.models if set(example.values) <= spec.params.model_fields.keys()]
        reading = reader()(able[0], dict(example.values))
        assert not [remark for remark in reading.remarks if remark.key == "ui.request.elsewhere"], text
        assert reading.sure or able[0].params.__name__ == "PoemParams", text


@pytest.mark.parametrize(
    ("text", "task", "strength"),
    [
        ("please draw me a cat", "image", 2),
        ("a photo of a cat", "image", 1),
        ("a cat", "image", 0),
        ("Could you compose a waltz?", "music", 2),
        ("write a poem about a waltz", "music", 0),
        ("write a poem about a waltz", "text", 2),
        ("写一首关于画的诗", "image", 0),
        ("写一首关于画的诗", "text", 2),
        ("来一首欢快的曲子", "music", 2),
        ("一只会唱歌的猫", "music", 0),
        ("", "text", 0),
        ("?!", "text", 0),
    ],
)
def test_what_a_sentence_asks_for_is_told_from_what_it_is_about(text: str, task: str, strength: int) -> None:
    assert claim(CATALOG.task(task).asks, phrase(text)) == strength


def test_a_painter_is_told_the_thing_alone() -> None:
    asks = CATALOG.task("image").asks
    assert object_of(asks, phrase("Please draw me a Cat on a bicycle")) == "a Cat on a bicycle"
    assert object_of(asks, phrase("画一只猫")) == "一只猫"
    assert object_of(asks, phrase("a cat")) == ""


def test_what_a_loaded_model_says_counts_before_what_its_list_says() -> None:
    said = Reading((Term("cat", {"en": "cat", "zh": "猫"}, share=0.9),))

    class Loaded:
        def read(self, model_id: str, values: Mapping[str, Any]) -> Reading | None:
            return said if model_id == "emojiflow" and values["prompt"] == "cat" else None

    assert reader(Loaded())(CATALOG.model("emojiflow"), {"prompt": "cat"}) == said
    assert reader(Loaded())(CATALOG.model("emojiflow"), {"prompt": "dog"}).kept[0].words == "dog"


@pytest.mark.parametrize("task", sorted(READ_ALOUD))
def test_words_that_ask_for_nothing_are_sent_nowhere_else(task: str) -> None:
    spec, field = next(
        (spec, name)
        for spec in CATALOG.task(task).models
        for name in ("question", "text", "caption1")
        if not spec.debug and name in spec.params.model_fields
    )
    assert reader()(spec, {field: "draw a cat"}).remarks == ()


def test_other_models_are_offered_where_they_can_run() -> None:
    spec, values = CATALOG.model("shigpt"), {"prompt": "帮我写一封请假条"}
    steps = reader()(spec, values).remarks[0].steps
    assert [step.model for step in steps if step.model] == ["scenarios", "qwen3-0.6b"]
    assert not any(step.model for step in reader(usable=lambda one: False)(spec, values).remarks[0].steps)


def test_a_reading_as_json_has_no_empty_members() -> None:
    remark = Remark("a", steps=(Step("b", sets={"prompt": "c"}),))
    reading = Reading((Term("cat"),), remarks=(remark,), sure=False)
    assert reading.plain() == {
        "kept": [{"words": "cat"}],
        "remarks": [{"key": "a", "steps": [{"key": "b", "sets": {"prompt": "c"}}]}],
        "sure": False,
    }
    assert not Reading()


def test_without_the_visitors_words_only_what_was_made_is_left() -> None:
    told = Reading(
        kept=(Term("my dog Rex", {"en": "dog", "zh": "狗"}, sets={"prompt": "dog"}), Term("secret")),
        left_out=(Term("sunglasses"),),
        unknown=(Term("Rex"),),
    ).plain()
    assert wordless(told) == {"kept": [{"names": {"en": "dog", "zh": "狗"}}]}
    assert wordless({}) == {}
