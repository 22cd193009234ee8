"""Words in both languages: merges the ``strings.json`` of the page, of other rooms and of every task.

Knows keys, languages and how a sentence is filled with values. Knows nothing of who asks. A key
without a translation is a bug that a test finds; at run time the key itself is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

from aigc_demo.settings import task_folders
from aigc_demo.types import Language, Problem, media

LANGUAGES: tuple[Language, ...] = get_args(Language)
_PACKAGE = Path(__file__).parent
_LONGEST_TAG = 35  # characters; BCP 47 asks readers for no more


def files() -> list[Path]:
    """Every strings.json: of rooms with words of their own, of lessons, of tasks, the owner's own last."""
    rooms = sorted(_PACKAGE.glob("*/strings.json"))
    folders = [_PACKAGE / "lessons", _PACKAGE / "tasks", *task_folders()]
    tasks = [path for folder in folders for path in sorted(folder.glob("*/strings.json"))]
    return [*rooms, *tasks]


@cache
def tables() -> dict[Language, dict[str, str]]:
    """All strings by language, then key.

    Raises:
        ValueError: two files define one key.
    """
    merged: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
    for path in files():
        if not path.exists():
            continue
        for key, words in json.loads(path.read_text("utf-8")).items():
            if key in merged["en"]:
                raise ValueError(f"The string {key!r} is defined twice, the second time in {path.name}.")
            for language in LANGUAGES:
                merged[language][key] = words[language]
    return merged


def has(key: str) -> bool:
    """Whether there is a string under this key."""
    return key in tables()["en"]


def t(key: str, language: Language, /, **values: Any) -> str:
    """The string under ``key`` in ``language``, with ``{name}`` filled from ``values``."""
    text = tables()[language].get(key, key)
    try:
        return text.format(**values) if values else text
    except (KeyError, IndexError, ValueError):
        return text


def about(model_id: str, language: Language) -> str:
    """A model's one line for visitors; models that the owner has added share one."""
    key = f"model.{model_id}"
    return t(key if has(key) else "model.own", language)


def label(task: str, field: str, language: Language) -> str:
    """What a parameter is called: the task's own word, else the common one, else its name."""
    for key in (f"{task}.{field}.label", f"param.{field}.label"):
        if has(key):
            return t(key, language)
    return field


def message(problem: Problem, language: Language) -> str:
    """The whole sentence a visitor reads; values that are keys are translated too.

    Keys are ``type.*``, ``kind.*`` and ``policy.*``; of several in a tuple one is to be chosen.
    """
    values = {name: _word(value, language) for name, value in problem.values.items()}
    task = values.pop("task", None)
    if problem.field is not None:
        values.setdefault("field", label(str(task), problem.field, language))
    return t(problem.key, language, **values)


def _word(value: Any, language: Language) -> Any:
    if isinstance(value, tuple):
        *most, last = (str(_word(part, language)) for part in value)
        return f"{t('list.comma', language).join(most)}{t('list.or', language) if most else ''}{last}"
    if isinstance(value, str) and value.startswith(("type.", "kind.", "policy.")) and has(value):
        return t(value, language, types=_types(value.removeprefix("kind."), language))
    return value


def _types(kind: str, language: Language) -> str:
    """The types of file of a kind, as people call them."""
    return t("list.comma", language).join(row.title for row in media.brought_as(kind))


def negotiate(asked: str | None, accept_language: str | None = None) -> Language:
    """The language to speak: what was asked for, else the first we have of the browser's list."""
    return next(filter(None, map(_supported, [asked or "", *_preferences(accept_language)])), "en")


def _preferences(accept_language: str | None) -> Iterable[str]:
    """Tags of an Accept-Language header, best first (RFC 9110 section 12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for part in (accept_language or "").split(",", 20)[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weighted.append((-float(quality or 1), tag))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def _supported(tag: str) -> Language | None:
    primary: Mapping[str, Language] = {"zh": "zh", "en": "en"}
    return primary.get(tag[:_LONGEST_TAG].lower().replace("_", "-").split("-")[0])
