"""The declaration is the form: every kind of parameter gets its widget, and nothing but its limits."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr
import pytest

from aigc_demo import i18n
from aigc_demo.guard.params import checked
from aigc_demo.types import Field, ModelSpec, Params, Task, UserError, param
from aigc_demo.ui import form
from tests.declared import CATALOG


class Sample(Params):
    """One parameter of every kind."""

    loose: float = param(0.5)
    amount: float = param(0.5, ge=0.0, le=2.0)
    steps: int = param(20, ge=1, le=50)
    fine: float = param(0.5, ge=0.0, le=1.0, step=0.01)
    sharp: bool = param(False)
    few: Literal["a", "b"] = param("a")
    many: Literal["a", "b", "c", "d", "e"] = param("a")
    note: str = param("", max_length=40)
    story: str = param("", lines=3)
    tags: tuple[Literal["a", "b", "c"], ...] = param(("a",))
    names: tuple[str, ...] = param(())
    secret: str = param("", widget="hidden")
    picture: str | None = param(None, widget="file")
    prompt: str = param("", max_length=100, widget="prompt", folded=False)


def task(*families: type[Params], **metadata: Any) -> Task:
    """A task of one model for each of these."""
    specs = [
        ModelSpec(f"model-{number}", "sample", "Model", "", (), "none", 0.1, params=kind)
        for number, kind in enumerate(families)
    ]
    return Task(id="sample", produces="text", models=tuple(specs), **metadata)


SAMPLE = task(Sample)


@pytest.fixture
def fields() -> dict[str, Field]:
    return {field.name: field for field in form.fields(SAMPLE)}


def test_the_prompt_comes_first_and_the_seed_last() -> None:
    names = [field.name for field in form.fields(SAMPLE)]
    assert names[0] == "prompt"
    assert names[-1] == "seed"


def test_a_hidden_parameter_is_not_drawn(fields: dict[str, Field]) -> None:
    assert "secret" not in fields


@pytest.mark.parametrize(
    ("name", "widget"),
    [
        ("loose", "number"),
        ("amount", "slider"),
        ("steps", "slider"),
        ("sharp", "checkbox"),
        ("few", "radio"),
        ("many", "dropdown"),
        ("note", "text"),
        ("story", "textarea"),
        ("picture", "file"),
        ("tags", "several"),
        ("names", "several"),
        ("prompt", "prompt"),
        ("seed", "seed"),
    ],
)
def test_type_and_limits_choose_the_widget(fields: dict[str, Field], name: str, widget: str) -> None:
    assert fields[name].widget == widget


def test_a_slider_has_the_declared_limits_and_step(fields: dict[str, Field]) -> None:
    assert (fields["steps"].minimum, fields["steps"].maximum, fields["steps"].step) == (1, 50, 1)
    assert fields["fine"].step == 0.01
    assert fields["amount"].step == pytest.approx(0.02)


def test_an_optional_parameter_has_the_limits_of_its_value(fields: dict[str, Field]) -> None:
    assert fields["seed"].type == "integer"
    assert (fields["seed"].minimum, fields["seed"].maximum) == (0, 2**32 - 1)


def test_every_widget_can_be_built(fields: dict[str, Field]) -> None:
    with gr.Blocks():
        built = {name: form.component("sample", field, str) for name, field in fields.items()}
    assert built["steps"].maximum == 50  # type: ignore[attr-defined]
    assert built["prompt"].max_length == 100  # type: ignore[attr-defined]
    assert [value for _, value in built["many"].choices] == list("abcde")  # type: ignore[attr-defined]


def test_several_values_are_chosen_from_a_list_or_are_words_of_ones_own(fields: dict[str, Field]) -> None:
    with gr.Blocks():
        tags, names = (form.component("sample", fields[name], str) for name in ("tags", "names"))
    assert (tags.multiselect, tags.allow_custom_value, tags.value) == (True, False, ["a"])  # type: ignore[attr-defined]
    assert (names.multiselect, names.allow_custom_value) == (True, True)  # type: ignore[attr-defined]


def test_several_values_come_in_as_a_list_or_as_text_with_commas() -> None:
    (spec,) = SAMPLE.models
    assert checked(spec, {"tags": ["b", "c"]}).tags == ("b", "c")  # type: ignore[attr-defined]
    assert checked(spec, {"tags": "b, c", "names": "x,y"}, from_text=True).model_dump()["tags"] == ("b", "c")
    for bad in (["d"], "b", [1], ["a\x00"]):
        with pytest.raises(UserError) as caught:
            checked(spec, {"tags": bad})
        assert caught.value.problem.field == "tags"


class Odd(Params):
    table: dict[str, int] = param({})


def test_a_type_that_no_form_can_draw_is_named_when_it_is_declared() -> None:
    with pytest.raises(TypeError, match=r"Odd\.table cannot be drawn: .* a list of texts or of choices"):
        task(Odd).fields()


class Other(Params):
    steps: str = param("")
    fine: float = param(0.5, ge=0.0, le=2.0, step=0.01)


def test_two_families_may_differ_in_limits_but_not_in_kind() -> None:
    with pytest.raises(TypeError, match="steps is declared in two ways"):
        task(Sample, Other).fields()


@pytest.mark.parametrize("task_id", list(CATALOG.tasks))
def test_every_field_of_every_task_has_a_label_in_both_languages(task_id: str) -> None:
    for field in form.fields(CATALOG.task(task_id)):
        assert i18n.has(form.label_key(task_id, field.name)), f"{task_id}.{field.name}"


@pytest.mark.parametrize("task_id", list(CATALOG.tasks))
def test_every_default_lies_within_what_its_widget_can_show(task_id: str) -> None:
    for field in form.fields(CATALOG.task(task_id)):
        if field.widget == "slider":
            assert field.minimum <= field.default <= field.maximum, f"{task_id}.{field.name}"
