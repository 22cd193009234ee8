"""A wish in a language that the model does not know is answered, and that is told with the answer."""

from __future__ import annotations

import pytest

from aigc_demo import i18n
from aigc_demo.guard.languages import unread, written_in
from tests.declared import CATALOG


@pytest.mark.parametrize(
    ("text", "language"), [("a cat", "en"), ("一只 cat", "zh"), ("", None), ("123 !?", None), ("été", "en")]
)
def test_the_script_tells_the_language(text: str, language: str | None) -> None:
    assert written_in(text) == language


@pytest.mark.parametrize(
    ("model", "prompt", "metrics"),
    [
        ("smollm2-135m", "写一首诗", "SmolLM2"),
        ("smollm2-135m", "a poem", None),
        ("shigpt", "autumn", "ShiGPT"),
        ("shigpt", "秋夜", None),
        ("qwen3-0.6b", "写一首诗", None),
    ],
)
def test_a_wish_is_told_apart_from_what_the_model_knows(model: str, prompt: str, metrics: str | None) -> None:
    problem = unread(CATALOG.model(model), {"prompt": prompt})
    if metrics is None:
        assert problem is None
    else:
        assert problem is not None
        assert metrics in i18n.message(problem, "en")
        assert metrics in i18n.message(problem, "zh")
