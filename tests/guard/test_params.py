"""Every entrance checks again: wrong values are refused in one sentence that names the field."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_demo import i18n
from aigc_demo.guard.params import checked
from aigc_demo.types import MAX_SEED, UserError
from tests.declared import CATALOG

SPEC = CATALOG.listed("text")[0]


def refusal(params: object) -> UserError:
    with pytest.raises(UserError) as caught:
        checked(SPEC, params)
    return caught.value


@pytest.mark.parametrize(
    ("params", "key", "field"),
    [
        ({"prompt": "a\x00b"}, "error.text_nul", "prompt"),
        ({"prompt": "a\ud800b"}, "error.text_surrogate", "prompt"),
        ({"prompt": "x" * 100_000}, "error.too_long", "prompt"),
        ({"prompt": ["a"]}, "error.wrong_type", "prompt"),
        ({"prompt": "a", "temperature": math.nan}, "error.not_finite", "temperature"),
        ({"prompt": "a", "temperature": math.inf}, "error.not_finite", "temperature"),
        ({"prompt": "a", "temperature": "hot"}, "error.wrong_type", "temperature"),
        ({"prompt": "a", "temperature": [1]}, "error.wrong_type", "temperature"),
        ({"prompt": "a", "temperature": -1.0}, "error.too_small", "temperature"),
        ({"prompt": "a", "max_new_tokens": 10**9}, "error.too_big", "max_new_tokens"),
        ({"prompt": "a", "max_new_tokens": 1.5}, "error.wrong_type", "max_new_tokens"),
        ({"prompt": "a", "max_new_tokens": True}, "error.wrong_type", "max_new_tokens"),
        ({"prompt": "a", "seed": MAX_SEED + 1}, "error.too_big", "seed"),
        ({"prompt": "a", "seed": -1}, "error.too_small", "seed"),
        ({"prompt": "a", "seed": 10**4000}, "error.too_big", "seed"),
        ({"prompt": "a", "shoe_size": 43}, "error.not_taken", "shoe_size"),
        ([], "error.wrong_type", "params"),
        ("prompt", "error.wrong_type", "params"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_it(params: Any, key: str, field: str) -> None:
    error = refusal(params)
    assert (error.problem.key, error.problem.field, error.status) == (key, field, 422)
    for language in i18n.LANGUAGES:
        sentence = i18n.message(error.problem, language)
        assert len(sentence) > 8
        assert "{" not in sentence
        assert len(sentence) < 400


@pytest.mark.parametrize("prompt", ["", "   ", "\u200b\u200b", "\n\t"])
def test_an_empty_wish_is_met_with_an_invitation(prompt: str) -> None:
    assert refusal({"prompt": prompt}).problem.field == "prompt"


def test_a_missing_seed_is_drawn_and_a_given_one_is_kept() -> None:
    seeds = {checked(SPEC, {"prompt": "a"}).seed for _ in range(5)}
    assert len(seeds) > 1
    assert checked(SPEC, {"prompt": "a", "seed": 7}).seed == 7


def test_strings_from_the_command_line_are_parsed_as_the_fields_types() -> None:
    params = checked(SPEC, {"prompt": "7", "seed": "7", "temperature": "0.5"}, from_text=True)
    assert (params.prompt, params.seed, params.temperature) == ("7", 7, 0.5)  # type: ignore[attr-defined]
    with pytest.raises(UserError):
        checked(SPEC, {"prompt": "a", "temperature": "nan"}, from_text=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*SPEC.params.model_fields, "other"]), json_values))
def test_any_json_at_all_is_accepted_whole_or_refused_in_words(params: dict[str, Any]) -> None:
    try:
        good = checked(SPEC, params)
    except UserError as error:
        assert error.problem.field
        assert "{" not in i18n.message(error.problem, "en").replace("{", "", json.dumps(params).count("{"))
    else:
        assert good.seed is not None
        assert 0 <= good.seed <= MAX_SEED
