"""The page's words for Gradio: wraps strings.json so that labels follow the visitor's language.

Knows which strings the browser needs. Knows nothing of layout. Scripts in ``assets/ui`` read the
same tables from the page's configuration, so each word is sent once; many come when they are
needed.
"""

from __future__ import annotations

import gradio as gr

from aigc_demo import i18n
from aigc_demo.types import Language, Problem

LOCALES: dict[Language, str] = {"en": "en", "zh": "zh-CN"}
"""Gradio's names for our languages; the script in the page's head folds every other Chinese into zh-CN."""

_ELSEWHERE = ("error.", "share.", "setup.", "archive.", "project.", "cli.", "type.", "class.", "verify.")
"""What the server says in answers and in pages of its own."""

_LATER = ("lesson.", "inside.")
"""Words of lessons and of what is seen inside results: many, and asked for when one looks."""


def page_words(unfit: dict[str, Problem]) -> gr.I18n:
    """Every string the page shows, and a name for each model that does not fit this machine."""
    return gr.I18n(**{locale: _table(language, unfit) for language, locale in LOCALES.items()})


def _table(language: Language, unfit: dict[str, Problem]) -> dict[str, str]:
    kept_back = (*_ELSEWHERE, *_LATER)
    table = {key: text for key, text in i18n.tables()[language].items() if not key.startswith(kept_back)}
    for model_id, problem in unfit.items():
        key = "ui.model.missing" if "package" in problem.values else "ui.model.unfit"
        table[unfit_key(model_id)] = i18n.t(key, language, **problem.values)
    return table


def later_words(language: Language) -> dict[str, str]:
    """What is asked for once it is needed, by key."""
    return {key: text for key, text in i18n.tables()[language].items() if key.startswith(_LATER)}


def name_key(model_id: str) -> str:
    """The key of a model's name where that is made of words, which each language has its own for."""
    return f"name.{model_id}"


def unfit_key(model_id: str) -> str:
    """The key of a model's name where the machine is too small for it."""
    return f"unfit.{model_id}"
