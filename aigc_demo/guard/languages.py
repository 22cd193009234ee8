"""Whether a model knows the language that a wish is written in.

Knows scripts, and which languages models declare. Forbids nothing: whoever asks is told beside the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from aigc_demo.types import Job, Language, ModelSpec, Problem

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_OTHER = re.compile(r"[\u0370-\u1dff\u3041-\u30ff\uac00-\ud7af\ufb1d-\ufdff\ufe70-\ufeff]")
"""Greek, Cyrillic, Arabic, Indian, Thai, kana, hangul and other scripts of neither language of ours."""
_SENTENCES: dict[str, str] = {
    "zh": "ui.model.no_chinese",
    "en": "ui.model.only_chinese",
    "other": "ui.model.other_script",
}


def written_in(text: str) -> Language | Literal["other"] | None:
    """Another script where there is any, else Chinese where there is any, else English for any letter."""
    if _OTHER.search(text):
        return "other"
    if _CHINESE.search(text):
        return "zh"
    return "en" if any(char.isalpha() for char in text) else None


def unread(spec: ModelSpec, params: Mapping[str, Any]) -> Problem | None:
    """What to tell of a wish some words of which are in a language that the model does not know."""
    words = [params.get(name) for name in spec.params.word_fields()]
    for text in words:
        language = written_in(text) if isinstance(text, str) else None
        if language is not None and language not in spec.languages:
            return Problem("language", _SENTENCES[language], {"name": spec.name})
    return None


def warnings(spec: ModelSpec | None, job: Job) -> list[Problem]:
    """What whoever asked this model (None: gone since) for the job should know of it."""
    problem = unread(spec, job.params) if spec is not None else None
    return [] if problem is None else [problem]
