"""A settings link carries every setting of every task, and nothing that would not be valid."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from aigc_demo import catalog, i18n, setups
from aigc_demo.settings import ROOT
from aigc_demo.types import Field, ModelSpec, UserError
from aigc_demo.types.fields import fields_of
from tests.declared import CATALOG

SPECS = [spec for task in CATALOG.tasks.values() for spec in task.models]
PAGE = (ROOT / "docs" / "settings-links.md").read_text("utf-8")


def read(query: str, **options: Any) -> setups.Setup:
    return setups.read(CATALOG, query, "en", debug=True, **options)


def carried(spec: ModelSpec) -> list[Field]:
    return [field for field in fields_of(spec.params) if field.widget not in ("hidden", "file")]


def another(field: Field, usual: Any, words: str = "a") -> Any:
    """A value that this field may have and does not begin with."""
    if field.choices:
        return next((choice for choice in reversed(field.choices) if choice != usual), usual)
    if field.type == "boolean":
        return not usual
    if field.type in ("integer", "number"):
        low = field.minimum if field.minimum is not None else 0
        high = field.maximum if field.maximum is not None else low + 100
        value = next(value for value in (low, low + (high - low) / 4, high) if value != usual)
        return int(value) if field.type == "integer" else float(value)
    return field.default or words[: field.max_length]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_every_setting_of_every_model_goes_by_a_link(spec: ModelSpec) -> None:
    """One by one, by its public name and by its own, each with the prompt that a request needs."""
    usual = catalog.default_params(spec)
    for field in carried(spec):
        value = another(field, usual[field.name])
        text = str(value).lower() if isinstance(value, bool) else str(value)
        for name in {setups.public_name(field), field.name}:
            found = read(
                urlencode({"task": spec.task, "model": spec.id, name: text, "lock": name, "hide": name})
            )
            if found.refused:  # a rule about several settings may forbid it beside the usual others
                assert [called for called, _ in found.refused] == [name]
                continue
            assert found.values == {field.name: value}, name
            assert found.model == spec.id
            assert found.fixed == found.hidden == (field.name,)


@pytest.mark.parametrize("task", CATALOG.tasks.values(), ids=lambda task: task.id)
def test_public_names_mean_one_setting_each(task: Any) -> None:
    fields = [field for field in task.fields() if field.widget != "hidden"]
    names = [name for field in fields for name in {field.name, setups.public_name(field)}]
    assert len(set(names)) == len(names)
    assert not setups.RESERVED & set(names)


@pytest.mark.parametrize("task", CATALOG.tasks.values(), ids=lambda task: task.id)
def test_the_page_about_links_names_every_setting(task: Any) -> None:
    section = PAGE.split(f"### {task.id}\n")[1].split("\n#")[0]
    listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    fields = [field for field in task.fields() if field.widget not in ("hidden", "file")]
    assert listed == {setups.public_name(field) for field in fields}
    for field in fields:
        assert f"`{field.name}`" in section


def test_a_prompt_that_is_yet_to_be_written_is_no_fault() -> None:
    found = read("task=image&steps=7&prompt=")
    assert found.values == {"num_inference_steps": 7, "prompt": ""}
    assert not found.refused


def test_an_empty_optional_setting_is_one_that_nothing_was_chosen_for() -> None:
    assert read("task=image&seed=").values == {"seed": None}


def test_without_a_model_the_link_goes_to_one_that_takes_its_settings() -> None:
    assert CATALOG.models[read("task=text&form=七绝&acrostic=春夏秋冬").model].params.model_fields.keys() >= {
        "form"
    }


@pytest.mark.parametrize(
    ("query", "name", "part"),
    [
        ("task=image&steps=101", "steps", "at most 100"),
        ("task=image&steps=0", "steps", "at least 1"),
        ("task=image&steps=1e99", "steps", "whole number"),
        ("task=image&guidance=nan", "guidance", ""),
        ("task=image&look=round", "look", "one of"),
        ("task=image&flavour=sweet", "flavour", "Nothing here is called"),
        ("task=image&prompt=" + "a" * 2001, "prompt", "at most 2000"),
        ("task=image&prompt=a%00b", "prompt", ""),
        ("task=image&image=01hzzzzzzzzzzzzzzzzzzzzzzz", "image", "a link cannot carry one"),
        ("task=image&model=none", "model", "Nothing here is called"),
        ("task=image&model=%E2%80%AEevil", "model", "“evil”"),
        ("task=image&lock=flavour", "flavour", "Nothing here is called"),
        ("task=image&hide=a%E2%80%AEb", "a\u202eb", "“ab”"),
        ("task=style&keep_colours=perhaps", "keep_colours", "true or false"),
        ("task=text&model=smollm2-135m&form=七绝", "form", "does not take"),
    ],
)
def test_what_is_not_valid_is_named_and_the_rest_is_filled(query: str, name: str, part: str) -> None:
    found = read(query + "&seed=7&lock=seed")
    assert found.values == {"seed": 7}
    assert "seed" in found.fixed
    assert [called for called, _ in found.refused] == [name]
    assert part in i18n.message(found.refused[0][1], "en")


@pytest.mark.parametrize("query", ["", "task=", "task=none", "prompt=a", "task=" + "a" * 5000])
def test_a_link_to_no_task_is_refused(query: str) -> None:
    with pytest.raises(UserError) as caught:
        read(query)
    assert caught.value.status == 404


def test_too_many_names_are_refused() -> None:
    with pytest.raises(UserError) as caught:
        read("task=image&" + "&".join(f"a{n}=1" for n in range(400)))
    assert caught.value.status == 422


@pytest.mark.parametrize("query", ["task=image&__theme=dark&lang=zh&tab=image&remix=x", "?task=image"])
def test_names_that_say_something_else_are_passed_over(query: str) -> None:
    found = read(query)
    assert not found.values
    assert not found.refused


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["a,b"], ("a", "b")),
        (["a, b ,"], ("a", "b")),
        (["a", "b,c"], ("a", "b,c")),
        (['["b,c"]'], ("b,c",)),
        (["[b"], ("[b",)),
        (["[" * 100_000], ("[" * 100_000,)),
        ([""], ()),
    ],
)
def test_several_values_are_divided_at_commas_or_given_one_by_one(
    texts: list[str], values: tuple[str, ...]
) -> None:
    assert setups._several(texts) == values
