"""What a wish may hold, what is refused in which words, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aigc_demo import i18n
from aigc_demo.guard.params import checked
from aigc_demo.settings import Settings
from aigc_demo.tasks.image.params import MAX_WORK, ImageParams
from aigc_demo.tasks.image.prompts import STYLES, resolved, with_look, words_for
from aigc_demo.tasks.image.user_models import user_models
from aigc_demo.types import Hub, UserError
from tests.declared import CATALOG

UPLOAD = "0123456789abcdefghjkmnpqrs"


def refused(model: str = "debug-image", **values: object) -> UserError:
    with pytest.raises(UserError) as caught:
        checked(CATALOG.model(model), {"prompt": "a cat", **values})
    return caught.value


@pytest.mark.parametrize(
    ("values", "effective_action"),
    [
        ({}, "generate"),
        ({"image": UPLOAD}, "image_to_image"),
        ({"image": UPLOAD, "mask": UPLOAD}, "inpaint"),
        ({"prompt2": "a dog"}, "interpolate"),
        ({"seed2": 0}, "interpolate"),
        ({"x_axis": "seed", "x_values": "1, 2"}, "grid"),
        ({"x_axis": "seed"}, "generate"),
        ({"action": "vary"}, "vary"),
        ({"action": "upscale", "image": UPLOAD}, "upscale"),
    ],
)
def test_what_is_given_says_what_is_to_be_done(values: dict[str, object], effective_action: str) -> None:
    assert ImageParams.model_validate({"prompt": "a cat", **values}).effective_action == effective_action


def test_neither_words_nor_a_picture_is_refused_in_words() -> None:
    for prompt in ("", "  \n", "\u200b"):
        problem = refused(prompt=prompt).problem
        assert problem.field == "prompt"
        assert "picture" in i18n.message(problem, "en")
    assert ImageParams(image=UPLOAD).effective_action == "image_to_image"


def test_too_much_work_is_refused_with_the_figures() -> None:
    problem = refused("sd15-lcm", width=2048, height=2048, num_inference_steps=50, batch=2).problem
    assert problem.field == "batch"
    sentence = i18n.message(problem, "en")
    assert "2048" in sentence
    assert str(MAX_WORK) in sentence
    assert "419" in sentence
    assert i18n.message(problem, "zh") != sentence


@given(
    width=st.integers(64, 2048),
    height=st.integers(64, 2048),
    steps=st.integers(1, 100),
    batch=st.integers(1, 16),
)
def test_work_is_bounded_by_its_product(width: int, height: int, steps: int, batch: int) -> None:
    fits = width * height * steps * batch <= MAX_WORK * 1e6
    request = {
        "prompt": "x",
        "width": width,
        "height": height,
        "num_inference_steps": steps,
        "batch": batch,
    }
    try:
        ImageParams.model_validate(request)
    except ValidationError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize(
    "values",
    [
        {"seed": -1},
        {"seed": 2**32},
        {"seed": True},
        {"seed": 10**4000},
        {"batch": 17},
        {"batch": 1.5},
        {"guidance_scale": float("nan")},
        {"strength": float("inf")},
        {"look": "4d"},
        {"action": "train"},
        {"steps": 3},
        {"width": 512},
        {"scale": 2},
        {"x_axis": "model", "x_values": "a"},
        {"x_axis": "guidance_scale", "x_values": "1, nan"},
        {"x_axis": "num_inference_steps", "x_values": "1, 2.5"},
        {"x_axis": "look", "x_values": "flat, round"},
        {"x_axis": "seed", "x_values": "1,2,3,4,5,6,7,8,9"},
    ],
)
def test_values_out_of_range_are_refused_with_their_field(values: dict[str, object]) -> None:
    error = refused(**values)
    assert error.status == 422
    assert error.problem.field in {*values, "x_values"}


@pytest.mark.parametrize(
    "values", [{"width": 0}, {"height": 100_000}, {"lora": "../secret"}, {"lora": "a/b"}]
)
def test_what_only_some_models_take_has_its_limits_there(values: dict[str, object]) -> None:
    assert refused("sd15-lcm", **values).problem.field in values


def test_what_a_model_does_not_take_is_refused_with_its_name() -> None:
    problem = refused("sd-turbo", negative_prompt="rain").problem
    assert problem.field == "negative_prompt"
    assert "SD-Turbo" in i18n.message(problem, "en") and "SD-Turbo" in i18n.message(problem, "zh")
    assert refused("upscale-fast", image=UPLOAD).problem.field == "prompt"


def test_only_settings_that_a_model_has_can_be_compared() -> None:
    problem = refused("sd-turbo", x_axis="guidance_scale", x_values="1, 2").problem
    assert (problem.field, problem.key) == ("x_axis", "image.error.no_axis")
    assert i18n.message(problem, "en") != problem.key


def test_a_grid_is_every_value_against_every_other() -> None:
    request = ImageParams(
        prompt="a cat",
        seed=5,
        x_axis="num_inference_steps",
        x_values="4，8",
        y_axis="look",
        y_values="flat 3d -",
    )
    assert request.axes() == ((4, 8), ("flat", "3d", ""))
    cells = request.cells()
    assert [(cell.num_inference_steps, cell.look) for cell in cells] == [
        (4, "flat"), (8, "flat"), (4, "3d"), (8, "3d"), (4, ""), (8, ""),
    ]  # fmt: skip
    assert {cell.seed for cell in cells} == {5}
    assert {cell.effective_action for cell in cells} == {"generate"}


def test_prompts_along_an_axis_may_hold_commas() -> None:
    request = ImageParams(prompt="x", x_axis="prompt", x_values="a cat, blue; 一只狗，红色")
    assert [cell.prompt for cell in request.cells()] == ["a cat, blue", "一只狗，红色"]


def test_a_grid_has_a_limit_in_cells_and_in_work() -> None:
    seven = ",".join(map(str, range(1, 8)))
    error = refused(x_axis="seed", x_values=seven, y_axis="guidance_scale", y_values=seven)
    assert error.problem.field == "y_values"
    assert error.problem.values["cells"] == 49
    big = {
        "width": 1024,
        "height": 1024,
        "model": "sd15-lcm",
        "y_axis": "num_inference_steps",
        "y_values": "90,100",
    }
    assert refused(**big, x_axis="seed", x_values="1,2").problem.key == "image.error.too_much_work"


def test_a_choice_in_a_prompt_obeys_the_seed() -> None:
    text = "a {red|green|{light|dark} blue} cat {with {no|a} hat|}"
    result = {resolved(text, seed) for seed in range(60)}
    assert len(result) > 6
    assert all("{" not in one and "|" not in one for one in result)
    assert resolved(text, 7) == resolved(text, 7)
    assert resolved("{just braces} and | bars", 1) == "{just braces} and | bars"


@given(st.text(alphabet="{}|ab ", max_size=60), st.integers(0, 2**32 - 1))
def test_any_text_of_braces_and_bars_comes_out(text: str, seed: int) -> None:
    assert len(resolved(text, seed)) <= len(text)


def test_a_model_of_english_gets_the_english_words() -> None:
    request = ImageParams(prompt="一只猫", prompt_en="a cat", style="ink")
    assert words_for(request, 0, english_only=True).prompt == f"a cat, {STYLES['ink']}"
    assert words_for(request, 0).prompt.startswith("一只猫")
    with pytest.raises(UserError, match="english_only") as caught:
        words_for(ImageParams(prompt="一只猫"), 0, english_only=True)
    assert caught.value.problem.field == "prompt_en"


def test_a_look_is_said_in_the_prompts_language() -> None:
    assert with_look("a cat", "3d") == "a cat, 3d"
    assert with_look("一只猫", "flat") == "一只猫，扁平"
    assert with_look("a cat", "") == "a cat"


def test_the_owner_may_add_models(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "My Model"
    folder.mkdir()
    (folder / "model_index.json").write_text("{}")
    listed = f"{folder}, someone/nice-model@abc=12.5, {tmp_path}/none, nonsense, https://x/y,"
    specs = {spec.id: spec for spec in user_models(Settings(image_models=listed))}
    assert set(specs) == {"own-my-model", "own-someone-nice-model"}
    assert specs["own-my-model"].options["folder"] == str(folder)
    nice = specs["own-someone-nice-model"]
    assert nice.memory_gb == 12.5
    (source,) = nice.sources
    assert isinstance(source, Hub)
    assert (source.repo, source.revision) == ("someone/nice-model", "abc")
    assert i18n.about(nice.id, "en") == i18n.t("model.own", "en")
