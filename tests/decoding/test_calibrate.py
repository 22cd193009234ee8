"""A model of ours is tried on its own words, once on each machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aigc_demo import decoding
from aigc_demo.decoding import calibrate, format_selection
from tests.decoding import tiny


@pytest.fixture
def model() -> Any:
    result = tiny.wide("llama")
    result.config.bos_token_id, result.config.eos_token_id = 1, 2
    return result


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"first")
    return file


def said(decoder: decoding.Decoder) -> list[int | None]:
    return list(decoding.generate(decoder, [1, 5], decoding.Sampling(1.0, seed=3), 24, {2}))


def test_it_says_so_many_tokens_of_its_own_and_the_same_each_time(model: Any) -> None:
    first = calibrate.said(model, 50)
    assert len(first) == 50 and first[0] == 1 and first == calibrate.said(model, 50)


def test_what_was_chosen_is_not_chosen_again(
    model: Any, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = said(calibrate.quick(model, weights, tmp_path))
    monkeypatch.setattr(format_selection, "choose", lambda *_: pytest.fail("tried again"))
    assert said(calibrate.quick(model, weights, tmp_path)) == before


def test_other_weights_are_tried_anew_and_the_old_choice_goes(
    model: Any, weights: Path, tmp_path: Path
) -> None:
    calibrate.quick(model, weights, tmp_path)
    (first,) = tmp_path.glob("decoder-*")
    weights.write_bytes(b"second")
    calibrate.quick(model, weights, tmp_path)
    (second,) = tmp_path.glob("decoder-*")
    assert first != second
