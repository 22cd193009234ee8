"""What became of a request's words, in sentences of one language, for pages without scripts.

Knows readings as they are stored with a result, and what settings are called. The page itself words them in
``assets/ui/reading.js``, where they can be pressed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aigc_demo import i18n
from aigc_demo.types import Job, Language

_GROUPS = ("after", "left_out", "unknown", "also_after")
_MEMBERS = {"after": "kept", "left_out": "left_out", "unknown": "unknown", "also_after": "also"}
_GAP: Mapping[Language, str] = {"en": " ", "zh": ""}
_SURE = 0.95
"""From this probability on it is not told."""


def lines(job: Job, language: Language) -> list[str]:
    """``I painted: bicycle 58 %``, ``Left out: cat, moon``, one a group; none where nothing is known."""
    told: Mapping[str, Any] = next((one for output in job.outputs if (one := output.meta.get("request"))), {})
    return [
        f"{_label(job.task, group, language)}{_GAP[language]}{_listed(terms, job.task, language)}"
        for group in _GROUPS
        if (terms := told.get(_MEMBERS[group]))
    ]


def _label(task: str, group: str, language: Language) -> str:
    own = f"{task}.request.{group}"
    return i18n.t(own if i18n.has(own) else f"ui.request.{group}", language)


def _listed(terms: Sequence[Mapping[str, Any]], task: str, language: Language) -> str:
    return i18n.t("list.comma", language).join(_called(term, task, language) for term in terms)


def _called(term: Mapping[str, Any], task: str, language: Language) -> str:
    if names := term.get("names"):
        share = term.get("share")
        return f"{names[language]} {share:.0%}" if share and share < _SURE else str(names[language])
    if key := term.get("key"):
        return i18n.t(key, language, **term.get("values", {}))
    if setting := term.get("setting"):
        return _setting(task, setting, term.get("value"), language)
    return str(term.get("words", ""))


def _setting(task: str, name: str, value: Any, language: Language) -> str:
    label, key = i18n.label(task, name, language), f"{task}.{name}.{value}"
    if value is True:
        return label
    return i18n.t(key, language) if i18n.has(key) else f"{label} {value}"
