"""What an answer may be asked for with, and what is declared about the models that give it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aigc_demo import catalog
from aigc_demo.tasks import text
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Asset
from tests.declared import CATALOG


def refusal(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ChatParams(**{"prompt": "a cat", **values})
    return str(caught.value.errors()[0]["type"])


def test_a_prompt_is_all_it_takes() -> None:
    params = ChatParams(prompt="a cat")
    assert (params.max_new_tokens, params.temperature, params.seed) == (256, 0.7, None)


@pytest.mark.parametrize("prompt", ["", " ", "\n\t\u3000"])
def test_an_empty_prompt_is_refused_by_name(prompt: str) -> None:
    assert refusal(prompt=prompt) == "empty_prompt"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"prompt": "x" * 20_001}, "string_too_long"),
        ({"prompt": "a\x00b"}, "text_nul"),
        ({"prompt": "\ud800"}, "text_surrogate"),
        ({"prompt": ["a"]}, "string_type"),
        ({"temperature": math.nan}, "finite_number"),
        ({"temperature": math.inf}, "finite_number"),
        ({"temperature": -0.1}, "greater_than_equal"),
        ({"temperature": 2.1}, "less_than_equal"),
        ({"temperature": "0.5"}, "float_type"),
        ({"temperature": [0.5]}, "float_type"),
        ({"temperature": True}, "float_type"),
        ({"max_new_tokens": 0}, "greater_than_equal"),
        ({"max_new_tokens": 2049}, "less_than_equal"),
        ({"max_new_tokens": 1.5}, "int_type"),
        ({"top_p": 0.0}, "greater_than_equal"),
        ({"top_k": -1}, "greater_than_equal"),
        ({"seed": 2**32}, "less_than_equal"),
        ({"no_such": 1}, "extra_forbidden"),
    ],
)
def test_values_out_of_range_or_kind_are_refused(values: dict[str, Any], kind: str) -> None:
    assert refusal(**values) == kind


@given(st.text(max_size=200))
def test_any_text_is_taken_or_refused_never_anything_else(prompt: str) -> None:
    try:
        assert ChatParams(prompt=prompt).prompt == prompt
    except ValidationError as error:
        assert error.errors()[0]["type"] in ("empty_prompt", "text_nul", "text_surrogate")


def test_every_model_declares_what_a_visitor_reads() -> None:
    strings = json.loads((Path(text.__file__).parent / "strings.json").read_text("utf-8"))
    for spec in text.MODELS:
        about = strings[f"model.{spec.id}"]
        assert about["en"] and about["zh"]
        if spec.languages == ("en",) and not spec.debug:
            assert "English only" in about["en"] and "英文" in about["zh"]
        if not spec.debug:
            assert spec.license
            assert spec.download_mb > 0 or any(isinstance(source, Asset) for source in spec.sources)


def test_every_parameter_and_preset_has_its_words() -> None:
    strings = json.loads((Path(text.__file__).parent / "strings.json").read_text("utf-8"))
    for field in ChatParams.model_fields:
        assert {f"text.{field}.label", f"text.{field}.hint"} <= set(strings), field
    assert {f"text.preset.{preset.id}" for preset in text.PRESETS} <= set(strings)


def test_defaults_presets_and_examples_are_valid_parameters() -> None:
    for spec in text.MODELS:
        spec.params(**{**catalog.default_params(spec), "prompt": "a cat"})
    for preset in text.PRESETS:
        ChatParams(prompt="a cat", **preset.values)
    for example in text.EXAMPLES:
        ChatParams(**example.values)
    assert {example.language for example in text.EXAMPLES} == {"en", "zh"}


def test_the_default_model_works_without_a_hub() -> None:
    assert CATALOG.listed("text")[0].id == "smollm2-135m"
    assert CATALOG.listed("text")[0].tier == "embedded"
    assert not any(spec.debug for spec in CATALOG.listed("text"))
